"""What a person can see, change, take along and erase."""

import json

import pytest

from email_list import pages
from email_list.people.links import Links
from email_list.people.tokens import LinkKeys, LinkTokens

from .conftest import LINK_KEYS, PUBLIC_URL, Answer, Stack

ANN = "ann@example.com"
links = Links(PUBLIC_URL, LinkTokens(LinkKeys("2", LINK_KEYS["keys"])))
TOKEN = links.preferences(ANN).split("token=")[1]


@pytest.fixture(autouse=True)
def ann(stack: Stack) -> None:
    consent = {"requested": {"ip": "203.0.113.7"}}
    stack.put(ANN, "active", name="Ann", topics=["News"], consent=consent, claim="m-1", reference="r-1")


def press(stack: Stack, action: pages.Action | str, **form: object) -> Answer:
    return stack.http("preferences", "POST", "/preferences", form={"token": TOKEN, "action": str(action), **form})


def test_opening_the_page_changes_nothing(stack: Stack) -> None:
    before = stack.person(ANN)
    answer = stack.http("preferences", "GET", links.preferences(ANN))
    assert answer.status == 200
    assert 'value="Ann"' in answer.body
    assert stack.person(ANN) == before


def test_name_and_topics_are_saved(stack: Stack) -> None:
    answer = press(stack, pages.Action.SAVE, name=" Anna\tB ", **{"topic.Events": "on"})
    assert answer.status == 200
    person = stack.person(ANN)
    assert (person["name"], person["topics"]) == ("Anna B", ["Events"])


def test_a_name_that_is_too_long_comes_back_and_is_not_saved(stack: Stack) -> None:
    answer = press(stack, pages.Action.SAVE, name="x" * 101)
    assert answer.status == 400
    assert "x" * 101 in answer.body
    assert stack.person(ANN)["name"] == "Ann"


def test_the_download_holds_everything_but_the_machinery(stack: Stack) -> None:
    answer = press(stack, pages.Action.DOWNLOAD)
    assert "attachment" in answer.headers["content-disposition"]
    record = json.loads(answer.body)
    assert (record["email"], record["name"], record["consent"]["requested"]["ip"]) == (ANN, "Ann", "203.0.113.7")
    assert not {"claim", "reference", "initials"} & set(record)


def test_erasing_asks_first_and_then_leaves_only_a_keyed_hash(stack: Stack) -> None:
    assert press(stack, pages.Action.ERASE).status == 200
    assert stack.person(ANN) is not None
    assert press(stack, pages.Action.ERASE_FOR_GOOD).status == 200
    (left,) = stack.subscribers.scan()["Items"]
    assert left["email"].startswith("erased#")
    assert set(left) == {"email", "erased_date"}
    assert "ann" not in json.dumps(left)
    (message,) = stack.messages("ERASURES_QUEUE")
    assert json.loads(message["body"]) == {"email": ANN, "joined": ["2026-01-01T00:00:00.000Z"]}
    assert stack.http("preferences", "GET", links.preferences(ANN)).status == 404


@pytest.mark.parametrize("action", ["", "destroy", "ERASE"])
def test_an_unknown_button_does_nothing(stack: Stack, action: str) -> None:
    assert press(stack, action).status == 400
    assert stack.person(ANN) is not None


@pytest.mark.parametrize("link", [links.unsubscribe(ANN), links.confirm(ANN, "r-1")])
def test_another_link_does_not_open_personal_data(stack: Stack, link: str) -> None:
    token = link.split("token=")[1]
    answer = stack.http("preferences", "GET", f"/preferences?token={token}")
    assert answer.status == 400
    assert ANN not in answer.body


def test_someone_who_has_left_is_not_offered_to_leave(stack: Stack) -> None:
    stack.put("bob@example.com", "unsubscribed")
    assert "/unsubscribe" not in stack.http("preferences", "GET", links.preferences("bob@example.com")).body
    assert "/unsubscribe" in stack.http("preferences", "GET", links.preferences(ANN)).body
