"""Analytics: how the list grew over some days, and the results of the campaigns of those days."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from email_list.errors import InvalidError
from email_list.figures.growth import DAYS, TOTALS, Kind
from email_list.figures.results import CampaignResult, CampaignResults, together
from email_list.people.subscribers import Status
from email_list.spreadsheets import csv_line

DEFAULT_DAYS = 30
MAX_DAYS = 400
MAX_CAMPAIGNS = 100
MAX_KEYS = 20
"""Sources, and reasons, that a response names; a form may supply any number of them."""

OTHER = "other sources"


class Counters(Protocol):
    """Where counters are read (`email_list.aws.counter_table`)."""

    def read(self, book: str, first: str = ..., last: str = ...) -> Mapping[str, int]: ...


@dataclass(frozen=True)
class Span:
    """Some days, including the first and the last."""

    first: date
    last: date

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> "Span":
        """The span that `from` and `to` name: by default 30 days up to today."""
        last = _day(query, "to") or today
        first = _day(query, "from") or last - timedelta(days=DEFAULT_DAYS - 1)
        if not first <= last < first + timedelta(days=MAX_DAYS):
            message = f"from and to span 1 to {MAX_DAYS} days, from the earlier to the later."
            raise InvalidError(message, details={"field": "from"})
        return cls(first, last)

    def __iter__(self) -> Iterator[str]:
        """The days, as they are stored."""
        for number in range((self.last - self.first).days + 1):
            yield (self.first + timedelta(days=number)).isoformat()

    def before(self) -> "Span":
        """The same number of days, just before these."""
        length = self.last - self.first + timedelta(days=1)
        return Span(self.first - length, self.last - length)


@dataclass(frozen=True)
class Day:
    """One day in UTC. `active` is how many people were on the list at its end."""

    date: str
    requested: int
    joined: int
    left: int
    net: int
    active: int


@dataclass(frozen=True)
class Analytics:
    """Everything known about a span. `totals` are the current people by status; sources and reasons are sorted by
    amount, largest first."""

    span: Span
    totals: Mapping[str, int]
    days: Sequence[Day]
    sources: Mapping[str, int]
    reasons: Mapping[str, int]
    campaigns: Sequence[CampaignResult]

    @property
    def growth(self) -> dict[str, int]:
        """The sums of all days."""
        names = ("requested", "joined", "left", "net")
        return {name: sum(getattr(day, name) for day in self.days) for name in names}

    def to_json(self) -> dict[str, Any]:
        """The public shape."""
        return {
            "from": self.span.first.isoformat(),
            "to": self.span.last.isoformat(),
            "totals": dict(self.totals),
            "growth": {**self.growth, "joined_by_source": self.sources, "left_by_reason": self.reasons},
            "days": [asdict(day) for day in self.days],
            "engagement": {"campaigns": len(self.campaigns), **together(self.campaigns).to_json()},
            "campaigns": [campaign.to_json() for campaign in self.campaigns],
        }

    def days_csv(self) -> str:
        """A row for each day."""
        return "".join(map(csv_line, [Day.__annotations__, *(asdict(day).values() for day in self.days)]))

    def campaigns_csv(self) -> str:
        """A row for each campaign."""
        details = ("id", "subject", "status", "started_at")
        empty = together([])
        rows: list[list[Any]] = [[*details, *asdict(empty), *empty.rates]]
        for campaign in self.campaigns:
            described = [getattr(campaign, name) for name in details]
            rows.append([*described, *asdict(campaign.counts).values(), *campaign.counts.rates.values()])
        return "".join(map(csv_line, rows))


class Analyst:
    """Answers questions about the list from its counters."""

    def __init__(self, counters: Counters, results: CampaignResults) -> None:
        self._counters = counters
        self._results = results

    def look_at(self, span: Span, today: date) -> Analytics:
        """What happened in a span. Days without any events are included with zeros."""
        totals = self._counters.read(TOTALS)
        counted = _Counted(self._counters.read(DAYS, span.first.isoformat(), max(today, span.last).isoformat()))
        return Analytics(
            span=span,
            totals={status.value: totals.get(status.value, 0) for status in Status},
            days=counted.days(span, totals.get(Status.ACTIVE.value, 0)),
            sources=counted.by_key(span, Kind.JOINED),
            reasons=counted.by_key(span, Kind.LEFT),
            campaigns=self._results.started_between(span.first.isoformat(), span.last.isoformat(), MAX_CAMPAIGNS),
        )


class _Counted:
    """The counters of the days (`email_list.figures.growth`), from the first requested until today."""

    def __init__(self, counters: Mapping[str, int]) -> None:
        self._facts: Counter[tuple[str, str, str]] = Counter()
        for name, amount in counters.items():
            day, kind, key = name.split("#", 2)
            self._facts[day, kind, key] += amount

    def days(self, span: Span, active_now: int) -> list[Day]:
        by_day: Counter[tuple[str, str]] = Counter()
        for (day, kind, _), amount in self._facts.items():
            by_day[day, kind] += amount
        active = active_now - sum(
            _net(by_day, day) for day in {day for day, _ in by_day} if day > span.last.isoformat()
        )
        days = []
        for day in reversed(list(span)):
            requested, joined, left = (by_day[day, kind.value] for kind in Kind)
            days.append(Day(day, requested, joined, left, joined - left, active))
            active -= joined - left
        return days[::-1]

    def by_key(self, span: Span, kind: Kind) -> dict[str, int]:
        """Amounts by source or reason in a span, largest first."""
        found: Counter[str] = Counter()
        wanted = set(span)
        for (day, of_kind, key), amount in self._facts.items():
            if of_kind == kind.value and day in wanted:
                found[key] += amount
        ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
        named, rest = dict(ranked[:MAX_KEYS]), sum(amount for _, amount in ranked[MAX_KEYS:])
        return {**named, OTHER: rest} if rest else named


def _net(by_day: Counter[tuple[str, str]], day: str) -> int:
    return by_day[day, Kind.JOINED.value] - by_day[day, Kind.LEFT.value]


def _day(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name)
    if not text:
        return None
    try:
        if len(text) != len("2026-11-24"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(f"{name} must be a day such as 2026-11-24.", details={"field": name}) from error
