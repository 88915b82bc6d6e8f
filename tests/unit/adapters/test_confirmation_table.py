"""Confirmations by the hour, as moto emulates DynamoDB."""

from typing import Any

import pytest

from email_list.aws.confirmation_table import ConfirmationTable
from email_list.people.brake import Count

HOUR, NEXT = "2026-11-24T10", "2026-11-24T11"


@pytest.fixture
def hours(table: Any) -> ConfirmationTable:
    return ConfirmationTable(table)


def test_an_hour_counts_up_to_its_bound(hours: ConfirmationTable) -> None:
    assert [hours.count_sent(HOUR, below=2) for _ in range(3)] == [True, True, False]
    assert not hours.count_sent(NEXT, below=0)
    assert not hours.count_sent(NEXT, below=-5)
    assert hours.counts(HOUR) == {HOUR: Count(sent=2)}


def test_only_the_hours_asked_for_are_given(hours: ConfirmationTable) -> None:
    hours.count_sent(HOUR, below=2)
    hours.count_sent(NEXT, below=2)
    assert set(hours.counts(NEXT)) == {NEXT}


def test_what_was_not_sent_is_taken_back_and_never_below_nothing(hours: ConfirmationTable) -> None:
    hours.count_sent(HOUR, below=2)
    hours.take_back(HOUR)
    hours.take_back(HOUR)
    assert hours.counts(HOUR) == {HOUR: Count()}


def test_a_message_bounces_once_however_often_it_is_told(hours: ConfirmationTable) -> None:
    for message in ("m1", "m2", "m1"):
        hours.count_bounced(HOUR, message)
    hours.count_bounced(NEXT, "m1")
    assert hours.counts(HOUR) == {HOUR: Count(bounced=2)}


def test_bounces_are_forgiven_as_many_as_were_seen(hours: ConfirmationTable) -> None:
    for message in ("m1", "m2", "m3"):
        hours.count_bounced(HOUR, message)
    hours.forgive(HOUR, 2)
    hours.forgive(HOUR, 2)
    assert hours.counts(HOUR) == {HOUR: Count(bounced=1)}


def test_everything_expires(hours: ConfirmationTable, table: Any) -> None:
    hours.count_sent(HOUR, below=1)
    hours.count_bounced(HOUR, "m1")
    assert all("expires_at" in item for item in table.scan()["Items"])
    assert len(table.scan()["Items"]) == 2
