"""What happens to somebody's data while somebody else is at work on it."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from local.stack import LocalStack

from .visitor import Visitor, until


@pytest.fixture(scope="module")
def visitor(stack: LocalStack) -> Visitor:
    return Visitor(stack)


def preferences(visitor: Visitor, email: str) -> str:
    """The link that the page after confirming gives."""
    visitor.sign_up(email, name="Ann", attributes={"city": "Berlin"})
    page = visitor.press(visitor.link(email, "/confirm")).text
    return page.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")


def data_link(visitor: Visitor, email: str, link: str) -> str:
    """The link that comes by email to anyone who asks for their data."""

    def found() -> list[str]:
        return [
            url for mail in visitor.mails(email) for url in re.findall(r"http\S+/preferences/data\?\S+", mail["text"])
        ]

    assert visitor.press(link, action="download").status_code == 200
    return until(found, "the link")[-1]


def test_anyone_who_asks_sees_everything_that_is_stored_and_nothing_of_the_machinery(visitor: Visitor) -> None:
    email = "curious@example.com"
    answer = visitor.press(data_link(visitor, email, preferences(visitor, email)), action="download")
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    record = answer.json()
    stored = visitor.person(email) or {}
    assert set(stored) - set(record) <= {"initials", "confirmed_reference", "status_shard", "nonce"}
    assert {name: record[name] for name in ("email", "name", "status")} == {
        "email": email,
        "name": "Ann",
        "status": "active",
    }
    assert record["consent"]["confirmed"]["ip"] == "127.0.0.1"


def test_nothing_of_an_erased_person_is_left_but_a_keyed_hash(visitor: Visitor) -> None:
    email = "forgotten@example.com"
    link = data_link(visitor, email, preferences(visitor, email))
    assert visitor.get(link).status_code == 200
    assert visitor.person(email)
    assert visitor.press(link, action="erase").status_code == 200
    assert "forgotten" not in json.dumps(list(visitor.everyone().values()), default=str)
    assert visitor.get(link).status_code == 410
    # Neither an administrator nor a file brings the person back; they themselves do.
    assert visitor.admin("POST", "/subscribers", json={"email": email}).status_code == 409
    answer = visitor.admin(
        "POST", "/subscribers/import", data=f"email\n{email}\n", headers={"content-type": "text/csv"}
    )
    job = answer.json()["id"]
    until(lambda: visitor.admin("GET", f"/subscribers/import/{job}").json()["suppressed"] == 1, "the import")
    assert visitor.person(email) is None
    before = len(visitor.mails(email))
    visitor.sign_up(email)
    assert visitor.press(visitor.link(email, "/confirm", before + 1)).status_code == 200
    assert (visitor.person(email) or {})["status"] == "active"


def test_editing_while_erasing_leaves_no_half_person(visitor: Visitor) -> None:
    for number in range(3):
        email = f"race{number}@example.com"
        editing = preferences(visitor, email)
        leaving = data_link(visitor, email, editing)

        def press(action: str, leaving: str = leaving, editing: str = editing) -> int:
            link = leaving if action == "erase" else editing
            return requests.post(link, data={"action": action}, timeout=30).status_code

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(press, ["save", "save", "save", "erase", "save", "save", "save"]))
        assert set(answers) <= {200, 404}
        assert visitor.person(email) is None


def test_an_import_that_runs_while_people_are_erased_brings_none_of_them_back(visitor: Visitor) -> None:
    people = [f"leaving{number}@example.com" for number in range(10)]
    for email in people:
        visitor.put(email, "active")
    rows = "".join(f"{email}\n" for email in people) + "".join(
        f"new{number}@erasing.example\n" for number in range(200)
    )

    def erase(email: str) -> int:
        return visitor.admin("DELETE", f"/subscribers/{email}").status_code

    def bring(_: int) -> str:
        headers = {"content-type": "text/csv"}
        return visitor.admin("POST", "/subscribers/import", data="email\n" + rows, headers=headers).json()["id"]

    with ThreadPoolExecutor(8) as threads:
        erased = threads.map(erase, people)
        imports = list(threads.map(bring, range(3)))
        assert set(erased) == {200}
    for job in imports:
        until(
            lambda job=job: visitor.admin("GET", f"/subscribers/import/{job}").json()["status"] == "done", "the end", 60
        )
    assert [email for email in people if visitor.person(email)] == []
