"""What the counters say about some days."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from email_list.errors import InvalidError
from email_list.figures.analytics import Analyst, Span
from email_list.figures.growth import DAYS, TOTALS
from email_list.figures.results import CampaignResult, Counts

TODAY = date(2026, 11, 24)


class FakeCounters:
    def __init__(self, books: Mapping[str, Mapping[str, int]]) -> None:
        self._books = books

    def read(self, book: str, first: str = "", last: str = "~") -> dict[str, int]:
        return {name: amount for name, amount in self._books[book].items() if first <= name <= f"{last}~"}


class FakeResults:
    def __init__(self, results: Sequence[CampaignResult] = ()) -> None:
        self._results = results

    def started_between(self, first: str, last: str, limit: int) -> Sequence[CampaignResult]:
        return [result for result in self._results if first <= result.started_at[:10] <= last][:limit]


def campaign(subject: str = "News", started: str = "2026-11-20", **counts: int) -> CampaignResult:
    return CampaignResult("C1", subject, "sent", f"{started}T10:00:00.000Z", Counts(**counts))


def look(
    days: Mapping[str, int],
    first: str = "2026-11-20",
    last: str = "2026-11-23",
    active: int = 0,
    campaigns: Sequence[CampaignResult] = (),
) -> Any:
    analyst = Analyst(FakeCounters({TOTALS: {"active": active}, DAYS: days}), FakeResults(campaigns))
    return analyst.look_at(Span.read({"from": first, "to": last}, TODAY), TODAY)


def test_days_on_which_nothing_happened_are_there_with_zeros() -> None:
    found = look({}, active=7).to_json()
    assert [day["date"] for day in found["days"]] == ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]
    quiet = {"requested": 0, "joined": 0, "left": 0, "net": 0, "active": 7}
    assert found["days"][0] == {"date": "2026-11-20", **quiet}
    assert found["totals"] == {"active": 7, "pending": 0, "unsubscribed": 0, "bounced": 0, "complained": 0}


def test_the_size_of_the_list_is_told_for_the_end_of_each_day() -> None:
    days = {
        "2026-11-19#joined#form": 100,
        "2026-11-21#joined#form": 5,
        "2026-11-21#left#bounced": 2,
        "2026-11-24#joined#api": 10,
    }
    assert [day.active for day in look(days, active=113).days] == [100, 103, 103, 103]


def test_growth_is_told_by_source_and_departures_by_reason() -> None:
    days = {
        "2026-11-20#requested#form": 4,
        "2026-11-20#joined#form": 3,
        "2026-11-21#joined#form": 1,
        "2026-11-21#joined#import": 9,
        "2026-11-22#left#too_often": 2,
        "2026-11-24#left#bounced": 50,
    }
    growth = look(days).to_json()["growth"]
    assert growth == {
        "requested": 4,
        "joined": 13,
        "left": 2,
        "net": 11,
        "joined_by_source": {"import": 9, "form": 4},
        "left_by_reason": {"too_often": 2},
    }


def test_a_source_may_have_any_name() -> None:
    assert look({"2026-11-20#joined#a#b": 2}).sources == {"a#b": 2}


def test_however_many_sources_forms_bring_an_answer_names_the_largest() -> None:
    days = {f"2026-11-20#joined#{number:03}": number for number in range(1, 101)}
    sources = look(days).sources
    assert len(sources) == 21
    assert next(iter(sources)) == "100"
    assert sum(sources.values()) == look(days).growth["joined"]


def test_engagement_is_that_of_the_campaigns_of_these_days() -> None:
    campaigns = [
        campaign(planned=100, sent=100, delivered=80, bounced=20, opened=40, clicked=8),
        campaign(planned=300, sent=300, delivered=240, opened=40, complained=3),
        campaign(started="2026-10-20", sent=1000),
    ]
    engagement = look({}, campaigns=campaigns).to_json()["engagement"]
    assert engagement["campaigns"] == 2
    assert engagement["counts"]["sent"] == 400
    assert engagement["rates"] == {
        "delivery_rate": 0.8,
        "bounce_rate": 0.05,
        "complaint_rate": 0.0075,
        "open_rate": 0.25,
        "click_rate": 0.025,
        "unsubscribe_rate": 0.0,
    }


def test_rates_of_nothing_are_not_told() -> None:
    assert set(campaign().counts.rates.values()) == {None}


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, "2026-10-26", "2026-11-24"),
        ({"from": "2026-11-01"}, "2026-11-01", "2026-11-24"),
        ({"to": "2026-03-31"}, "2026-03-02", "2026-03-31"),
        ({"from": "2026-11-24", "to": "2026-11-24"}, "2026-11-24", "2026-11-24"),
    ],
)
def test_a_span_is_thirty_days_up_to_today_unless_told(query: dict[str, str], first: str, last: str) -> None:
    span = Span.read(query, TODAY)
    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "20261124"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"from": "2026-11-25"}, "from"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "from"),
    ],
)
def test_a_span_that_cannot_be_is_refused(query: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        Span.read(query, TODAY)
    assert refused.value.details == {"field": field}


def test_the_days_before_a_span_are_as_many() -> None:
    before = Span(date(2026, 11, 16), date(2026, 11, 22)).before()
    assert (before.first, before.last) == (date(2026, 11, 9), date(2026, 11, 15))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_days_as_csv_are_numbers() -> None:
    first = rows(look({"2026-11-20#left#bounced": 2}).days_csv())[0]
    assert (first["date"], first["left"], first["net"]) == ("2026-11-20", "2", "-2")


def test_campaigns_as_csv_have_counts_and_rates_and_no_formulas() -> None:
    results = [campaign("=HYPERLINK(1)", sent=4, delivered=3)]
    (row,) = rows(look({}, campaigns=results).campaigns_csv())
    assert (row["subject"], row["sent"], row["delivery_rate"]) == ("'=HYPERLINK(1)", "4", "0.75")
    assert row["open_rate"] == "0.0"
