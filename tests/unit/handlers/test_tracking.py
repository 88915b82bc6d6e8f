"""Consent to tracking: asked on the form and the preferences page, kept with its wording, and taken back."""

from collections.abc import Callable
from typing import Any

import pytest

from email_list.aws.subscriber_table import SubscriberTable
from email_list.people.links import Links
from email_list.people.signup import Wish, ask_for_confirmation
from email_list.people.tokens import LinkKeys, LinkTokens
from email_list.settings import SignUpPolicy

from .conftest import LINK_KEYS, PUBLIC_URL, Stack

WORDING = "Let Garden Letters see whether I open its emails and which links I click"
ANN = "ann@example.com"


@pytest.fixture
def asking(stack: Stack, listed: Callable[..., None]) -> Stack:
    """A list that asks its readers."""
    listed(track_engagement="consenting")
    return stack


def sign_up(stack: Stack, **fields: Any) -> Any:
    """Sign up and confirm; the person."""
    assert stack.http("subscribe", "POST", "/subscribe", **fields).status == 202
    (message,) = stack.messages("SIGNUPS_QUEUE")
    people, policy = SubscriberTable(stack.subscribers), SignUpPolicy.from_environment(stack.environment)
    wish = Wish.from_json(message["body"])
    assert ask_for_confirmation(wish, "1", people, lambda inbox: True, lambda email, reference: None, policy)
    links = Links(PUBLIC_URL, LinkTokens(LinkKeys("2", LINK_KEYS["keys"])))
    (reference,) = stack.wishes(ANN)
    link = links.confirm(ANN, reference)
    token = link.partition("token=")[2]
    assert stack.http("confirm", "POST", "/confirm", form={"token": token}).status == 200
    return stack.person(ANN)


def save(stack: Stack, **fields: str) -> Any:
    links = Links(PUBLIC_URL, LinkTokens(LinkKeys("2", LINK_KEYS["keys"])))
    token = links.preferences(ANN, stack.person(ANN).get("nonce", "")).partition("token=")[2]
    answer = stack.http("preferences", "POST", "/preferences", form={"token": token, "action": "save", **fields})
    assert answer.status == 200
    return answer.body


@pytest.mark.parametrize(
    "fields",
    [{"form": {"email": ANN, "tracking": "on"}}, {"json_body": {"email": ANN, "tracking": True}}],
    ids=["form", "json"],
)
def test_who_agrees_is_remembered_with_the_wording_and_the_moment(asking: Stack, fields: dict) -> None:
    person = sign_up(asking, **fields)
    assert person["tracked"] is True
    assert person["consent"]["requested"]["tracking"].startswith(WORDING)
    assert person["consent"]["requested"]["at"]


@pytest.mark.parametrize(
    "fields",
    [{"form": {"email": ANN}}, {"json_body": {"email": ANN}}, {"json_body": {"email": ANN, "tracking": False}}],
)
def test_who_does_not_say_so_does_not_agree(asking: Stack, fields: dict) -> None:
    person = sign_up(asking, **fields)
    assert "tracked" not in person
    assert "tracking" not in person["consent"]["requested"]


def test_who_comes_back_without_agreeing_is_no_longer_tracked(asking: Stack) -> None:
    asking.put(ANN, "unsubscribed", tracked=True, opened_on="2026-11-01")
    person = sign_up(asking, form={"email": ANN})
    assert "tracked" not in person
    assert "opened_on" not in person


def test_an_answer_that_is_none_is_refused(asking: Stack) -> None:
    answer = asking.http("subscribe", "POST", "/subscribe", json_body={"email": ANN, "tracking": "perhaps"})
    assert (answer.status, answer.json["error"]["details"]) == (422, {"field": "tracking"})


def test_the_forms_ask_only_where_the_list_asks(asking: Stack, listed: Callable[..., None]) -> None:
    assert WORDING in asking.http("subscribe", "GET", "/subscribe").body
    assert 'name="tracking"' in asking.http("subscribe", "GET", "/subscribe/embed").body
    listed(track_engagement="everybody")
    assert 'name="tracking"' not in asking.http("subscribe", "GET", "/subscribe").body
    assert 'name="tracking"' not in asking.http("subscribe", "GET", "/subscribe/embed").body
    assert "tracked" not in sign_up(asking, form={"email": ANN, "tracking": "on"})


def test_people_change_their_mind_on_the_preferences_page(asking: Stack) -> None:
    asking.put(ANN, "active", topics=["News"])
    assert 'name="tracking" type="checkbox" value="on" checked' in save(asking, tracking="on")
    agreed = asking.person(ANN)
    assert agreed["tracked"] is True
    assert agreed["history"][-1]["what"] == "tracking_allowed"
    assert agreed["history"][-1]["tracking"].startswith(WORDING)
    asking.subscribers.update_item(
        Key={"email": ANN}, UpdateExpression="SET opened_on = :d", ExpressionAttributeValues={":d": "2026-11-01"}
    )
    assert 'value="on" checked' not in save(asking)
    refused = asking.person(ANN)
    assert refused["history"][-1]["what"] == "tracking_refused"
    assert {"tracked", "opened_on"}.isdisjoint(refused)
    save(asking)
    assert len(asking.person(ANN)["history"]) == len(refused["history"])
