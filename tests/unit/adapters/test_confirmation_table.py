"""Confirmations by the slot, as moto emulates DynamoDB."""

from typing import Any

import pytest

from email_list.aws.confirmation_table import ConfirmationTable
from email_list.people.brake import Count

SLOT, NEXT = "2026-11-24T10:54", "2026-11-24T11:00"


@pytest.fixture
def slots(table: Any) -> ConfirmationTable:
    return ConfirmationTable(table)


def test_a_slot_counts_up_to_its_bound(slots: ConfirmationTable) -> None:
    assert [slots.count_sent(SLOT, below=2) for _ in range(3)] == [True, True, False]
    assert not slots.count_sent(NEXT, below=0)
    assert not slots.count_sent(NEXT, below=-5)
    assert slots.counts(SLOT) == {SLOT: Count(sent=2)}


def test_only_the_slots_asked_for_are_given(slots: ConfirmationTable) -> None:
    slots.count_sent(SLOT, below=2)
    slots.count_sent(NEXT, below=2)
    assert set(slots.counts(NEXT)) == {NEXT}


def test_what_was_not_sent_is_taken_back_and_never_below_nothing(slots: ConfirmationTable) -> None:
    slots.count_sent(SLOT, below=2)
    slots.take_back(SLOT)
    slots.take_back(SLOT)
    assert slots.counts(SLOT) == {SLOT: Count()}


def test_a_message_bounces_once_however_often_it_is_told(slots: ConfirmationTable) -> None:
    for message in ("m1", "m2", "m1"):
        slots.count_bounced(SLOT, message)
    slots.count_bounced(NEXT, "m1")
    assert slots.counts(SLOT) == {SLOT: Count(bounced=2)}


def test_bounces_are_forgiven_as_many_as_were_seen(slots: ConfirmationTable) -> None:
    for message in ("m1", "m2", "m3"):
        slots.count_bounced(SLOT, message)
    slots.forgive(SLOT, 2)
    slots.forgive(SLOT, 2)
    assert slots.counts(SLOT) == {SLOT: Count(bounced=1)}


def test_everything_expires(slots: ConfirmationTable, table: Any) -> None:
    slots.count_sent(SLOT, below=1)
    slots.count_bounced(SLOT, "m1")
    assert all("expires_at" in item for item in table.scan()["Items"])
    assert len(table.scan()["Items"]) == 2
