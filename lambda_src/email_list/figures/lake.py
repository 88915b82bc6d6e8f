"""The rows of the event lake (`components/event_lake.py` declares their columns). They contain no address.

Moments are written as Athena's JSON reader expects timestamps: `2026-11-24 10:15:00.000`, in UTC.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from email_list.clock import from_iso
from email_list.events.meanings import Meaning
from email_list.figures.results import CampaignResult

if TYPE_CHECKING:
    # The daily snapshot needs nothing that reads events.
    from email_list.events.mail_events import Event

Row = dict[str, Any]

UNREADABLE_LINK = "(unreadable)"
"""Replaces an address such as `http://[`, which a reader's program made up or a letter's author mistyped."""


def event_rows(event: "Event", fingerprint: Callable[[str], str]) -> Iterator[Row]:
    """One row per person the event is about, identified by a keyed hash that is used only in the lake."""
    for person in event.people:
        recipient = fingerprint(f"lake#{person}")[:32]
        yield {
            "event_id": _digest(event.kind.value, event.message, recipient, event.at, event.link),
            "kind": _NOTHING_HAPPENED.get(event.meaning) or event.kind.value.lower().replace(" ", "_"),
            "happened_at": _timestamp(from_iso(event.at)),
            "sent_at": _timestamp(from_iso(event.sent_at)),
            "campaign": event.place.campaign if event.place else "",
            "recipient": recipient,
            "permanent": event.meaning is Meaning.HARD_BOUNCE,
            "machine": event.machine,
            "link": _without_secrets(event.link),
        }


_NOTHING_HAPPENED: Mapping[Meaning | None, str] = {
    Meaning.NOT_TRIED: "not_tried",
    Meaning.NO_COMPLAINT: "no_complaint",
    Meaning.UNCLASSIFIED: "unclassified",
}
"""What a bounce or complaint that is not one is called."""


def growth_rows(counters: Mapping[str, int], taken_at: datetime) -> Iterator[Row]:
    """A row for each counter of a day (`email_list.figures.growth`)."""
    for name, amount in counters.items():
        day, kind, detail = name.split("#", 2)
        known = {"happened_on": day, "kind": kind, "detail": detail, "amount": amount}
        yield {"taken_at": _timestamp(taken_at), **known}


def campaign_row(result: CampaignResult, taken_at: datetime) -> Row:
    """A campaign as it stands."""
    return {
        "taken_at": _timestamp(taken_at),
        "campaign": result.id,
        "subject": result.subject,
        "status": result.status,
        "started_at": _timestamp(from_iso(result.started_at)),
        **asdict(result.counts),
    }


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _without_secrets(link: str) -> str:
    """A link without its query and fragment, which may contain a token that speaks for a person; nothing of one that
    cannot be parsed."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return UNREADABLE_LINK
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
