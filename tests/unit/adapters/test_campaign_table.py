"""The records table, as moto emulates DynamoDB."""

from dataclasses import replace
from typing import Any

import pytest

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.last_look import LastLookTables
from email_list.aws.subscriber_table import SubscriberTable
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import RUNNING, Campaign, Plan, Position, Reason, ReasonCode, Status, Tally
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch, Result
from email_list.campaigns.store import Move
from email_list.people.subscribers import Evidence, Subscriber
from email_list.people.subscribers import Status as SubscriberStatus
from tests.unit.domain.campaign_world import FakeStore

AT = "2026-11-24T10:00:00.000Z"
LATER = "2026-11-24T10:00:01.000Z"
CAMPAIGN = Campaign("C1", Status.PLANNING, "News", AT, AT, Audience(("cats",), {"age": 7}))
ROW = PlannedBatch(1, ("a@example.com", "b@example.com"), Position(AT, "b@example.com"))


@pytest.fixture(params=["production", "fake"])
def store(request: pytest.FixtureRequest) -> Any:
    """The store that runs in production and the one that tests use: both keep the same promises."""
    return CampaignTable(request.getfixturevalue("table")) if request.param == "production" else FakeStore()


def test_a_campaign_is_stored_as_it_is(store: Any) -> None:
    full = replace(
        CAMPAIGN,
        schedule_at=LATER,
        cutoff=AT,
        batch_size=50,
        plan=Plan(3, 2, 70, Position(AT, "b@example.com"), complete=True),
        reason=Reason(ReasonCode.HELD, "why"),
        resume_at=LATER,
        finished_at=LATER,
        edits=2,
        edition="ab12",
        archived=True,
    )
    assert store.create(full)
    assert store.get("C1") == full
    assert store.get("C2") is None


def test_a_campaign_is_created_once(store: Any) -> None:
    assert store.create(CAMPAIGN)
    assert not store.create(replace(CAMPAIGN, subject="Other"))
    assert store.get("C1").subject == "News"


def test_campaigns_are_listed_newest_first_in_pages(store: Any) -> None:
    for number in range(1, 6):
        store.create(replace(CAMPAIGN, id=f"C{number}"))
    assert [campaign.id for campaign in store.newest(2, None)] == ["C5", "C4"]
    assert [campaign.id for campaign in store.newest(9, "C4")] == ["C3", "C2", "C1"]


LETTER = {"subject": "News", "body": "ä"}


def test_the_source_of_a_letter_is_kept_once(store: Any) -> None:
    store.create(CAMPAIGN)
    assert store.letter(CAMPAIGN) is None
    assert store.keep_letter("C1", LETTER) == LETTER
    assert store.keep_letter("C1", {"subject": "Other"}) == LETTER
    assert store.letter(CAMPAIGN) == LETTER


def test_an_edit_changes_what_editors_may_change_with_the_letter_and_nothing_else(store: Any) -> None:
    held = replace(CAMPAIGN, status=Status.PAUSED, schedule_at=LATER, reason=Reason(ReasonCode.HELD, "why"))
    store.create(held)
    store.keep_letter("C1", LETTER)
    after = replace(
        held,
        subject="Other",
        audience=Audience(),
        variables={"html": ["name"]},
        defaults={"name": "friend"},
        schedule_at=None,
        updated_at=LATER,
        edits=1,
        edition="ab12",
    )
    assert store.edit(held, replace(after, status=Status.SENT, batch_size=7), {"subject": "Other"}) == after
    assert store.get("C1") == after
    assert store.letter(after) == {"subject": "Other"}
    assert store.letter(held) is None
    assert store.edit(held, after, None) is None
    again = replace(after, edits=2, subject="Third")
    assert store.edit(after, again, None) == again
    assert store.letter(again) == {"subject": "Other"}


def test_what_has_begun_is_not_edited(store: Any) -> None:
    store.create(CAMPAIGN)
    store.keep_letter("C1", LETTER)
    edited = replace(CAMPAIGN, edits=1, edition="ab12")
    assert store.edit(CAMPAIGN, edited, {"subject": "Other"}) is None
    store.move("C1", RUNNING, Move(Status.PAUSED, LATER))
    store.freeze("C1", AT, 50)
    assert store.edit(CAMPAIGN, edited, {"subject": "Other"}) is None
    assert store.letter(CAMPAIGN) == LETTER


def test_a_move_of_what_was_edited_meanwhile_does_not_happen(store: Any) -> None:
    held = replace(CAMPAIGN, status=Status.SCHEDULED)
    store.create(held)
    assert store.edit(held, replace(held, edits=1), None)
    assert store.move("C1", {Status.SCHEDULED}, Move(Status.PLANNING, LATER, edits=0)) is None
    assert store.move("C1", {Status.SCHEDULED}, Move(Status.PLANNING, LATER, edits=1))


def test_only_what_is_over_is_archived(store: Any) -> None:
    store.create(CAMPAIGN)
    assert store.archive("C1", archived=True) is None
    store.move("C1", RUNNING, Move(Status.CANCELLED, LATER))
    assert store.archive("C1", archived=True).archived
    assert not store.archive("C1", archived=False).archived


def test_a_campaign_is_unfinished_until_it_is_forgotten(store: Any) -> None:
    store.create(CAMPAIGN)
    assert store.unfinished() == ["C1"]
    store.forget_unfinished("C1")
    assert store.unfinished() == []


def test_the_sweeper_goes_on_where_it_stopped_until_the_campaign_is_forgotten(store: Any) -> None:
    store.create(CAMPAIGN)
    assert store.swept_to("C1") == 1
    store.note_swept("C1", 501)
    assert store.swept_to("C1") == 501


def test_a_note_of_the_sweeper_brings_no_campaign_back(table: Any) -> None:
    CampaignTable(table).note_swept("C1", 501)
    assert CampaignTable(table).unfinished() == []


def test_an_idempotency_key_stays_with_its_first_campaign(store: Any) -> None:
    assert store.key("key") is None
    assert store.remember_key("key", "C1", "print") == ("C1", "print")
    assert store.key("key") == ("C1", "print")
    assert store.remember_key("key", "C2", "other") == ("C1", "print")


def test_a_move_happens_only_from_its_sources_and_replaces_the_reason(store: Any) -> None:
    store.create(CAMPAIGN)
    reason = Reason(ReasonCode.DAILY_QUOTA, "full")
    paused = store.move("C1", RUNNING, Move(Status.PAUSED, LATER, reason, resume_at=LATER))
    assert (paused.status, paused.reason, paused.resume_at, paused.updated_at) == (
        Status.PAUSED,
        reason,
        LATER,
        LATER,
    )
    assert store.move("C1", RUNNING, Move(Status.PAUSED, LATER)) is None
    resumed = store.move("C1", {Status.PAUSED}, Move(Status.SENDING, LATER))
    assert (resumed.status, resumed.reason, resumed.resume_at, resumed.finished_at) == (
        Status.SENDING,
        None,
        None,
        None,
    )
    sent = store.move("C1", {Status.SENDING}, Move(Status.SENT, LATER))
    assert sent.finished_at == LATER
    assert store.get("C1") == sent
    assert store.move("C2", RUNNING, Move(Status.PAUSED, LATER)) is None


def test_an_audience_is_frozen_once(store: Any) -> None:
    store.create(CAMPAIGN)
    assert store.freeze("C1", AT, 50).cutoff == AT
    again = store.freeze("C1", LATER, 20)
    assert (again.cutoff, again.batch_size) == (AT, 50)


def test_a_plan_only_grows(store: Any) -> None:
    store.create(CAMPAIGN)
    further = Plan(2, 2, 100, Position(AT, "b@example.com"))
    assert store.planned("C1", further, LATER).plan == further
    assert store.planned("C1", Plan(1, 1, 50, Position(AT, "a@example.com")), LATER).plan == further


def test_a_plan_row_is_written_once(store: Any) -> None:
    assert store.add_plan_rows("C1", [ROW]) == [ROW]
    other = replace(ROW, recipients=("c@example.com",))
    assert store.add_plan_rows("C1", [other]) == [ROW]
    assert store.plan_rows("C1", 1, 2) == [ROW]


def test_plan_rows_are_written_together_and_those_that_are_there_already_once(store: Any) -> None:
    rows = [replace(ROW, number=number) for number in range(1, 5)]
    assert store.add_plan_rows("C1", rows[:2]) == rows[:2]
    assert store.add_plan_rows("C1", rows) == rows
    assert store.plan_rows("C1", 1, 9) == rows


def test_no_plan_row_is_written_after_one_of_another_planner(store: Any) -> None:
    rows = [replace(ROW, number=number) for number in range(1, 5)]
    others = replace(rows[1], recipients=("c@example.com",))
    store.add_plan_rows("C1", [others])
    assert store.add_plan_rows("C1", rows) == [rows[0], others]
    assert store.plan_rows("C1", 1, 9) == [rows[0], others]


def test_plan_rows_cost_one_call(table: Any) -> None:
    calls: list[str] = []
    table.meta.client.meta.events.register("before-call.dynamodb.*", lambda model, **_: calls.append(model.name))
    CampaignTable(table).add_plan_rows("C1", [replace(ROW, number=number) for number in range(1, 21)])
    assert calls == ["TransactWriteItems"]


def test_an_empty_last_row_is_stored_as_it_is(store: Any) -> None:
    end = PlannedBatch(2, (), None, last=True)
    store.add_plan_rows("C1", [end])
    store.add_plan_rows("C1", [ROW])
    assert store.plan_rows("C1", 1, 9) == [ROW, end]
    assert store.plan_rows("C1", 2, 1) == []


FULL_BATCH = Batch(
    number=1,
    outcomes=".sf",
    claim="me",
    claimed_at=AT,
    reasons={2: "why"},
    seen=frozenset({0, 1}),
    refused={2: "no"},
    doubts=1,
    tries=2,
    tracked=frozenset({0, 2}),
)


def test_a_state_row_is_stored_as_it_is_with_a_revision(store: Any) -> None:
    before = Batch(1, "...")
    saved = store.save("C1", before, FULL_BATCH, AT)
    assert saved == replace(FULL_BATCH, revision=1)
    assert store.batch("C1", 1) == saved
    assert store.batches("C1", range(1, 6)) == {saved.number: saved}
    assert store.batch("C1", 2) is None


def test_a_row_that_has_changed_is_not_overwritten(store: Any) -> None:
    before = Batch(1, "...")
    first = store.save("C1", before, before.claimed("me", AT), AT)
    assert store.save("C1", before, before.claimed("you", AT), AT) is None
    assert store.save("C1", replace(first, revision=7), first.released(), AT) is None
    assert store.batch("C1", 1) == first


def test_a_change_of_outcomes_is_counted_with_it_and_only_with_it(store: Any) -> None:
    batch = Batch(1, "....")
    results = {0: Result(Outcome.SENT), 1: Result(Outcome.FAILED, "no"), 2: Result(Outcome.SKIPPED, "left")}
    some = store.save("C1", batch, batch.with_results(results), AT, accepted_at=AT)
    assert store.save("C1", batch, batch.with_results(results), LATER) == some, "the same write, repeated"
    assert store.tally("C1") == Tally(1, 1, 1, 0, accepted_at=AT, updated_at=AT)
    all_ = store.save("C1", some, some.with_results({3: Result(Outcome.UNKNOWN)}).released(), LATER)
    store.save("C1", all_, all_.with_events({3: False}, {0: "Reject"}), LATER)
    assert store.tally("C1") == Tally(1, 2, 1, 0, batches=1, accepted_at=AT, updated_at=LATER)


def test_a_tally_is_the_sum_over_many_batches(store: Any) -> None:
    for number in range(1, 30):
        batch = Batch(number, "..")
        sent = batch.with_results({0: Result(Outcome.SENT), 1: Result(Outcome.SENT)})
        store.save("C1", batch, sent.released(), AT, accepted_at=AT)
    tally = store.tally("C1")
    assert (tally.sent, tally.batches) == (58, 29)
    assert store.tally("C2") == Tally()


def test_work_reads_campaign_plan_and_state_at_once(store: Any) -> None:
    assert store.work("C1", 1) == (None, None, None)
    store.create(CAMPAIGN)
    store.add_plan_rows("C1", [ROW])
    assert store.work("C1", 1) == (CAMPAIGN, ROW, None)
    batch = store.save("C1", Batch.untouched(ROW), Batch.untouched(ROW).claimed("me", AT), AT)
    assert store.work("C1", 1) == (CAMPAIGN, ROW, batch)


def test_events_are_noted_up_to_the_latest(store: Any) -> None:
    assert store.events_noted_until("C1") is None
    for moment in (AT, LATER, AT):
        store.note_events("C1", moment)
    assert store.events_noted_until("C1") == LATER


def test_a_write_whose_answer_was_lost_counts_as_done_when_it_is_repeated(table: Any) -> None:
    store = CampaignTable(table)
    batch = Batch(1, "..")
    claimed = batch.claimed("me", AT)
    assert store.save("C1", batch, claimed, AT) == store.save("C1", batch, claimed, AT)


def test_a_collision_of_transactions_is_tried_again(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    store = CampaignTable(table)
    write = table.meta.client.transact_write_items
    collisions = [2]

    def collide(**parameters: Any) -> Any:
        if collisions[0]:
            collisions[0] -= 1
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException"},
                "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
            }
            raise ClientError(answer, "TransactWriteItems")
        return write(**parameters)

    monkeypatch.setattr(table.meta.client, "transact_write_items", collide)
    batch = Batch(1, ".")
    assert store.save("C1", batch, batch.with_results({0: Result(Outcome.SENT)}), AT)
    assert store.tally("C1").sent == 1


def test_ledger_rows_expire_and_sums_do_not(table: Any) -> None:
    store = CampaignTable(table)
    store.add_plan_rows("C1", [ROW])
    batch = Batch(1, "..")
    store.save("C1", batch, batch.with_results({0: Result(Outcome.SENT)}), AT)
    expiring = {item["sk"].partition("#")[0]: "expires_at" in item for item in table.scan()["Items"]}
    assert expiring == {"PLAN": True, "BATCH": True, "TALLY": False}


def test_a_last_look_sees_a_campaign_and_those_of_its_recipients_who_are_there(tables: Any, table: Any) -> None:
    subscribers = tables.create_table(
        TableName="subscribers",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
    )
    SubscriberTable(subscribers).add(Subscriber("ada@example.com", SubscriberStatus.ACTIVE, AT), Evidence(AT))
    look = LastLookTables(table, subscribers)
    assert look.at("C1", ["ada@example.com"])[0] is None
    CampaignTable(table).create(CAMPAIGN)
    campaign, people = look.at("C1", ["ada@example.com", "nobody@example.com"])
    assert campaign == CAMPAIGN
    assert list(people) == ["ada@example.com"]
    assert look.at("C1", []) == (CAMPAIGN, {})
