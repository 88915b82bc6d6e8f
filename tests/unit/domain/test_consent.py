"""What may change a person's status: consent only ever tightens by itself."""

from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from email_list.events.cleaning import Cleaner
from email_list.events.mail_events import Event, Kind
from email_list.events.meanings import Meaning
from email_list.people import columns, consent
from email_list.people.consent import IMPORT_ACTS, RESTRICTIVENESS, RULES, Act, Decider, Rule
from email_list.people.jobs import OUTCOMES
from email_list.people.subscribers import SUPPRESSED, Status, Subscriber
from tests.unit.domain.people_world import AT, PeopleWorld

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
def test_anyone_who_is_not_on_the_list_is_stored_as_the_row_says(act: Act) -> None:
    assert consent.allows(act, None)


EMAILS = ("a@x.org", "b@x.org", "c@x.org")
words = st.sampled_from(["", *columns.WORDS, "frobnicated"])
files = st.lists(st.tuples(st.sampled_from(EMAILS), words, st.sampled_from(["", "no", "2024-01-01"])), max_size=6)
events = st.builds(
    lambda kind, meaning, email, day: Event(kind, f"m{day}", day, day, (email,), meaning=meaning),
    st.sampled_from(list(Kind)),
    st.sampled_from(list(Meaning)) | st.none(),
    st.sampled_from(EMAILS),
    st.dates().map(lambda day: f"{day}T10:00:00.000Z"),
)


def file_of(rows: list[tuple[str, str, str]]) -> bytes:
    return "\n".join(["email,status,unsubscribed_at", *map(",".join, rows)]).encode()


@settings(deadline=None)
@given(st.lists(st.sampled_from(list(Status)), max_size=3), st.lists(files | events, max_size=6))
def test_no_import_and_no_event_ever_brings_anybody_closer(
    stored: list[Status], arriving: list[list[tuple[str, str, str]] | Event]
) -> None:
    people = [Subscriber(email, status, AT) for email, status in zip(EMAILS, stored, strict=False)]
    world = PeopleWorld(*people)
    for each in arriving:
        before = {email: world.people.status(email) for email in EMAILS}
        if isinstance(each, Event):
            Cleaner(world.people, 2).clean([each], {})
        else:
            job = world.import_file(file_of(each))
            assert job.rows == len(each) == sum(getattr(job, name) for name in OUTCOMES)
        for email, was in before.items():
            now = world.people.status(email)
            if was is not None:
                assert now is not None
                assert consent.restrictiveness(now) >= consent.restrictiveness(was)


@settings(deadline=None)
@given(st.lists(files, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_most_restrictive_word_wins_in_whatever_order_files_and_rows_come(
    shuffled: list[list[tuple[str, str, str]]], chance: Random
) -> None:
    one, other, together = PeopleWorld(), PeopleWorld(), PeopleWorld()
    for rows in shuffled:
        one.import_file(file_of(rows))
    together.import_file(file_of([row for rows in shuffled for row in rows]))
    chance.shuffle(shuffled)
    for rows in shuffled:
        chance.shuffle(rows)
        other.import_file(file_of(rows))
    for email in EMAILS:
        assert one.people.status(email) == other.people.status(email) == together.people.status(email)


def test_the_documentation_shows_the_table() -> None:
    assert consent.table() in PAGE.read_text(), "docs/subscribers.md lacks:\n" + consent.table()
