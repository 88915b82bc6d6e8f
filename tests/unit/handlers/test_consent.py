"""The table of subscribers changes a status where `email_list.people.consent` allows it, and nowhere else."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pytest

from email_list.aws.cleaning_table import CleaningTable
from email_list.aws.import_table import ImportTable
from email_list.aws.subscriber_items import wishes_key
from email_list.aws.subscriber_table import SubscriberTable
from email_list.people import consent
from email_list.people.consent import IMPORT_ACTS, RULES, Act
from email_list.people.subscribers import Evidence, Imported, Status, Subscriber

from .conftest import Stack

ANN = "ann@example.com"
LATER = "2026-11-24T10:00:00.000Z"
EVIDENCE = Evidence(at=LATER)
NOBODY: None = None


def _person(status: Status) -> Subscriber:
    return Subscriber(ANN, status, LATER, source="import:1")


def _imported(status: Status) -> Callable[[Any], object]:
    """What an import does with a row: it adds anyone who is not there, and restricts anyone who is."""

    def act(table: Any) -> None:
        people, row = ImportTable(table), Imported(_person(status), 2)
        if people.insert_new([row], EVIDENCE) and status is not Status.ACTIVE:
            people.restrict([row], LATER)

    return act


def _add(act: Act) -> Callable[[Any], object]:
    return lambda table: SubscriberTable(table).add(_person(Status.ACTIVE), EVIDENCE, act)


ACTS: Mapping[Act, Callable[[Any], object]] = {
    Act.SIGN_UP: lambda table: SubscriberTable(table).begin_confirmation(
        _person(Status.PENDING), EVIDENCE, "asked again", LATER, 2**31
    ),
    Act.CONFIRM: lambda table: SubscriberTable(table).confirm(ANN, "asked", EVIDENCE),
    Act.COME_BACK: lambda table: SubscriberTable(table).come_back(ANN, EVIDENCE),
    **{act: _add(act) for act in (Act.JOIN, Act.VOUCH, Act.INVOKE)},
    Act.REACTIVATE: lambda table: SubscriberTable(table).reactivate(ANN, LATER),
    Act.LEAVE: lambda table: SubscriberTable(table).unsubscribe(ANN, LATER),
    Act.HARD_BOUNCE: lambda table: CleaningTable(table).bounced(ANN, LATER, LATER, "reason"),
    Act.COMPLAIN: lambda table: CleaningTable(table).complained(ANN, LATER, "reason"),
    **{act: _imported(status) for status, act in IMPORT_ACTS.items()},
}
"""How each act is done to the table."""


def test_every_act_is_tried() -> None:
    assert set(ACTS) == set(Act)


@pytest.mark.parametrize(("act", "before"), list(product(Act, [*Status, NOBODY])))
def test_an_act_changes_the_status_that_its_rule_names_and_no_other(
    stack: Stack, act: Act, before: Status | None
) -> None:
    if before is not None:
        stack.put(ANN, before)
        wish = {"at": LATER, "name": "", "topics": [], "attributes": {}}
        stack.subscribers.put_item(Item={**wishes_key(ANN), "wishes": {"asked": wish}, "sent": "2026"})
    ACTS[act](stack.subscribers)
    person = stack.person(ANN)
    expected = RULES[act].target if consent.allows(act, before) else before
    assert (person["status"] if person else None) == expected
