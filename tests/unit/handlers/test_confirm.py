"""The confirmation email and the page behind its link."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from email_list.aws.clients import client
from email_list.aws.subscriber_items import wishes_key
from email_list.mail.letters import Content
from email_list.people.signup import CONFIRMATIONS_PER_INBOX_AND_DAY

from .conftest import PUBLIC_URL, REGION, Stack


class Post:
    """Takes the place of the mailer: keeps the links it was asked to send, or fails."""

    def __init__(self) -> None:
        self.links: list[str] = []
        self.subjects: list[str] = []
        self.failures = 0

    def send(self, email: str, letter: Content, purpose: str) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("SES did not answer")
        self.subjects.append(letter.subject)
        self.links += re.findall(rf"{re.escape(PUBLIC_URL)}/confirm\S+", letter.text)


@pytest.fixture
def post(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Post:
    from handlers.wiring import mail

    post = Post()
    monkeypatch.setattr(mail, "mailer", lambda: post)
    return post


@pytest.fixture(autouse=True)
def _unknown_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto describes no account."""
    from handlers.wiring import braking

    monkeypatch.setattr(braking, "known_account", lambda client: lambda: None)


def sign_up(stack: Stack, email: str = "ann@example.com", **fields: object) -> None:
    stack.http("subscribe", "POST", "/subscribe", json_body={"email": email, **fields})
    stack.work("send_confirmation", "SIGNUPS_QUEUE")


def confirm(stack: Stack, link: str) -> int:
    return stack.http("confirm", "POST", "/confirm", form={"token": link.split("token=")[1]}).status


def test_the_way_in(stack: Stack, post: Post) -> None:
    sign_up(stack, name="Ann", topics=["News"])
    assert stack.person("ann@example.com")["status"] == "pending"
    (link,) = post.links
    assert stack.http("confirm", "GET", link).status == 200
    assert stack.person("ann@example.com")["status"] == "pending"
    assert confirm(stack, link) == 200
    person = stack.person("ann@example.com")
    assert (person["status"], person["name"], person["topics"]) == ("active", "Ann", ["News"])
    assert "expires_at" not in person
    assert person["consent"]["requested"]["ip"] == "203.0.113.7"
    assert person["consent"]["confirmed"]["user_agent"] == "Browser/1.0"
    assert "Garden Letters" in person["consent"]["confirmed"]["wording"]


def test_pressing_the_button_twice_is_the_same(stack: Stack, post: Post) -> None:
    sign_up(stack)
    assert [confirm(stack, post.links[0]), confirm(stack, post.links[0])] == [200, 200]


def test_a_pending_row_expires_by_itself(stack: Stack, post: Post) -> None:
    sign_up(stack)
    expires_at = int(stack.person("ann@example.com")["expires_at"])
    assert timedelta(days=6) < datetime.fromtimestamp(expires_at, UTC) - datetime.now(UTC) < timedelta(days=8)


def test_many_requests_for_one_address_send_one_email(stack: Stack, post: Post) -> None:
    for _ in range(20):
        stack.http("subscribe", "POST", "/subscribe", json_body={"email": "ann@example.com"})
    assert stack.work("send_confirmation", "SIGNUPS_QUEUE") == 20
    assert len(post.links) == 1


def test_after_the_cooldown_the_email_goes_out_again_and_both_links_work(stack: Stack, post: Post) -> None:
    sign_up(stack)
    stack.wait("ann@example.com")
    sign_up(stack)
    assert len(post.links) == 2
    assert confirm(stack, post.links[0]) == 200


def test_a_link_confirms_the_wish_it_was_made_for_whatever_strangers_wish_later(stack: Stack, post: Post) -> None:
    sign_up(stack, name="Ann", topics=["News"], attributes={"city": "Bonn"}, source="fair")
    stack.wait("ann@example.com")
    sign_up(stack, name="Mallory", topics=["Events"], attributes={"city": "Hell"}, source="shop")
    first, second = (stack.http("confirm", "GET", link).body for link in post.links)
    for word in ("Ann<", "News", "Bonn", "fair"):
        assert word in first
        assert word not in second
    assert confirm(stack, post.links[0]) == 200
    person = stack.person("ann@example.com")
    assert (person["name"], person["topics"], person["attributes"]) == ("Ann", ["News"], {"city": "Bonn"})
    assert (person["source"], person["consent"]["requested"]["source"]) == ("fair", "fair")
    # Anyone who has confirmed one wish is on the list, and the others are over.
    assert confirm(stack, post.links[1]) == 410
    assert stack.http("confirm", "GET", post.links[1]).status == 410
    assert stack.http("confirm", "GET", post.links[0]).status == 200
    assert stack.person("ann@example.com")["name"] == "Ann"
    assert stack.wishes("ann@example.com") == {}


def test_the_wish_of_a_stranger_leaves_nothing_on_somebody_who_has_left(stack: Stack, post: Post) -> None:
    stack.put("ann@example.com", "unsubscribed", name="Ann", unsubscribed_date="2026-01-02T00:00:00.000Z")
    before = stack.person("ann@example.com")
    sign_up(stack, name="Mallory", source="shop")
    assert len(post.links) == 1
    assert stack.person("ann@example.com") == before
    asked = stack.subscribers.get_item(Key=wishes_key("ann@example.com"))["Item"]
    assert timedelta(days=6) < datetime.fromtimestamp(int(asked["expires_at"]), UTC) - datetime.now(UTC)
    stack.http("subscribers", "DELETE", "/subscribers/ann@example.com")
    assert stack.wishes("ann@example.com") == {}


def test_a_wish_from_before_somebody_left_does_not_bring_them_back(stack: Stack, post: Post) -> None:
    sign_up(stack, name="Ann")
    stack.invoke("unsubscribe", {"email": "ann@example.com"})
    assert confirm(stack, post.links[0]) == 410
    assert stack.person("ann@example.com")["status"] == "unsubscribed"


def test_no_flood_of_wishes_pushes_out_the_one_that_waits_for_its_confirmation(stack: Stack, post: Post) -> None:
    sign_up(stack, name="Ann")
    for number in range(20):
        stack.wait("ann@example.com")
        sign_up(stack, name=f"Mallory {number}")
    assert len(post.links) == CONFIRMATIONS_PER_INBOX_AND_DAY == len(stack.wishes("ann@example.com"))
    assert confirm(stack, post.links[0]) == 200
    assert stack.person("ann@example.com")["name"] == "Ann"


@pytest.mark.parametrize("status", ["active", "bounced", "complained"])
def test_nobody_who_is_active_or_suppressed_gets_a_confirmation(stack: Stack, post: Post, status: str) -> None:
    stack.put("ann@example.com", status)
    sign_up(stack)
    assert post.links == []
    assert stack.person("ann@example.com")["status"] == status


def test_an_email_that_failed_goes_out_when_the_queue_delivers_again(stack: Stack, post: Post) -> None:
    stack.http("subscribe", "POST", "/subscribe", json_body={"email": "ann@example.com"})
    (message,) = stack.messages("SIGNUPS_QUEUE")
    post.failures = 1
    with pytest.raises(ConnectionError):
        stack.run("send_confirmation", {"Records": [message]})
    stack.run("send_confirmation", {"Records": [message]})
    assert len(post.links) == 1
    stack.run("send_confirmation", {"Records": [message]})
    assert len(post.links) == 1


def test_coming_back_needs_a_new_confirmation_and_keeps_what_is_known_until_then(stack: Stack, post: Post) -> None:
    sign_up(stack, name="Ann")
    confirm(stack, post.links[0])
    stack.invoke("unsubscribe", {"email": "ann@example.com"})
    assert confirm(stack, post.links[0]) == 410
    sign_up(stack, name="Somebody Else")
    person = stack.person("ann@example.com")
    assert (person["status"], person["name"]) == ("unsubscribed", "Ann")
    assert confirm(stack, post.links[1]) == 200
    person = stack.person("ann@example.com")
    assert (person["status"], person["name"]) == ("active", "Somebody Else")
    assert "unsubscribed_date" not in person


def test_an_old_link_confirms_nobody_who_was_never_there(stack: Stack, post: Post) -> None:
    sign_up(stack)
    stack.subscribers.delete_item(Key={"email": "ann@example.com"})
    assert stack.http("confirm", "GET", post.links[0]).status == 200
    assert confirm(stack, post.links[0]) == 410
    assert stack.person("ann@example.com") is None


def test_the_way_back_after_erasure_lifts_the_record_of_it(stack: Stack, post: Post) -> None:
    sign_up(stack)
    confirm(stack, post.links[0])
    stack.http("subscribers", "DELETE", "/subscribers/ann@example.com")
    assert [item["email"][:7] for item in stack.subscribers.scan()["Items"]] == ["erased#"]
    sign_up(stack)
    assert confirm(stack, post.links[1]) == 200
    assert [item["email"] for item in stack.subscribers.scan()["Items"]] == ["ann@example.com"]


@pytest.mark.parametrize("token", ["", "nonsense", "2.bm9uc2Vuc2U.c2ln", "x" * 5000])
def test_a_link_that_is_not_ours_gets_a_friendly_page(stack: Stack, token: str) -> None:
    for method in ("GET", "POST"):
        answer = stack.http("confirm", method, f"/confirm?token={token}")
        assert answer.status == 400
        assert "<h1" in answer.body


def test_the_email_itself_goes_through_ses(stack: Stack) -> None:
    ses = client("sesv2")
    ses.create_email_identity(EmailIdentity="letters@list.example")
    stack.http("subscribe", "POST", "/subscribe", json_body={"email": "ann@example.com"})
    stack.work("send_confirmation", "SIGNUPS_QUEUE")
    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    assert sent.destinations["ToAddresses"] == ["ann@example.com"]
    assert "claim" not in stack.subscribers.get_item(Key=wishes_key("ann@example.com"))["Item"]


def test_no_inbox_is_flooded_through_its_many_addresses(stack: Stack, post: Post) -> None:
    for number in range(20):
        sign_up(stack, f"a.n.n+{number}@gmail.com" if number % 2 else f"Ann+{number}@googlemail.com")
    assert len(post.links) == CONFIRMATIONS_PER_INBOX_AND_DAY
    sign_up(stack, "ann@example.com")
    assert len(post.links) == CONFIRMATIONS_PER_INBOX_AND_DAY + 1


def test_the_email_speaks_the_language_of_the_form(stack: Stack, post: Post) -> None:
    form = {"email": "ann@example.com", "language": "de"}
    stack.http("subscribe", "POST", "/subscribe", form=form)
    stack.work("send_confirmation", "SIGNUPS_QUEUE")
    assert post.subjects == ["Bitte bestätigen Sie Ihre Anmeldung zu Garden Letters"]
