"""From the queue of SES events to the list and the ledger."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.cleaning_table import CleaningTable
from email_list.aws.feedback_table import FeedbackTable
from email_list.campaigns.campaign import Campaign, ReasonCode, Status
from email_list.campaigns.feedback import Results
from email_list.campaigns.ledger import Batch, Outcome, Result
from tests.unit.domain.ses_examples import CAMPAIGN, EXAMPLES, NOTIFICATIONS, READER, SENT_AT, example, mail
from tests.unit.handlers.conftest import Stack

AT = "2026-11-24T09:00:00.000Z"


@pytest.fixture
def intake(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack in which SES's events are taken in."""
    settings = {
        "SOFT_BOUNCES_IN_A_ROW": "2",
        "MAX_BOUNCE_PERCENT": "4",
        "MAX_COMPLAINT_PERCENT": "0.08",
        "RATE_MINIMUM_MAILS": "10",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
        stack.environment[name] = value
    return stack


def take(stack: Stack, *documents: Any) -> list[str]:
    """Hand over events; the numbers of those that are to come back."""
    records = [
        {"messageId": str(number), "body": document if isinstance(document, str) else json.dumps(document)}
        for number, document in enumerate(documents)
    ]
    answer = stack.run("record_event", {"Records": records})
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def results(stack: Stack) -> Results:
    return FeedbackTable(stack.records).results(CAMPAIGN)


def status(stack: Stack, email: str = READER) -> str:
    return stack.person(email)["status"]


def test_all_documented_events_are_taken_in(intake: Stack) -> None:
    intake.put(READER, "active")
    assert take(intake, *EXAMPLES.values(), *NOTIFICATIONS.values()) == []
    assert results(intake) == Results(
        delivered=1,
        delayed=1,
        bounced=1,
        soft_bounced=1,
        suppressed=1,
        complained=1,
        rejected=1,
        rendering_failed=1,
        opened=1,
        opens_total=1,
        clicked=1,
        clicks_total=1,
        unsubscribed=1,
    )
    assert status(intake) == "complained"


def test_what_is_no_event_comes_back_with_its_reason_in_the_log_and_disturbs_nothing(
    intake: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    intake.put(READER, "active")
    teleport = {"eventType": "Teleport", "mail": mail()}
    assert take(intake, "not an event", EXAMPLES["bounce"], teleport, EXAMPLES["delivery"]) == ["0", "2"]
    assert (status(intake), results(intake).delivered) == ("bounced", 1)
    reasons = {vars(record)["message_id"]: vars(record)["reason"] for record in caplog.records}
    assert reasons == {"0": "not JSON", "2": "unknown kind of event 'Teleport'"}


def test_an_event_that_cannot_be_noted_comes_back_without_the_others(
    intake: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = FeedbackTable.save

    def save(self: FeedbackTable, campaign_id: str, changed: Any) -> bool:
        if any(number == 13 for number, _, _ in changed):
            raise ClientError({"Error": {"Code": "ValidationException"}}, "TransactWriteItems")
        return write(self, campaign_id, changed)

    monkeypatch.setattr(FeedbackTable, "save", save)
    documents = [example("delivery", place=(number, 0)) for number in range(10, 16)]
    assert take(intake, *documents) == ["3"]
    assert results(intake).delivered == 5


def test_a_complaint_wins_over_a_bounce_and_neither_is_undone(intake: Stack) -> None:
    intake.put(READER, "active")
    take(intake, EXAMPLES["bounce"])
    take(intake, EXAMPLES["complaint"], EXAMPLES["complaint"])
    take(intake, EXAMPLES["bounce"], EXAMPLES["delivery"])
    person = intake.person(READER)
    assert person["status"] == "complained"
    assert [(event["what"], event["reason"]) for event in person["history"]] == [
        ("bounced", "Permanent General 5.1.1"),
        ("complained", "abuse"),
    ]


def reported(name: str, **words: str) -> dict[str, Any]:
    """An event of a campaign's email, with other words than the example's."""
    document = example(name)
    document[name] |= words
    return document


NOTHING_HAPPENED = [
    (reported("complaint", complaintFeedbackType="not-spam"), {}),
    (reported("complaint", complaintFeedbackType="auth-failure"), {}),
    (reported("complaint", complaintFeedbackType="miscategorized"), {"unclassified": 1}),
    (reported("complaint", complaintSubType="OnAccountSuppressionList"), {"suppressed": 1}),
    (reported("bounce", bounceSubType="OnAccountSuppressionList"), {"suppressed": 1}),
    (reported("bounce", bounceSubType="OnTenantSuppressionList"), {"suppressed": 1}),
    (reported("bounce", bounceSubType="EmailValidationSuppressed"), {"suppressed": 1}),
    (reported("bounce", bounceSubType="OnTheMoon"), {"unclassified": 1}),
    (reported("bounce", bounceType="Perhaps"), {"unclassified": 1}),
    (reported("bounce", bounceType="Transient", bounceSubType="ContentRejected"), {"soft_bounced": 1}),
]


@pytest.mark.parametrize(("document", "counted"), NOTHING_HAPPENED)
def test_what_is_no_bounce_and_no_complaint_changes_nobody_and_pauses_no_campaign(
    intake: Stack, document: dict[str, Any], counted: dict[str, int]
) -> None:
    intake.put(READER, "active")
    before = intake.person(READER)
    store = CampaignTable(intake.records)
    store.create(Campaign(CAMPAIGN, Status.SENDING, "News", AT, AT))
    sent = Batch(1, Outcome.PENDING * 20).with_results({position: Result(Outcome.SENT) for position in range(20)})
    store.save(CAMPAIGN, Batch(1, Outcome.PENDING * 20), sent, AT)
    for _ in range(3):
        take(intake, document)
    assert intake.person(READER) == before
    assert results(intake) == Results(**counted)
    campaign = store.get(CAMPAIGN)
    assert campaign is not None
    assert campaign.status is Status.SENDING


def test_the_words_that_were_not_understood_are_kept_with_the_recipient(intake: Stack) -> None:
    intake.put(READER, "active")
    take(intake, reported("bounce", bounceSubType="OnTheMoon"))
    row = FeedbackTable(intake.records).rows(CAMPAIGN, [1])[1]
    assert row.reasons == {0: "Permanent OnTheMoon 5.1.1"}


@pytest.mark.parametrize(("bot", "counted"), [("Likely", "machine_opened"), ("Unlikely", "opened")])
def test_ses_decides_whether_a_person_has_opened(intake: Stack, bot: str, counted: str) -> None:
    take(intake, reported("open", isBotEvent=bot, userAgent="Mozilla/5.0" if bot == "Unlikely" else "Thunderbird"))
    assert getattr(results(intake), counted) == 1


@pytest.mark.parametrize("before", ["pending", "active", "unsubscribed"])
def test_an_address_that_takes_no_email_is_suppressed_whatever_its_status(intake: Stack, before: str) -> None:
    intake.put(READER, before)
    take(intake, example("bounce", place=None))
    person = intake.person(READER)
    assert person["status"] == "bounced"


def test_anyone_who_never_confirmed_is_forgotten_in_time_though_they_bounced_but_not_if_they_complained(
    intake: Stack,
) -> None:
    intake.put(READER, "pending", expires_at=7)
    take(intake, example("bounce", place=None))
    assert intake.person(READER)["expires_at"] == 7
    take(intake, example("complaint", place=None))
    assert (status(intake), "expires_at" in intake.person(READER)) == ("complained", False)


def test_what_became_of_an_old_email_says_nothing_about_who_has_joined_since(intake: Stack) -> None:
    intake.put(READER, "active", subscribed_date="2026-11-24T10:00:05.000Z")
    take(intake, EXAMPLES["bounce"])
    assert status(intake) == "active"


def test_an_event_about_nobody_on_the_list_adds_nobody(intake: Stack) -> None:
    names = ("bounce", "complaint", "bounce of a full mailbox", "delivery", "subscription")
    assert take(intake, *(example(name, place=None) for name in names)) == []
    assert intake.person(READER) is None


def soft_bounce(day: int) -> dict[str, Any]:
    sent_at = f"2026-11-{day:02d}T10:00:00.000Z"
    return example("bounce of a full mailbox", place=(day, 0), timestamp=sent_at, messageId=f"m{day}")


def test_soft_bounces_in_a_row_end_a_subscription_and_a_delivery_between_them_does_not(intake: Stack) -> None:
    intake.put(READER, "active")
    take(intake, soft_bounce(1), soft_bounce(1))
    take(intake, example("delivery", place=(2, 0), timestamp="2026-11-02T10:00:00.000Z"))
    take(intake, soft_bounce(3))
    assert status(intake) == "active"
    assert intake.person(READER)["soft_bounces"] == {"2026-11-03T10:00:00.000Z|m3"}
    take(intake, soft_bounce(4))
    person = intake.person(READER)
    assert person["status"] == "bounced"
    assert person["history"][-1]["reason"] == "2 in a row, the last: Transient MailboxFull 4.2.2"
    assert "soft_bounces" not in person


def test_an_out_of_office_reply_to_a_delivered_email_is_not_held_against_anybody(intake: Stack) -> None:
    intake.put(READER, "active")
    take(intake, EXAMPLES["delivery"])
    take(intake, example("bounce of a full mailbox"))
    assert "soft_bounces" not in intake.person(READER)


def test_send_events_settle_the_ledger_as_before(intake: Stack) -> None:
    store = CampaignTable(intake.records)
    claimed = Batch(1, Outcome.PENDING * 2).claimed("worker", AT)
    store.save(CAMPAIGN, Batch(1, Outcome.PENDING * 2), claimed, AT)
    take(intake, EXAMPLES["send"], example("rendering failure", place=(1, 1)))
    batch = store.batch(CAMPAIGN, 1)
    assert batch is not None
    assert batch.seen == {0}
    assert batch.refused == {1: "Rendering Failure: Attribute 'name' is not present"}
    assert store.events_noted_until(CAMPAIGN) == SENT_AT


def test_a_campaign_whose_emails_bounce_is_paused(intake: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    store = CampaignTable(intake.records)
    store.create(Campaign(CAMPAIGN, Status.SENDING, "News", AT, AT))
    sent = Batch(1, Outcome.PENDING * 20).with_results({position: Result(Outcome.SENT) for position in range(20)})
    store.save(CAMPAIGN, Batch(1, Outcome.PENDING * 20), sent, AT)
    take(intake, example("bounce", place=(1, 3)))
    campaign = store.get(CAMPAIGN)
    assert campaign is not None
    assert (campaign.status, campaign.reason and campaign.reason.code) == (Status.PAUSED, ReasonCode.BOUNCES)
    assert '"CampaignsHarmful": 1' in capsys.readouterr().out


def test_the_last_day_of_an_open_and_of_a_click_is_noted_on_the_person_once(
    intake: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.put(READER, "active")
    written: list[Any] = []
    interested = CleaningTable.interested
    monkeypatch.setattr(
        CleaningTable, "interested", lambda self, *what: written.append(what) or interested(self, *what)
    )
    opens = [opened_at(f"2026-11-{day}T{hour:02}:00:00.000Z", f"mail-{hour}") for day in (24, 25) for hour in (1, 9)]
    for event in (*opens, opens[0], example("click")):
        assert take(intake, event) == []
    person = intake.person(READER)
    assert (person["opened_on"], person["clicked_on"]) == ("2026-11-25", example("click")["click"]["timestamp"][:10])
    assert [list(days) for _, days in written] == [["opened_on"], ["opened_on"], ["clicked_on"]]


def test_what_a_machine_opens_or_someone_who_is_gone_is_not_noted(intake: Stack) -> None:
    assert take(intake, example("open")) == []
    assert intake.person(READER) is None
    intake.put(READER, "active")
    by_machine = example("open")
    by_machine["open"]["userAgent"] = "Mozilla/5.0"
    assert take(intake, by_machine) == []
    assert "opened_on" not in intake.person(READER)


def test_where_readers_are_asked_only_the_interest_of_those_who_agree_is_noted(
    intake: Stack, listed: Callable[..., None]
) -> None:
    listed(track_engagement="consenting")
    intake.put(READER, "active")
    assert take(intake, example("open"), example("click")) == []
    assert "opened_on" not in intake.person(READER)
    intake.put(READER, "active", tracked=True)
    assert take(intake, example("open")) == []
    assert intake.person(READER)["opened_on"]


def opened_at(at: str, message: str) -> Any:
    event = example("open", messageId=message)
    event["open"]["timestamp"] = at
    return event
