"""What one person adds to the counters."""

from collections import Counter
from typing import Any

import pytest

from email_list.figures.growth import (
    DAYS,
    GONE,
    NOBODY,
    TOPICS,
    TOTALS,
    Fact,
    Kind,
    Standing,
    difference,
    source,
    standing,
)
from email_list.people.subscribers import Record, Status

AT, LATER, LAST = (f"2026-11-{day}T10:00:00.000Z" for day in ("20", "21", "22"))


def person(status: str, *history: dict[str, str], source: str = "form", **more: Any) -> Record:
    return Record("a@example.com", Status(status), AT, source=source, history=history, **more)


def happened(what: str, at: str, **more: str) -> dict[str, str]:
    return {"what": what, "at": at, **more}


def facts(item: Record) -> set[tuple[str, str, str]]:
    return {(fact.at, fact.kind.value, fact.key) for fact in standing(item, str).facts}


def test_nobody_adds_nothing() -> None:
    assert standing(None, str) == NOBODY


def test_a_pending_person_has_asked_and_not_joined() -> None:
    assert facts(person("pending")) == {(AT, "requested", "form")}


def test_someone_who_confirmed_has_asked_and_joined() -> None:
    consent = {"requested": {"at": AT, "source": "form"}, "confirmed": {"at": LATER}}
    item = person("active", happened("confirmed", LATER), consent=consent)
    assert facts(item) == {(AT, "requested", "form"), (LATER, "joined", "form")}


def test_what_strangers_say_of_themselves_is_told_apart_once_they_have_confirmed() -> None:
    def never(source: str) -> str:
        raise AssertionError(source)

    pending = person("pending", source="win-a-prize")
    assert {fact.name for fact in standing(pending, never).facts} == {f"{AT[:10]}#requested#other"}
    consent = {"requested": {"at": AT, "source": "win-a-prize"}, "confirmed": {"at": LATER}}
    confirmed = person("active", happened("confirmed", LATER), source="win-a-prize", consent=consent)
    assert facts(confirmed) == {(AT, "requested", "other"), (LATER, "joined", "win-a-prize")}
    assert {fact.key for fact in standing(confirmed, lambda source: "other").facts} == {"other"}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (happened("unsubscribed", LATER, by="subscriber"), "unsubscribed"),
        (happened("unsubscribed", LATER, by="subscriber", reason="too_often"), "too_often"),
        (happened("unsubscribed", LATER, by="subscriber", reason="other: I am moving"), "other"),
        (happened("unsubscribed", LATER, by="subscriber", reason="I am moving"), "unsubscribed"),
        (happened("unsubscribed", LATER, by="administrator"), "administrator"),
        (happened("bounced", LATER), "bounced"),
        (happened("complained", LATER), "complained"),
    ],
)
def test_someone_who_left_did_so_for_a_reason(event: dict[str, str], reason: str) -> None:
    item = person(event["what"], happened("subscribed", AT), event)
    assert facts(item) == {(AT, "joined", "form"), (LATER, "left", reason)}


@pytest.mark.parametrize("status", ["unsubscribed", "bounced", "complained"])
def test_who_was_gone_when_a_file_named_them_has_neither_joined_nor_left(status: str) -> None:
    assert facts(person(status, happened(status, AT, by="import"))) == set()


def test_who_leaves_and_then_complains_left_once() -> None:
    history = happened("subscribed", AT), happened("unsubscribed", LATER), happened("complained", LAST)
    assert facts(person("complained", *history)) == {(AT, "joined", "form"), (LATER, "left", "unsubscribed")}


def test_who_comes_back_has_joined_anew() -> None:
    history = happened("subscribed", AT), happened("unsubscribed", LATER), happened("reactivated", LAST)
    assert facts(person("active", *history)) == {(LAST, "joined", "reactivated")}


def test_who_withdraws_before_confirming_never_joined() -> None:
    assert facts(person("unsubscribed", happened("unsubscribed", LATER))) == set()


def test_people_without_a_history_are_read_by_their_dates() -> None:
    assert facts(person("active")) == {(AT, "joined", "form")}
    left = person("unsubscribed", unsubscribed_date=LATER)
    assert facts(left) == {(AT, "joined", "form"), (LATER, "left", "unsubscribed")}
    assert facts(person("bounced")) == {(AT, "joined", "form"), (AT, "left", "bounced")}


def test_all_imports_are_one_source_and_no_source_is_long() -> None:
    assert source("import:0199") == "import"
    assert source("") == "unknown"
    assert len(source("x" * 1000)) == 50


def joined(at: str, key: str = "form") -> Fact:
    return Fact(at, Kind.JOINED, key)


def test_a_fact_that_disappears_stays_in_its_day_and_is_gone() -> None:
    before = Standing("unsubscribed", frozenset({joined(AT), Fact(LATER, Kind.LEFT, "bounced")}))
    after = Standing("active", frozenset({joined(LAST, "api")}))
    assert difference(before, after, LAST) == Counter(
        {
            (TOTALS, "unsubscribed"): -1,
            (TOTALS, "active"): 1,
            (DAYS, "2026-11-22#joined#api"): 1,
            (GONE, "2026-11-20#joined#form"): 1,
            (GONE, "2026-11-21#left#bounced"): 1,
        }
    )


def test_joining_twice_on_one_day_counts_twice() -> None:
    later_that_day = "2026-11-20T18:00:00.000Z"
    before, after = Standing("active", frozenset({joined(AT)})), Standing("active", frozenset({joined(later_that_day)}))
    assert difference(before, after, later_that_day)[DAYS, "2026-11-20#joined#form"] == 1


def test_anyone_who_is_erased_while_active_has_left() -> None:
    before = Standing("active", frozenset({joined(AT)}))
    assert difference(before, NOBODY, LATER) == Counter(
        {
            (TOTALS, "active"): -1,
            (DAYS, "2026-11-21#left#erased"): 1,
            (GONE, "2026-11-21#left#erased"): 1,
            (GONE, "2026-11-20#joined#form"): 1,
        }
    )
    assert (DAYS, "2026-11-21#left#erased") not in difference(Standing("bounced"), NOBODY, LATER)


def test_a_change_of_name_changes_no_counter() -> None:
    assert difference(standing(person("active"), str), standing(person("active", name="Ann"), str), AT) == Counter()


def test_topics_are_counted_of_active_people_alone() -> None:
    news, both = person("active", topics=["News"]), person("active", topics=["News", "Events"])
    gone = person("unsubscribed", happened("unsubscribed", LATER), topics=["News", "Events"])
    assert (TOPICS, "News") in standing(news, str).counters
    assert difference(standing(news, str), standing(both, str), AT) == Counter({(TOPICS, "Events"): 1})
    left = difference(standing(both, str), standing(gone, str), AT)
    assert (left[TOPICS, "News"], left[TOPICS, "Events"]) == (-1, -1)
    assert difference(standing(both, str), NOBODY, AT)[TOPICS, "News"] == -1
