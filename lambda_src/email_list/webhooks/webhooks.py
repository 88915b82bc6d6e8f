"""Webhooks: what happens on the list, reported to a URL of the list's owner.

Format and signature are those of the Standard Webhooks specification (standardwebhooks.com), for which receivers find
libraries in most languages. The body is `{"id", "type", "timestamp", "data"}` in JSON, with three headers:

- `webhook-id`: the event's id. A receiver may get an event more than once, always under the same id.
- `webhook-timestamp`: seconds since 1970 at which this attempt was made.
- `webhook-signature`: `v1,` and the Base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`, once for each
  secret, separated by spaces. While a secret is being changed there are two, and a receiver accepts either.

A secret is `whsec_` and the Base64 of 24 to 64 random bytes. Any 2xx response accepts an event; after any other, or
none within ten seconds, it is sent again later. Events may arrive out of order.

| type | data |
|---|---|
| `subscriber.subscribed` | someone has joined without a confirmation, or was added by an administrator |
| `subscriber.confirmed` | someone has confirmed |
| `subscriber.unsubscribed`, `subscriber.bounced`, `subscriber.complained` | someone is no longer on the list |
| `subscriber.erased` | someone was erased: `id` and `email`, by which the receiver can forget them as well |
| `campaign.finished` | a campaign is sent, cancelled, or failed |
| `sequence.finished` | someone is through with a sequence: its `id`, their `email`, when they entered and finished |

Nothing is reported about people who have not confirmed: anyone may enter anybody's address. People who come from an
import are not announced: those who import them know them. What is reported about an erased
person is stored only in the queue.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from email_list.campaigns.changes import CampaignChange
from email_list.people.changes import PersonChange
from email_list.people.subscribers import Status
from email_list.sequences.changes import PlaceChange
from email_list.sequences.places import Group

SECRET_PREFIX = "whsec_"  # noqa: S105

FIRST_PAUSE = 30
LONGEST_PAUSE = 6 * 3600
"""Seconds before an event is sent for the second time, and the most before a later attempt: four times as long each
time."""


@dataclass(frozen=True)
class Announcement:
    """One event for the receiver. `timestamp` is ISO 8601 in UTC."""

    id: str
    type: str
    timestamp: str
    data: Mapping[str, Any]

    def to_json(self) -> str:
        """The body of the request."""
        return json.dumps(asdict(self), separators=(",", ":"))


Change = PersonChange | CampaignChange | PlaceChange


def announcement(change: Change) -> Announcement | None:
    """What in a change is worth announcing."""
    match change:
        case CampaignChange():
            kind = _end(change)
        case PlaceChange():
            kind = _through(change)
        case PersonChange():
            kind = _step(change)
    return Announcement(f"evt_{change.id}", kind, change.at, _data(change)) if kind else None


def _data(change: Change) -> Mapping[str, Any]:
    if isinstance(change, PlaceChange):
        moments = {"entered_at": change.entered_at, "finished_at": change.ended_at}
        return {"id": change.sequence, "email": change.email, **moments}
    if isinstance(change, CampaignChange):
        known = ("status", "subject", "planned", "finished_at")
        return {"id": change.campaign, **{name: getattr(change, name) for name in known}}
    if change.after:
        told, person = ("email", "status", "name", "topics", "source"), change.after.to_json()
    else:
        told, person = ("id", "email"), change.before.to_json() if change.before else {}
    return {name: person[name] for name in told}


def _end(change: CampaignChange) -> str | None:
    return "campaign.finished" if change.finished_at and change.status != change.before else None


def _through(change: PlaceChange) -> str | None:
    return "sequence.finished" if change.group is Group.FINISHED and change.before is not change.group else None


def _step(change: PersonChange) -> str | None:
    """What has become of a person whose status is new, as far as they have ever been on the list."""
    before, after = change.before, change.after
    was_known = before is not None and before.has_joined
    if after is None:
        return "subscriber.erased" if was_known else None
    if before is not None and before.status is after.status:
        return None
    last = after.history[-1]["what"] if after.history else ""
    match after.status:
        case Status.ACTIVE if last == "imported":
            return None
        case Status.ACTIVE if last == "confirmed":
            return "subscriber.confirmed"
        case Status.ACTIVE:
            return "subscriber.subscribed"
        case gone if was_known and gone is not Status.PENDING:
            return f"subscriber.{gone.value}"
    return None


def keys(secrets: str) -> Sequence[bytes]:
    """The keys of secrets separated by spaces. ValueError says what is wrong, and quotes none."""
    found = []
    for secret in secrets.split():
        if not secret.startswith(SECRET_PREFIX):
            raise ValueError(f"does not begin with {SECRET_PREFIX}")
        try:
            key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except ValueError as error:
            raise ValueError(f"is not Base64 after {SECRET_PREFIX}") from error
        if not 24 <= len(key) <= 64:
            raise ValueError(f"holds {len(key)} bytes; 24 to 64 are right")
        found.append(key)
    if not 1 <= len(found) <= 2:
        raise ValueError(f"holds {len(found)} secrets; it holds one, or two while it is changed")
    return found


def headers(keys: Sequence[bytes], event_id: str, timestamp: int, body: str) -> dict[str, str]:
    """The headers that accompany a body, signed with each key."""
    signed = f"{event_id}.{timestamp}.{body}".encode()
    digests = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys]
    return {
        "content-type": "application/json",
        "user-agent": "email-list-webhook/1",
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{digest}" for digest in digests),
    }


def pause(attempt: int) -> int:
    """Seconds to wait after this attempt, the first being 1, has failed."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 4 ** (attempt - 1))
