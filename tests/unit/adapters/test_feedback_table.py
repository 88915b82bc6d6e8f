"""Feedback in the records table, as moto emulates DynamoDB."""

from dataclasses import replace
from typing import Any

import pytest

from email_list.aws.feedback_table import MAX_RECOUNTS, PARTS, FeedbackTable
from email_list.campaigns import engagement
from email_list.campaigns.campaign import new_id
from email_list.campaigns.feedback import Mark, Note, Results, Row
from email_list.campaigns.watching import Seen
from email_list.clock import utc_now
from email_list.errors import ConflictError
from email_list.events.mail_events import Event, Kind, Place
from email_list.events.recording import Recorder

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
    item = table.get_item(Key={"pk": "CAMPAIGN#C1#1", "sk": "FEEDBACK#0000001"})["Item"]
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


# Recounting


def spoil(table: Any, amounts: dict[str, int]) -> None:
    """Make sums wrong, as a mistake in the counting might."""
    for name, amount in amounts.items():
        table.update_item(
            Key={"pk": "CAMPAIGN#C1#2", "sk": "RESULTS#2"},
            UpdateExpression="ADD #name :amount, writes :once",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":amount": amount, ":once": 1},
        )


def test_a_recount_sets_right_what_differs_from_the_rows_and_says_what(table: Any, feedback: FeedbackTable) -> None:
    for number in range(5):
        feedback.save("C1", [(number, Row(), ROW)])
    right = feedback.sums("C1")
    assert feedback.recount("C1") == {}
    spoil(table, {"delivered": -3, "o7": 2})
    assert feedback.recount("C1") == {"delivered": (2, 5), "o7": (2, 0)}
    assert feedback.sums("C1") == right


def test_sums_that_were_lost_altogether_come_back(table: Any, feedback: FeedbackTable) -> None:
    feedback.save("C1", [(1, Row(), ROW)])
    right = feedback.sums("C1")
    for part in range(PARTS):
        table.delete_item(Key={"pk": f"CAMPAIGN#C1#{part}", "sk": f"RESULTS#{part}"})
    feedback.recount("C1")
    assert feedback.sums("C1") == right


class Interrupted(FeedbackTable):
    """Feedback comes in between a recount's reading and its writing, the first `times` it tries."""

    times = 1

    def _correct(self, campaign_id: str, parts: Any, difference: Any) -> bool:
        if self.times:
            self.times -= 1
            row = self.rows(campaign_id, [9])[9]
            assert self.save(campaign_id, [(9, row, row.with_notes([Note(self.times, Mark.DELIVERED)]))])
        return super()._correct(campaign_id, parts, difference)


def test_feedback_that_comes_in_during_a_recount_is_neither_lost_nor_counted_twice(table: Any) -> None:
    feedback = Interrupted(table)
    feedback.save("C1", [(1, Row(), ROW)])
    spoil(table, {"delivered": 4})
    assert feedback.recount("C1") == {"delivered": (6, 2)}
    assert feedback.results("C1").delivered == 2


def test_a_campaign_that_never_stands_still_is_left_alone(table: Any) -> None:
    feedback = Interrupted(table)
    feedback.times = 2 * MAX_RECOUNTS
    feedback.save("C1", [(1, Row(), ROW)])
    spoil(table, {"delivered": 4})
    with pytest.raises(ConflictError):
        feedback.recount("C1")
    assert feedback.results("C1").delivered == 1 + 4 + MAX_RECOUNTS


def test_sums_of_readers_at_all_times_are_a_small_item(table: Any, feedback: FeedbackTable) -> None:
    ages = [*range(engagement.HOURS), *(24 * day for day in range(1, engagement.DAYS))]
    names = [*Results.__annotations__, *(engagement.sum_name(what, age) for what in engagement.COUNTED for age in ages)]
    spoil(table, dict.fromkeys(names, 99_999))
    item = table.get_item(Key={"pk": "CAMPAIGN#C1#2", "sk": "RESULTS#2"})["Item"]
    item["pk"] = f"CAMPAIGN#{new_id(utc_now())}#2"
    assert _size(item) <= 1024


def _size(item: dict[str, Any]) -> int:
    """Bytes: a number takes one, and one for every two digits (DynamoDB developer guide, "Item sizes")."""
    of_values = (len(value) if isinstance(value, str) else 1 + (len(str(value)) + 1) // 2 for value in item.values())
    return sum(map(len, item)) + sum(of_values)
