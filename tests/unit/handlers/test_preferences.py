"""What the holder of a link to the preferences can do, and what takes the inbox itself."""

import json
import re
from datetime import UTC, datetime

import pytest

from email_list import pages
from email_list.aws.campaign_table import CampaignTable
from email_list.aws.feedback_table import FeedbackTable
from email_list.aws.subscriber_items import wishes_key
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import Campaign, Plan, Position, Status
from email_list.campaigns.feedback import Mark, Note, Row
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch, Result
from email_list.mail.letters import Content
from email_list.people.data_links import LINKS_PER_INBOX_AND_DAY
from email_list.people.links import DATA_LIFETIME, Links
from email_list.people.tokens import LinkKeys, LinkTokens
from email_list.words import words

from .conftest import LINK_KEYS, PUBLIC_URL, Answer, Stack

ANN, NONCE = "ann@example.com", "n-1"
LATER = "2026-02-01T00:00:00.000Z"
TOKENS = LinkTokens(LinkKeys("2", LINK_KEYS["keys"]))
links = Links(PUBLIC_URL, TOKENS)
TOKEN = links.preferences(ANN, NONCE).split("token=")[1]


@pytest.fixture(autouse=True)
def ann(stack: Stack) -> None:
    consent = {"requested": {"ip": "203.0.113.7"}}
    stack.put(ANN, "active", name="Ann", topics=["News"], consent=consent, nonce=NONCE)


@pytest.fixture
def sent(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> list[Content]:
    """What the worker emails to Ann; moto describes no account."""
    from handlers.wiring import braking, mail

    mails: list[Content] = []

    class Post:
        def send(self, email: str, letter: Content, purpose: str) -> None:
            assert (email, purpose) == (ANN, "data")
            mails.append(letter)

    monkeypatch.setattr(mail, "mailer", Post)
    monkeypatch.setattr(braking, "known_account", lambda client: lambda: None)
    return mails


def press(stack: Stack, action: pages.Action | str, link: str = "", **form: object) -> Answer:
    path, _, token = (link or f"/preferences?token={TOKEN}").removeprefix(PUBLIC_URL).partition("?token=")
    return stack.http("preferences", "POST", path, form={"token": token, "action": str(action), **form})


def ask(stack: Stack, sent: list[Content], **form: str) -> str:
    """The link that comes by email after a press of the button."""
    assert press(stack, pages.Action.DOWNLOAD, **form).status == 200
    stack.work("send_confirmation", "SIGNUPS_QUEUE")
    return re.findall(rf"{re.escape(PUBLIC_URL)}/preferences/data\?\S+", sent[-1].text)[0]


def test_opening_the_page_changes_nothing(stack: Stack) -> None:
    before = stack.person(ANN)
    answer = stack.http("preferences", "GET", links.preferences(ANN, NONCE))
    assert answer.status == 200
    assert "Ann" in answer.body
    assert stack.person(ANN) == before


def test_topics_are_saved_and_nothing_else(stack: Stack) -> None:
    answer = press(stack, pages.Action.SAVE, name="Mallory", status="complained", **{"topic.Events": "on"})
    assert answer.status == 200
    assert stack.person(ANN) == {**stack.person(ANN), "name": "Ann", "topics": ["Events"], "status": "active"}


@pytest.mark.parametrize("action", [pages.Action.DOWNLOAD, pages.Action.ERASE])
def test_data_and_erasure_are_asked_for_and_the_answer_goes_to_the_inbox(
    stack: Stack, sent: list[Content], action: pages.Action
) -> None:
    before = stack.person(ANN)
    answer = press(stack, action)
    assert answer.status == 200
    assert "203.0.113.7" not in answer.body
    assert "/preferences/data" not in answer.body
    assert stack.person(ANN) == before
    stack.work("send_confirmation", "SIGNUPS_QUEUE")
    assert len(sent) == 1


def test_the_letter_speaks_the_language_of_the_page(stack: Stack, sent: list[Content]) -> None:
    ask(stack, sent, language="de")
    assert sent[0].subject == "Ihre Daten bei Garden Letters"


def test_the_download_holds_everything_but_the_machinery(stack: Stack, sent: list[Content]) -> None:
    link = ask(stack, sent)
    answer = press(stack, pages.Action.DOWNLOAD, link)
    assert "attachment" in answer.headers["content-disposition"]
    record = json.loads(answer.body)
    assert (record["email"], record["name"], record["consent"]["requested"]["ip"]) == (ANN, "Ann", "203.0.113.7")
    assert not {"nonce", "data_link", "initials"} & set(record)


def test_the_download_names_every_campaign_with_what_came_back_and_every_sign_up_that_waits(
    stack: Stack, sent: list[Content]
) -> None:
    store, joined = CampaignTable(stack.records), "2026-01-01T00:00:00.000Z"
    plan = Plan(1, 1, 2, Position(joined, ANN), complete=True)
    store.create(Campaign("c1", Status.SENT, "News", joined, joined, Audience(), cutoff=LATER, plan=plan))
    planned = PlannedBatch(1, ("bob@example.com", ANN), Position(joined, ANN), last=True)
    (row,) = store.add_plan_rows("c1", [planned])
    batch = Batch.untouched(row)
    results = {0: Result(Outcome.FAILED, "not Ann's"), 1: Result(Outcome.SENT)}
    store.save("c1", batch, batch.with_results(results).released(), LATER)
    opened = [Note(1, Mark.OPENED, occasion="a", age=3), Note(0, Mark.CLICKED, occasion="b", age=9)]
    FeedbackTable(stack.records).save("c1", [(1, Row(), Row().with_notes(opened))])
    wish = {"at": LATER, "name": "Mallory", "topics": [], "attributes": {}, "ip": "203.0.113.9"}
    stack.subscribers.put_item(Item={**wishes_key(ANN), "wishes": {"w-1": wish}, "sent": LATER})
    record = json.loads(press(stack, pages.Action.DOWNLOAD, ask(stack, sent)).body)
    assert record["campaigns"] == [
        {"campaign": "c1", "subject": "News", "at": LATER, "outcome": "sent", "feedback": ["opened"], "opened": [3]}
    ]
    assert record["requests"] == [wish]


def test_erasing_leaves_only_a_keyed_hash(stack: Stack, sent: list[Content]) -> None:
    link = ask(stack, sent)
    assert press(stack, pages.Action.ERASE, link).status == 200
    (left,) = stack.subscribers.scan()["Items"]
    assert left["email"].startswith("erased#")
    assert set(left) == {"email", "erased_date"}
    assert "ann" not in json.dumps(left)
    (message,) = stack.messages("ERASURES_QUEUE")
    search = json.loads(message["body"])
    assert (search["email"], search["joined"]) == (ANN, ["2026-01-01T00:00:00.000Z"])
    assert stack.http("preferences", "GET", links.preferences(ANN, NONCE)).status == 404
    assert press(stack, pages.Action.ERASE, link).status == 410


def test_a_name_is_corrected_by_the_link_from_the_inbox(stack: Stack, sent: list[Content]) -> None:
    link = ask(stack, sent)
    answer = press(stack, pages.Action.SAVE, link, name="x" * 101)
    assert answer.status == 400
    assert "x" * 101 in answer.body
    assert press(stack, pages.Action.SAVE, link, name=" Anna\tB ").status == 200
    assert stack.person(ANN)["name"] == "Anna B"


def test_scanners_may_open_the_link_and_only_a_button_uses_it_up(stack: Stack, sent: list[Content]) -> None:
    link = ask(stack, sent)
    before = stack.person(ANN)
    for _ in range(3):
        assert stack.http("preferences", "GET", link).status == 200
    assert press(stack, "").status == 400
    assert stack.person(ANN) == before
    assert press(stack, pages.Action.DOWNLOAD, link).status == 200
    for action in pages.Action:
        assert press(stack, action, link, name="B").status == 410
    assert stack.http("preferences", "GET", link).status == 410
    assert stack.person(ANN)["name"] == "Ann"


def test_the_link_ends_after_an_hour_and_with_the_next_one(stack: Stack, sent: list[Content]) -> None:
    first, second = ask(stack, sent), ask(stack, sent)
    assert stack.http("preferences", "GET", first).status == 410
    assert stack.http("preferences", "GET", second).status == 200
    an_hour_ago = datetime.now(UTC) - DATA_LIFETIME
    old = Links(PUBLIC_URL, TOKENS, clock=lambda: an_hour_ago).data(ANN, stack.person(ANN)["data_link"])
    answer = stack.http("preferences", "GET", old)
    assert answer.status == 410
    assert words("en", "pages")["problem.expired_data_link.heading"] in answer.body


def test_an_inbox_gets_a_few_links_a_day_and_no_more(stack: Stack, sent: list[Content]) -> None:
    for _ in range(LINKS_PER_INBOX_AND_DAY):
        ask(stack, sent)
    assert press(stack, pages.Action.ERASE).status == 429
    assert stack.work("send_confirmation", "SIGNUPS_QUEUE") == 0


@pytest.mark.parametrize("status", ["bounced", "complained"])
def test_nobody_is_mailed_who_bounced_or_complained(stack: Stack, sent: list[Content], status: str) -> None:
    stack.put(ANN, status, nonce=NONCE)
    press(stack, pages.Action.DOWNLOAD)
    stack.work("send_confirmation", "SIGNUPS_QUEUE")
    assert sent == []


def test_a_link_of_an_erased_person_does_not_open_the_next_record_of_their_address(
    stack: Stack, sent: list[Content]
) -> None:
    old = [links.preferences(ANN, NONCE), ask(stack, sent)]
    press(stack, pages.Action.ERASE, old[1])
    stack.put(ANN, "active", nonce="n-2")
    assert stack.http("preferences", "GET", old[0]).status == 404
    assert press(stack, pages.Action.SAVE, old[0]).status == 404
    assert stack.http("preferences", "GET", old[1]).status == 410
    # Leaving is all that goes on working, for years: anyone who presses it must not be told that it does not.
    leaving = links.unsubscribe(ANN, NONCE)
    page = stack.http("unsubscribe", "GET", leaving).body
    (preferences,) = re.findall(r'href="(\S+/preferences\?\S+)"', page)
    assert stack.http("preferences", "GET", preferences).status == 404
    stack.http("unsubscribe", "POST", leaving)
    assert stack.person(ANN)["status"] == "unsubscribed"


def test_a_record_from_before_there_were_nonces_is_reached_until_it_ends(stack: Stack) -> None:
    stack.put(ANN, "active")
    assert stack.http("preferences", "GET", links.preferences(ANN, "")).status == 200
    stack.put(ANN, "active", nonce=NONCE)
    assert stack.http("preferences", "GET", links.preferences(ANN, "")).status == 404


@pytest.mark.parametrize("action", ["", "destroy", "ERASE"])
def test_an_unknown_button_does_nothing(stack: Stack, action: str) -> None:
    assert press(stack, action).status == 400
    assert stack.person(ANN) is not None


@pytest.mark.parametrize("link", [links.unsubscribe(ANN, NONCE), links.confirm(ANN, "r-1"), links.data(ANN, "r-1")])
def test_another_link_does_not_open_the_preferences(stack: Stack, link: str) -> None:
    token = link.split("token=")[1]
    answer = stack.http("preferences", "GET", f"/preferences?token={token}")
    assert answer.status == 400
    assert ANN not in answer.body


def test_a_link_of_a_newsletter_does_not_open_the_data(stack: Stack) -> None:
    for token in (TOKEN, links.unsubscribe(ANN, NONCE).split("token=")[1]):
        answer = stack.http("preferences", "GET", f"/preferences/data?token={token}")
        assert answer.status == 400
        assert ANN not in answer.body


def test_someone_who_has_left_is_not_offered_to_leave(stack: Stack) -> None:
    stack.put("bob@example.com", "unsubscribed")
    assert "/unsubscribe" not in stack.http("preferences", "GET", links.preferences("bob@example.com", "")).body
    assert "/unsubscribe" in stack.http("preferences", "GET", links.preferences(ANN, NONCE)).body


def test_somebody_who_left_is_asked_whether_to_come_back_and_does_with_one_click(stack: Stack) -> None:
    stack.put(ANN, "unsubscribed", topics=[], unsubscribed_date="2026-01-01T00:00:00.000Z", nonce=NONCE)
    saved = press(stack, pages.Action.SAVE, topic="News")
    assert "You have left" in saved.body
    assert stack.person(ANN)["status"] == "unsubscribed"
    back = press(stack, pages.Action.COME_BACK)
    assert "Welcome back" in back.body
    assert "You have left" not in back.body
    person = stack.person(ANN)
    assert (person["status"], "unsubscribed_date" in person) == ("active", False)
    assert "you agree" in person["consent"]["confirmed"]["wording"]
    assert person["history"][-1]["what"] == "came back"
    assert "Welcome back" not in press(stack, pages.Action.COME_BACK).body


def test_what_is_ticked_when_somebody_comes_back_is_chosen(stack: Stack) -> None:
    stack.put(ANN, "unsubscribed", topics=["Events"], nonce=NONCE)
    press(stack, pages.Action.COME_BACK, **{"topic.News": "on"})
    assert (stack.person(ANN)["status"], stack.person(ANN)["topics"]) == ("active", ["News"])


@pytest.mark.parametrize("status", ["bounced", "complained", "pending"])
def test_nobody_comes_back_who_has_not_left(stack: Stack, status: str) -> None:
    stack.put(ANN, status, nonce=NONCE)
    assert "Welcome back" not in press(stack, pages.Action.COME_BACK).body
    assert stack.person(ANN)["status"] == status
