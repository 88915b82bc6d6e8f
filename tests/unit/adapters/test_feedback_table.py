"""Feedback in the campaigns table, as moto emulates DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from email_list.aws.feedback_table import FeedbackTable
from email_list.feedback import Mark, Note, Results, Row
from email_list.feedback_recording import Recorder
from email_list.mail_events import Event, Kind, Place
from email_list.watching import Seen

ROW = Row().with_notes(
    [
        Note(0, Mark.DELIVERED),
        Note(0, Mark.OPENED, occasion="10:00"),
        Note(0, Mark.OPENED, occasion="10:05"),
        Note(49, Mark.CLICKED, occasion="10:06"),
        Note(49, Mark.BOUNCED, "Permanent General 5.1.1"),
    ]
)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.resource("dynamodb").create_table(
            TableName="campaigns",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )


@pytest.fixture
def feedback(table: Any) -> FeedbackTable:
    return FeedbackTable(table)


def test_a_row_is_stored_as_it_is_and_its_sums_with_it(feedback: FeedbackTable) -> None:
    assert feedback.rows("C1", [7]) == {7: Row()}
    assert feedback.save("C1", [(7, Row(), ROW)])
    assert feedback.rows("C1", [7, 8]) == {7: replace(ROW, revision=1), 8: Row()}
    assert feedback.results("C1") == Results(delivered=1, opened=1, opens_total=2, clicked=1, clicks_total=1, bounced=1)
    assert feedback.results("C2") == Results()


def test_who_read_a_row_before_it_changed_changes_nothing(feedback: FeedbackTable) -> None:
    assert feedback.save("C1", [(1, Row(), ROW)])
    stale, fresh = (1, Row(), ROW), (2, Row(), ROW)
    assert not feedback.save("C1", [fresh, stale])
    assert feedback.rows("C1", [2]) == {2: Row()}
    assert feedback.results("C1").delivered == 1


def test_only_what_is_new_in_a_row_is_added_to_the_sums(feedback: FeedbackTable) -> None:
    feedback.save("C1", [(1, Row(), ROW)])
    before = feedback.rows("C1", [1])[1]
    after = before.with_notes([Note(0, Mark.DELIVERED), Note(1, Mark.DELIVERED)])
    assert feedback.save("C1", [(1, before, after)])
    assert feedback.results("C1").delivered == 2


def test_more_rows_are_read_than_one_call_takes(feedback: FeedbackTable) -> None:
    feedback.save("C1", [(number, Row(), ROW) for number in range(140, 150)])
    rows = feedback.rows("C1", range(150))
    assert len(rows) == 150
    assert [number for number, row in rows.items() if row.revision] == list(range(140, 150))


def test_rows_are_found_by_a_range_of_their_numbers(feedback: FeedbackTable) -> None:
    feedback.save("C1", [(number, Row(), ROW) for number in (1, 3, 5, 12)])
    assert list(feedback.rows_between("C1", 2, 11)) == [3, 5]
    assert feedback.rows_between("C1", 1, 0) == {}


def test_a_row_of_fifty_who_opened_and_clicked_is_a_small_item(table: Any, feedback: FeedbackTable) -> None:
    notes = [
        Note(position, mark, occasion=f"{position} {time}")
        for position in range(50)
        for mark in (Mark.DELIVERED, Mark.OPENED, Mark.CLICKED)
        for time in range(1)
    ]
    feedback.save("C1", [(1, Row(), Row().with_notes(notes))])
    item = table.get_item(Key={"pk": "CAMPAIGN#C1", "sk": "FEEDBACK#0000001"})["Item"]
    size = sum(len(name) + (len(bytes(value)) if name in ("opens", "clicks") else 20) for name, value in item.items())
    assert size < 1024
    assert item["expires_at"] > 0


def test_what_was_judged_is_remembered(feedback: FeedbackTable) -> None:
    assert feedback.watched("C1") == Seen()
    feedback.set_watched("C1", Seen(1000, 80, 2))
    assert feedback.watched("C1") == Seen(1000, 80, 2)


def test_recorded_events_are_counted_once(feedback: FeedbackTable) -> None:
    moment = "2026-11-24T10:00:00.000Z"
    events = [
        Event(Kind.DELIVERY, f"m{position}", moment, moment, (), Place("C1", 1 + position // 50, position % 50))
        for position in range(120)
    ]
    for _ in range(2):
        Recorder(feedback).record(events)
    assert feedback.results("C1") == Results(delivered=120)
