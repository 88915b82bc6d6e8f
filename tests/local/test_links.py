"""Links that are forged, borrowed or over open nothing on a running stack, and are answered by a friendly page."""

import json
from datetime import timedelta
from itertools import permutations

import pytest

from email_list.clock import utc_now
from email_list.people.links import PREFERENCES_LIFETIME, Links
from email_list.people.tokens import LinkKeys, LinkTokens, Purpose
from local.stack import LocalStack

from .visitor import Visitor

ANN, EVE = "ann@links.example", "eve@links.example"

BUTTONS = {
    Purpose.CONFIRM: ("",),
    Purpose.UNSUBSCRIBE: ("",),
    Purpose.PREFERENCES: ("save", "download", "erase"),
    Purpose.DATA: ("save", "download", "erase"),
}
"""The actions that the page of each kind of link offers."""


@pytest.fixture(scope="module")
def visitor(stack: LocalStack) -> Visitor:
    visitor = Visitor(stack)
    for email in (ANN, EVE):
        visitor.join(email)
    return visitor


@pytest.fixture(scope="module")
def keys(visitor: Visitor) -> LinkKeys:
    """The keys of the stack, as its functions read them."""
    ssm = visitor.stack.cloud.client("ssm")
    names = [parameter["Name"] for parameter in ssm.describe_parameters()["Parameters"]]
    (name,) = (name for name in names if "link" in name)
    return LinkKeys.from_json(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


def address(visitor: Visitor, purpose: Purpose, token: str) -> str:
    path = "preferences/data" if purpose is Purpose.DATA else purpose
    return f"{visitor.stack.outputs['api_endpoint']}/{path}?token={token}"


def nonce(visitor: Visitor, email: str) -> str:
    return (visitor.person(email) or {})["nonce"]


def links(visitor: Visitor, keys: LinkKeys, age: timedelta = timedelta()) -> Links:
    """Links as an email of this age has them."""
    return Links(visitor.stack.outputs["api_endpoint"], LinkTokens(keys), clock=lambda: utc_now() - age)


def refuses(visitor: Visitor, purpose: Purpose, token: str, status: int = 400) -> None:
    """Neither opening the link nor pressing any button of its page does anything."""
    before = [visitor.person(email) for email in (ANN, EVE)]
    link = address(visitor, purpose, token)
    answers = [visitor.get(link)]
    answers += [visitor.press(link, action=action) for action in BUTTONS[purpose]]
    for answer in answers:
        assert answer.status_code == status
        assert "<h1" in answer.text
        assert ANN not in answer.text
    assert [visitor.person(email) for email in (ANN, EVE)] == before


@pytest.mark.parametrize(("made_for", "used_for"), [*permutations(Purpose, 2)])
def test_a_link_opens_no_other_door(visitor: Visitor, keys: LinkKeys, made_for: Purpose, used_for: Purpose) -> None:
    refuses(visitor, used_for, LinkTokens(keys).sign(made_for, ANN))


@pytest.mark.parametrize("purpose", Purpose)
def test_a_signature_serves_no_other_person(visitor: Visitor, keys: LinkKeys, purpose: Purpose) -> None:
    key_id, payload, _ = LinkTokens(keys).sign(purpose, ANN).split(".")
    _, _, signature = LinkTokens(keys).sign(purpose, EVE).split(".")
    refuses(visitor, purpose, f"{key_id}.{payload}.{signature}")


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("secret", ["", "guessed"])
def test_a_key_that_is_not_ours_signs_nothing(visitor: Visitor, keys: LinkKeys, purpose: Purpose, secret: str) -> None:
    refuses(visitor, purpose, LinkTokens(LinkKeys(keys.current, {keys.current: secret})).sign(purpose, ANN))


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_ends_with_its_time(visitor: Visitor, keys: LinkKeys, purpose: Purpose) -> None:
    ended = int(utc_now().timestamp()) - 60
    refuses(visitor, purpose, LinkTokens(keys).sign(purpose, ANN, ends=ended), status=410)


def test_a_link_to_leave_works_years_later(visitor: Visitor, keys: LinkKeys) -> None:
    link = links(visitor, keys, age=timedelta(days=4000)).unsubscribe(EVE, nonce(visitor, EVE))
    assert visitor.get(link).status_code == 200
    assert visitor.press(link).status_code == 200
    assert (visitor.person(EVE) or {})["status"] == "unsubscribed"


def test_an_old_link_to_leave_does_not_lead_to_personal_data(visitor: Visitor, keys: LinkKeys) -> None:
    new = links(visitor, keys).unsubscribe(ANN, nonce(visitor, ANN))
    old = links(visitor, keys, age=PREFERENCES_LIFETIME).unsubscribe(ANN, nonce(visitor, ANN))
    assert "/preferences?" not in visitor.get(old).text
    assert "/preferences?" in visitor.get(new).text


@pytest.mark.parametrize("token", ["", "%00", "a.b.c", "1..", "." * 500, "x" * 5000, "\ufffd", json.dumps({"a": 1})])
def test_nonsense_is_answered_by_a_page(visitor: Visitor, token: str) -> None:
    for purpose in Purpose:
        link = address(visitor, purpose, "").partition("?")[0]
        for method in ("GET", "POST"):
            answer = visitor.session.request(method, link, params={"token": token}, timeout=30)
            assert answer.status_code == 400
            assert "<h1" in answer.text
