"""How the stand-in behaves beyond answering: pace, quota, faults to inject, and what it has counted.

Everything here is read and changed through `GET` and `PUT {mailbox}/behaviour`. Settings:

- `rate_per_second`: recipients a second, at most one second's worth at once; null is unlimited.
- `daily_quota`: recipients in any 24 hours; null is unlimited. `sent_last_24_hours` shows what is used and
  can be set.
- `latency_ms`: how long every call takes on top, calls side by side.
- `bounce_addresses`, `complain_addresses`: glob patterns of addresses that hard-bounce, or complain.
- `feedback`: a list, replaced as a whole, of what else SES says about some addresses; see `Feedback`.
- `unverified_identities`: glob patterns of senders whose verification is still pending.
- `recommendations`: a list, replaced as a whole, of what SES recommends; each as in the API, with at least a `Type`.
- `faults`: a list, replaced as a whole; see `Fault`.
- `counters`: shown; `PUT {"counters": "reset"}` sets them to zero.
"""

import threading
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

CALL_FAULTS = frozenset({"drop_after", "drop_before", "sending_paused", "server_error", "slow", "throttle_call"})
ENTRY_FAULTS = frozenset({"daily_quota", "fail_entries", "reject_entries", "throttle_entries"})
EVENT_FAULTS = frozenset({"delay_events", "duplicate_events", "lose_events"})
SENDING_OPERATIONS = frozenset({"SendBulkEmail", "SendEmail"})
EVENT_KINDS = ("Send", "Delivery", "Bounce", "Complaint", "Open", "Click", "Rendering Failure")


class BehaviourError(Exception):
    """A setting that cannot be. The message names it and says why."""


@dataclass
class Fault:
    """Something to go wrong.

    A call or event that the fault matches is let through `after` times, then hit `times` times (null:
    always). Call and entry faults match HTTP calls: those of `operation` (`"*"` for any; the sending
    operations if absent) that email at least one address like `recipients`. Event faults match events: those
    of `types` about such an address.

    Calls: `throttle_call` (429), `server_error` (500), `sending_paused`, `slow` (by `latency_ms`),
    `drop_before` and `drop_after` (the connection closes without an answer, before or after the emails are
    accepted).
    Entries of a bulk call, or a single send: `throttle_entries`, `fail_entries` (TRANSIENT_FAILURE),
    `reject_entries`, `daily_quota`; only those that email an address like `recipients`.
    Events: `lose_events`, `duplicate_events`, `delay_events` (by `seconds`).
    """

    fault: str
    operation: str | None = None
    times: int | None = None
    after: int = 0
    recipients: str | None = None
    types: list[str] | None = None
    latency_ms: float = 0
    seconds: float = 0
    fired: int = 0
    _let_through: int = field(default=0, repr=False)

    def hits(self, operation: str | None, recipients: Iterable[str]) -> bool:
        """Whether this call or event goes wrong. Counts it."""
        if operation is not None and not self._concerns(operation):
            return False
        if not self.matches(recipients) or (self.times is not None and self.fired >= self.times):
            return False
        if self._let_through < self.after:
            self._let_through += 1
            return False
        self.fired += 1
        return True

    def matches(self, recipients: Iterable[str]) -> bool:
        return self.recipients is None or any(matches_any(address, [self.recipients]) for address in recipients)

    def _concerns(self, operation: str) -> bool:
        if self.operation is None:
            return operation in SENDING_OPERATIONS
        return self.operation in ("*", operation)

    def shown(self) -> dict[str, Any]:
        unset = {"operation": None, "recipients": None, "types": None, "latency_ms": 0, "seconds": 0}
        values = {name: value for name, value in asdict(self).items() if not name.startswith("_")}
        return {name: value for name, value in values.items() if name not in unset or value != unset[name]}


@dataclass(frozen=True)
class Feedback:
    """What SES reports about emails to addresses like `recipients`: a bounce by type and subtype
    (`"Permanent/EmailValidationSuppressed"`), or a complaint by the type of its feedback report (`"not-spam"`).

    An email that bounces does not arrive, one that is complained about does. The suppression list stays as it is.
    """

    recipients: str
    bounce: str | None = None
    complaint: str | None = None

    def shown(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value is not None}


class Counters:
    """Whole numbers counted by several threads.

    `calls` and `bulk_calls` count HTTP calls. The rest count emails: `accepted`; `throttled` by rate or daily
    quota; `rejected` for what they contain; `failed` by a server-side error, or accepted and then impossible
    to render.
    Events: `events_published`, and `events_dropped` by a fault or after the last attempt.
    """

    NAMES = (
        "calls",
        "bulk_calls",
        "accepted",
        "throttled",
        "rejected",
        "failed",
        "events_published",
        "events_dropped",
    )

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(self.NAMES, 0)

    def add(self, name: str, number: int = 1) -> None:
        with self._lock:
            self._counts[name] += number

    def reset(self) -> None:
        with self._lock:
            self._counts = dict.fromkeys(self.NAMES, 0)

    def shown(self) -> dict[str, int]:
        with self._lock:
            return dict(self._counts)


class Behaviour:
    def __init__(self, operations: Collection[str]) -> None:
        """`operations` are the names a fault may give as its `operation`."""
        self._operations = operations
        self.rate_per_second: float | None = None
        self.daily_quota: int | None = None
        self.latency_ms: float = 0
        self.bounce_addresses: list[str] = []
        self.complain_addresses: list[str] = []
        self.feedback: list[Feedback] = []
        self.unverified_identities: list[str] = []
        self.recommendations: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.counters = Counters()

    def update(self, settings: Any) -> None:
        """Merge the settings given. Raises `BehaviourError`, and then changes nothing."""
        if not isinstance(settings, dict):
            raise BehaviourError("the body must be a JSON object of settings")
        checks = {
            "rate_per_second": _positive_or_none,
            "daily_quota": _whole_or_none,
            "latency_ms": _not_negative,
            "bounce_addresses": _patterns,
            "complain_addresses": _patterns,
            "feedback": _feedback,
            "unverified_identities": _patterns,
            "recommendations": _recommendations,
            "faults": self._checked_faults,
            "counters": _reset,
        }
        checked = {}
        for name, value in settings.items():
            if name not in checks:
                raise BehaviourError(f"unknown setting {name!r}; known are {', '.join(checks)}, sent_last_24_hours")
            checked[name] = checks[name](name, value)
        if checked.pop("counters", None):
            self.counters.reset()
        for name, value in checked.items():
            setattr(self, name, value)

    def _checked_faults(self, name: str, value: Any) -> list[Fault]:
        if not isinstance(value, list):
            raise BehaviourError(f"{name} must be a list, not {value!r}")
        faults = [_fault(item) for item in value]
        for fault in faults:
            if fault.operation not in (None, "*", *self._operations):
                raise BehaviourError(f"a fault cannot hit {fault.operation!r}, which is not an operation of SES v2")
        return faults

    def shown(self) -> dict[str, Any]:
        return {
            "rate_per_second": self.rate_per_second,
            "daily_quota": self.daily_quota,
            "latency_ms": self.latency_ms,
            "bounce_addresses": self.bounce_addresses,
            "complain_addresses": self.complain_addresses,
            "feedback": [item.shown() for item in self.feedback],
            "unverified_identities": self.unverified_identities,
            "recommendations": self.recommendations,
            "faults": [fault.shown() for fault in self.faults],
            "counters": self.counters.shown(),
        }

    def call_faults(self, kinds: frozenset[str], operation: str, recipients: Iterable[str]) -> list[Fault]:
        """The faults among `kinds` that hit this call, each counted once."""
        candidates = [fault for fault in self.faults if fault.fault in kinds]
        return [fault for fault in candidates if fault.hits(operation, recipients)] if candidates else []

    def event_faults(self, event: str, recipients: Iterable[str]) -> dict[str, Fault]:
        """The faults that hit this event, by kind."""
        candidates = [f for f in self.faults if f.fault in EVENT_FAULTS and (f.types is None or event in f.types)]
        return {fault.fault: fault for fault in candidates if fault.hits(None, recipients)} if candidates else {}


def matches_any(address: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(address.lower(), pattern.lower()) for pattern in patterns)


def _not_negative(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise BehaviourError(f"{name} must be a number of 0 or more, not {value!r}")
    return value


def _positive_or_none(name: str, value: Any) -> float | None:
    if value is not None and _not_negative(name, value) == 0:
        raise BehaviourError(f"{name} must be more than 0, or null for unlimited")
    return value


def whole_number(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BehaviourError(f"{name} must be a whole number of 0 or more, not {value!r}")
    return value


def _whole_or_none(name: str, value: Any) -> int | None:
    return None if value is None else whole_number(name, value)


def _patterns(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(pattern, str) for pattern in value):
        raise BehaviourError(f"{name} must be a list of glob patterns, not {value!r}")
    return value


def _feedback(name: str, value: Any) -> list[Feedback]:
    example = '{"recipients": "*@example.org", "complaint": "not-spam"}, or with "bounce": "Transient/MailboxFull"'
    kinds = ({"recipients", "bounce"}, {"recipients", "complaint"})
    if not isinstance(value, list):
        raise BehaviourError(f"{name} must be a list of objects like {example}, not {value!r}")
    for item in value:
        if (
            not isinstance(item, dict)
            or set(item) not in kinds
            or not all(isinstance(word, str) for word in item.values())
        ):
            raise BehaviourError(f"{name} must hold objects like {example}, not {item!r}")
        if "bounce" in item and item["bounce"].count("/") != 1:
            raise BehaviourError(f"a bounce is given as type/subtype, not {item['bounce']!r}")
    return [Feedback(**item) for item in value]


def _recommendations(name: str, value: Any) -> list[dict[str, Any]]:
    known = {
        "ResourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
        "Type": "",
        "Description": "",
        "Status": "OPEN",
        "Impact": "HIGH",
        "CreatedTimestamp": 1_764_000_000,
        "LastUpdatedTimestamp": 1_764_000_000,
    }
    if not isinstance(value, list) or not all(isinstance(item, dict) and item.get("Type") for item in value):
        raise BehaviourError(f"{name} must be a list of objects with a Type, not {value!r}")
    for item in value:
        if unknown := sorted(item.keys() - known):
            raise BehaviourError(f"a recommendation has no {unknown[0]}; known are {', '.join(known)}")
    return [{**known, **item} for item in value]


def _text_or_none(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise BehaviourError(f"{name} must be a text, not {value!r}")
    return value


def _reset(name: str, value: Any) -> bool:
    if value != "reset":
        raise BehaviourError('counters can only be set to "reset"')
    return True


def _fault(item: Any) -> Fault:
    known = [found.name for found in fields(Fault) if not found.name.startswith("_")]
    kinds = sorted(CALL_FAULTS | ENTRY_FAULTS | EVENT_FAULTS)
    if not isinstance(item, dict) or item.get("fault") not in kinds:
        raise BehaviourError(f"a fault must be an object whose 'fault' is one of {', '.join(kinds)}; got {item!r}")
    for name in item:
        if name not in known:
            raise BehaviourError(f"unknown key {name!r} of a fault; known are {', '.join(known)}")
    fault = Fault(**item)
    _whole_or_none("times", fault.times)
    whole_number("after", fault.after)
    whole_number("fired", fault.fired)
    _not_negative("latency_ms", fault.latency_ms)
    _not_negative("seconds", fault.seconds)
    _text_or_none("operation", fault.operation)
    _text_or_none("recipients", fault.recipients)
    if fault.types is not None and not set(_patterns("types", fault.types)) <= set(EVENT_KINDS):
        raise BehaviourError(f"types of a fault can be {', '.join(EVENT_KINDS)}, not {fault.types!r}")
    return fault
