"""What may change a person's status: consent only ever tightens by itself."""

from itertools import product
from pathlib import Path

import pytest

from email_list.people import consent
from email_list.people.consent import IMPORT_ACTS, RESTRICTIVENESS, RULES, Act, Decider, Rule
from email_list.people.subscribers import SUPPRESSED, Status

PAGE = Path(__file__).resolve().parents[3] / "docs" / "subscribers.md"


def test_every_act_has_a_rule_and_every_status_its_place() -> None:
    assert set(RULES) == set(Act)
    assert sorted(RESTRICTIVENESS) == sorted(Status)


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.decider is Decider.ANYONE])
def test_nothing_but_a_person_or_an_administrator_brings_anybody_closer(rule: Rule) -> None:
    stricter = consent.restrictiveness(rule.target)
    assert all(consent.restrictiveness(status) < stricter for status in rule.sources)


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.decider is Decider.PERSON])
def test_a_sign_up_lifts_neither_a_bounce_nor_a_complaint(rule: Rule) -> None:
    assert not set(SUPPRESSED) & set(rule.sources)


def test_a_complaint_is_lifted_by_nobody() -> None:
    assert not any(Status.COMPLAINED in rule.sources for rule in RULES.values())


@pytest.mark.parametrize(("said", "stored"), list(product(IMPORT_ACTS, Status)))
def test_of_a_row_and_what_is_stored_the_more_restrictive_one_wins(said: Status, stored: Status) -> None:
    stricter = consent.restrictiveness(said) > consent.restrictiveness(stored)
    assert consent.allows(IMPORT_ACTS[said], stored) is stricter


@pytest.mark.parametrize("act", list(IMPORT_ACTS.values()))
def test_whoever_is_not_on_the_list_is_stored_as_the_row_says(act: Act) -> None:
    assert consent.allows(act, None)


def test_the_documentation_shows_the_table() -> None:
    assert consent.table() in PAGE.read_text(), "docs/subscribers.md lacks:\n" + consent.table()
