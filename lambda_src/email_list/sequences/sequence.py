"""A sequence: what starts it for a person, its steps, and what ends it.

A step is a letter and how long to wait before it. Anyone who enters goes through the steps of that moment: these are
frozen into a *version*, and an edit makes the next one. The letter of a frozen step is an *edition*, which is sent,
settled and counted as a campaign is (`email_list.campaigns`). Editions of the same step belong to one *line*, whose
figures are the step's.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from email_list import fields
from email_list.campaigns.campaign import Reason
from email_list.errors import InvalidError
from email_list.fields import MAX_NAME
from email_list.people.filters import Filter, Reach
from email_list.people.subscribers import Subscriber

MAX_STEPS = 20
MAX_DAYS, MAX_HOURS, MAX_MINUTES = 365, 23, 59
MAX_VERSIONS = 50
"""Times that the steps of a sequence that was once active can change: its row names every edition."""

MAX_TOPIC = 64


class Status(StrEnum):
    """What a sequence is doing. `DRAFT` was never active, `DELETED` is giving up its places."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    DELETED = "deleted"


class On(StrEnum):
    """What makes a person enter."""

    CONFIRMED = "confirmed"
    TOPIC = "topic"
    ADDED = "added"


@dataclass(frozen=True)
class Trigger:
    """What makes a person enter; `topic` is the one they have to choose, with `TOPIC`."""

    on: On
    topic: str = ""

    def to_json(self) -> dict[str, str]:
        return {"on": self.on.value, **({"topic": self.topic} if self.topic else {})}


@dataclass(frozen=True)
class Wait:
    """How long to wait, from entering or from the step before, and the time of day to wait for, in the list's zone."""

    days: int = 0
    hours: int = 0
    minutes: int = 0
    at: str | None = None

    @property
    def time_of_day(self) -> time | None:
        return time.fromisoformat(self.at) if self.at else None


@dataclass(frozen=True)
class Step:
    """One email of a sequence, as its editor wrote it."""

    wait: Wait
    letter: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        wait = {name: getattr(self.wait, name) for name in ("days", "hours", "minutes")}
        return {"wait": wait, **({"at": self.wait.at} if self.wait.at else {}), "letter": dict(self.letter)}


@dataclass(frozen=True)
class FrozenStep:
    """A step of a version: how long to wait, which edition to send, and the line it belongs to."""

    wait: Wait
    edition: str
    line: str


@dataclass(frozen=True)
class Version:
    """The steps that people who entered at one time go through."""

    number: int
    steps: tuple[FrozenStep, ...]


@dataclass(frozen=True)
class Sequence:
    """A sequence without its letters. Moments are ISO 8601 in UTC; ids sort by the moment of creation.

    `version` is the one that people enter now, 0 before the first. `lines` holds the editions of every line, `current`
    the lines of the present steps, `subjects` their subjects. `revision` counts the changes.
    """

    id: str
    name: str
    status: Status
    trigger: Trigger
    created_at: str
    updated_at: str
    filter: Filter | None = None
    exit: Filter | None = None
    version: int = 0
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    current: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    reason: Reason | None = None
    revision: int = 0

    @property
    def editions(self) -> list[str]:
        """All editions of all steps there ever were."""
        return [edition for editions in self.lines.values() for edition in editions]

    def admits(self, person: Subscriber, now: datetime) -> bool:
        """Whether its filter chooses somebody."""
        return self.filter is None or self.filter.test(now, None)(person)

    def to_json(self) -> dict[str, Any]:
        """The public shape, as in a listing: without steps and figures."""
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status.value,
            "trigger": self.trigger.to_json(),
            "filter": self.filter.tree if self.filter else None,
            "exit": self.exit.tree if self.exit else None,
            "subjects": list(self.subjects),
            "reason": self.reason.to_json() if self.reason else None,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


def new_line() -> str:
    return secrets.token_hex(4)


@dataclass(frozen=True)
class Wish:
    """What an editor asks a sequence to be."""

    name: str
    trigger: Trigger
    filter: Filter | None
    steps: tuple[Step, ...]
    exit: Filter | None

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(str(step.letter.get("subject") or "") for step in self.steps)


def read(asked: Mapping[str, Any], topics: Iterable[str]) -> Wish:
    """What a request asks for. InvalidError names what is wrong, by its place."""
    return Wish(
        name=fields.single_line(asked.get("name"), "name", MAX_NAME, required=True),
        trigger=_trigger(asked.get("trigger"), topics),
        filter=_filter(asked.get("filter"), "filter"),
        steps=_steps(asked.get("steps")),
        exit=_exit(asked.get("exit")),
    )


def _trigger(value: object, topics: Iterable[str]) -> Trigger:
    if not isinstance(value, Mapping):
        raise _invalid("trigger", 'must be an object such as {"on": "confirmed"}')
    on = value.get("on")
    if on not in list(On):
        raise _invalid("trigger.on", f"must be one of {', '.join(On)}")
    takes = {"on", "topic"} if on == On.TOPIC else {"on"}
    _only(value, takes, "trigger")
    if on != On.TOPIC:
        return Trigger(On(on))
    topic = fields.single_line(value.get("topic"), "trigger.topic", MAX_TOPIC, required=True)
    if topic not in topics:
        raise _invalid("trigger.topic", f"must be a topic of the list; there is no {topic!r}")
    return Trigger(On.TOPIC, topic)


def _filter(value: object, place: str) -> Filter | None:
    if value is None:
        return None
    read = Filter.read(value, place)
    if _asks_about_campaigns(read.tree):
        # Each person is looked at alone and at any time: the ledgers of campaigns cannot be read for each.
        raise _invalid(place, "cannot ask whom a campaign reached; ask for within_days, or for a topic or an attribute")
    return read


def _exit(value: object) -> Filter | None:
    """A filter whose negation is one as well: who is still meant is asked by it (`running.StepLook`)."""
    read = _filter(value, "exit")
    if read:
        Filter.read({"not": read.tree}, "exit")
    return read


def _asks_about_campaigns(node: object) -> bool:
    if isinstance(node, Mapping):
        return any(
            (kind in list(Reach) and isinstance(inner, Mapping) and "campaign" in inner) or _asks_about_campaigns(inner)
            for kind, inner in node.items()
        )
    return isinstance(node, list) and any(map(_asks_about_campaigns, node))


def _steps(value: object) -> tuple[Step, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_STEPS:
        raise _invalid("steps", f"must be a list of 1 to {MAX_STEPS} steps")
    steps = tuple(_step(each, f"steps[{at}]") for at, each in enumerate(value))
    fields.kept_json([step.to_json() for step in steps], "series of letters")
    return steps


def _step(value: object, place: str) -> Step:
    if not isinstance(value, Mapping):
        raise _invalid(place, "must be an object with wait and letter")
    _only(value, {"wait", "at", "letter"}, place)
    letter = value.get("letter")
    if not isinstance(letter, Mapping):
        raise _invalid(f"{place}.letter", "must be a letter, in the shape of a draft's")
    return Step(_wait(value.get("wait"), value.get("at"), place), letter)


def _wait(value: object, at: object, place: str) -> Wait:
    if value is None:
        value = {}
    if not isinstance(value, Mapping):
        raise _invalid(f"{place}.wait", 'must be an object such as {"days": 3}')
    bounds = {"days": MAX_DAYS, "hours": MAX_HOURS, "minutes": MAX_MINUTES}
    _only(value, bounds.keys(), f"{place}.wait")
    spans = {name: _whole(value.get(name, 0), f"{place}.wait.{name}", most) for name, most in bounds.items()}
    return Wait(**spans, at=_time_of_day(at, f"{place}.at"))


def _whole(value: object, place: str, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise _invalid(place, f"must be a whole number from 0 to {most}")
    return value


def _time_of_day(value: object, place: str) -> str | None:
    if value is None or value == "":
        return None
    try:
        if not isinstance(value, str) or len(value) != len("09:00"):
            raise ValueError
        return time.fromisoformat(value).isoformat(timespec="minutes")
    except ValueError as error:
        raise _invalid(place, "must be a time of day such as 09:00") from error


def _only(value: Mapping[str, Any], takes: Iterable[str], place: str) -> None:
    unknown = sorted(str(name)[:40] for name in value.keys() - set(takes))
    if unknown:
        raise _invalid(f"{place}.{unknown[0]}", "is no field there")


def _invalid(place: str, what: str) -> InvalidError:
    return InvalidError(f"{place} {what}.", details={"field": place})
