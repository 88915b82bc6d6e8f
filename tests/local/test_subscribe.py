"""Signing up under load, and what an answer tells about who is on the list: nothing.

`make proof` sets FULL_SIZE, for a thousand requests and more people of each kind.
"""

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from local.stack import LocalStack

from .visitor import Visitor, until

REQUESTS, PEOPLE = (1000, 20) if "FULL_SIZE" in os.environ else (60, 4)
AT_ONCE = 50
STATES = ("new", "pending", "active", "unsubscribed", "bounced", "complained", "erased")
OF_THE_TRANSPORT = {"date", "apigw-requestid", "connection", "server"}
"""Headers that API Gateway adds to every answer, whatever it says."""


@pytest.fixture(scope="module")
def visitor(stack: LocalStack) -> Visitor:
    return Visitor(stack)


def quiet(visitor: Visitor) -> bool:
    """Whether the queue of sign-ups is worked off."""
    sqs = visitor.stack.cloud.client("sqs")
    (url,) = (url for url in sqs.list_queues()["QueueUrls"] if "signups" in url)
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return not any(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"].values()))


def seen(answer: requests.Response) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """All of an answer that depends on what was asked."""
    headers = ((name.lower(), value) for name, value in answer.headers.items())
    return (
        answer.status_code,
        answer.content,
        tuple(sorted(pair for pair in headers if pair[0] not in OF_THE_TRANSPORT)),
    )


def test_any_number_of_requests_for_one_address_send_one_email(visitor: Visitor) -> None:
    email = "flooded@example.com"
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        answers = list(crowd.map(lambda _: seen(visitor.sign_up(email)), range(REQUESTS)))
    assert len(set(answers)) == 1
    assert answers[0][0] == 202
    visitor.mail(email)
    until(lambda: quiet(visitor), "the end of the queue", 60)
    assert len(visitor.mails(email)) == 1


@pytest.fixture(scope="module")
def somebody_in_every_state(visitor: Visitor) -> dict[str, list[str]]:
    """Fresh addresses by state: a sign-up may change the state of the one it is for."""
    people = {state: [f"{state}{number}@state.example" for number in range(PEOPLE)] for state in STATES}
    for state, emails in people.items():
        for email in emails:
            if state in ("new", "erased"):
                continue
            visitor.put(email, state)
    for email in people["erased"][:3]:
        visitor.put(email, "active")
        assert visitor.admin("DELETE", f"/subscribers/{email}").status_code == 200
    people["erased"] = people["erased"][:3]
    return people


@pytest.mark.parametrize("kind", ["json", "form"])
def test_an_answer_does_not_tell_who_is_on_the_list(
    visitor: Visitor, somebody_in_every_state: dict[str, list[str]], kind: str
) -> None:
    url = visitor.stack.outputs["subscribe_url"]
    answers = set()
    milliseconds = {}
    for state, emails in somebody_in_every_state.items():
        took = []
        for email in emails:
            started = time.perf_counter()
            person = {"email": email, "name": "Ann"}
            if kind == "json":
                answer = requests.post(url, json=person, timeout=30)
            else:
                answer = requests.post(url, data=person, timeout=30)
            took.append(time.perf_counter() - started)
            answers.add(seen(answer))
        milliseconds[state] = round(1000 * statistics.median(took), 1)
    print("median answer in ms:", milliseconds)
    assert len(answers) == 1
    until(lambda: quiet(visitor), "the end of the queue")


def test_only_who_may_be_mailed_gets_a_confirmation(
    visitor: Visitor, somebody_in_every_state: dict[str, list[str]]
) -> None:
    for emails in somebody_in_every_state.values():
        visitor.sign_up(emails[0])
    until(lambda: quiet(visitor), "the end of the queue")
    mailed = {state for state, emails in somebody_in_every_state.items() if visitor.mails(emails[0])}
    assert mailed == {"new", "pending", "unsubscribed", "erased"}


def test_one_person_is_there_once_however_their_address_is_spelt(visitor: Visitor) -> None:
    stored = "ann@xn--bcher-kva.example"
    for spelling in ("Ann@BÜCHER.example", " ann@bücher.EXAMPLE ", "ANN@xn--bcher-kva.example"):
        assert visitor.sign_up(spelling).status_code == 202
    until(lambda: visitor.person(stored), "the subscriber")
    until(lambda: quiet(visitor), "the end of the queue")
    assert [email for email in visitor.everyone() if email.endswith("bcher-kva.example")] == [stored]
    assert len(visitor.mails(stored)) == 1


def test_an_address_with_a_tag_is_found_by_its_administrator(visitor: Visitor) -> None:
    visitor.join("ann+garden@example.com")
    for path in ("ann%2Bgarden%40example.com", "ann+garden@example.com"):
        assert visitor.admin("GET", f"/subscribers/{path}").json()["email"] == "ann+garden@example.com"
    found = visitor.admin("GET", "/subscribers", params={"search": "ann+g"}).json()["subscribers"]
    assert [person["email"] for person in found] == ["ann+garden@example.com"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"email": "ann@example.com\r\nBcc: all@example.com"}, 400),
        ({"email": "ann\x00@example.com"}, 400),
        ({"email": "ann@example.com", "name": "x" * 101}, 422),
        ({"email": "a" * 65 + "@example.com"}, 400),
        ({"email": "ann@" + "a" * 250 + ".example"}, 400),
        ({"email": '"ann@x"@example.com'}, 400),
        ({"email": "ann@[203.0.113.7]"}, 400),
        ({"email": "jörg@example.com"}, 400),
    ],
)
def test_what_could_harm_is_refused(visitor: Visitor, fields: dict[str, str], status: int) -> None:
    assert visitor.session.post(visitor.stack.outputs["subscribe_url"], json=fields, timeout=30).status_code == status


def test_a_name_leads_to_no_header_and_a_long_user_agent_is_cut(visitor: Visitor) -> None:
    email = "header@example.com"
    answer = visitor.session.post(
        visitor.stack.outputs["subscribe_url"],
        json={"email": email, "name": "Ann\r\nBcc: everybody\r\n\r\n<b>Hi</b>"},
        headers={"user-agent": "x" * 5000},
        timeout=30,
    )
    assert answer.status_code == 202
    mail = visitor.mail(email)
    assert "Bcc" not in mail["headers"]
    assert mail["to"] == [email]
    person = visitor.person(email) or {}
    (wish,) = visitor.wishes(email)
    assert person["name"] == "Ann Bcc: everybody <b>Hi</b>"
    assert len(wish["user_agent"]) == 300
