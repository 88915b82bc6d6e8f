"""Preflight: everything there is to say about a newsletter before it is sent.

An error is what the desk would refuse, found by the same code. A warning deserves a second thought and stops nothing; a
note says what sending will take.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, TypeVar

from contract import LETTER
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import Campaign
from email_list.campaigns.findings import Finding, Severity
from email_list.campaigns.orders import Orders, check_web_links
from email_list.campaigns.pace import Account
from email_list.campaigns.reach import Reach, Size
from email_list.campaigns.saved_drafts import Seen
from email_list.campaigns.trials import Trials, fingerprint
from email_list.campaigns.warm_up import WarmUp
from email_list.clock import Clock, iso, utc_now
from email_list.errors import EmailListError
from email_list.mail import warnings
from email_list.mail.writing import Examined, MissingValueError

T = TypeVar("T")

NIGHT_FROM, NIGHT_UNTIL = 22, 7
"""Hours of the list's time zone."""

UNUSUAL = 2
"""An audience this many times larger than the largest of the recent newsletters is unusual."""

FEW = 100
"""Below this many people, no audience is unusual."""

LAST_CAMPAIGNS = 10
ATTRIBUTES_ASKED = 5
"""Attributes whose readers are counted; each is a walk through the audience."""

PRICES = (0.10, 0.16)
"""Dollars that SES charges for a thousand emails, in accounts created before July 2026 and since (SES pricing page)."""


@dataclass(frozen=True)
class Terms:
    """What sending takes: when it starts and ends, and how fast it is."""

    start: datetime
    end: datetime
    rate: float


class Preflight:
    """Looks at requests for campaigns. `recent` gives the latest campaigns, `rate` the recipients a second that SES
    allows."""

    def __init__(
        self,
        orders: Orders,
        examine: Callable[[Mapping[str, Any]], Examined],
        reach: Reach,
        trials: Trials,
        recent: Callable[[], Sequence[Campaign]],
        account: Callable[[], Account],
        rate: Callable[[], float],
        zone: tzinfo,
        clock: Clock = utc_now,
        warm_up: WarmUp | None = None,
    ) -> None:
        self._orders = orders
        self._examine = examine
        self._reach = reach
        self._trials = trials
        self._recent = recent
        self._account = account
        self._rate = rate
        self._zone = zone
        self._clock = clock
        self._warm_up = warm_up

    def look(self, request: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
        """The response to a request as the desk receives it."""
        wish, _ = self._orders.resolved(request, seen)
        errors: list[EmailListError] = []
        letter = {name: wish[name] for name in LETTER if name in wish}
        examined = self._attempt(lambda: self._orders.examined(letter, self._examine), errors) or Examined()
        audience = self._attempt(lambda: self._orders.audience(wish), errors)
        moment = self._attempt(lambda: self._orders.moment(wish.get("schedule_at")), errors)
        self._attempt(lambda: self._orders.hold(wish), errors)
        public = self._attempt(lambda: self._orders.public(wish), errors) or False
        composed = examined.composed
        if composed is not None:
            self._attempt(lambda: check_web_links(composed, public=public), errors)
        errors += examined.errors
        size = self._reach.size(audience) if audience is not None else None
        terms = self._terms(size or Size(0, exact=False), moment or self._clock())
        findings = [*self._refusals(errors, audience, size)]
        findings += [
            Finding(Severity.WARNING, each.code, each.message, each.part, each.line) for each in examined.warnings
        ]
        if audience is not None and size is not None:
            findings += self._about_readers(examined, audience, size)
        findings += self._about_sending(examined, size, terms, held=wish.get("hold") is True)
        return {
            "ready": not errors,
            "findings": [asdict(finding) for finding in dict.fromkeys(findings)],
            "warnings": warnings.to_json(examined.warnings),
            "people": size.people if size else None,
            "exact": size.exact if size else None,
            "starts_at": iso(terms.start),
            "estimated_end": iso(terms.end),
            "rate_per_second": round(terms.rate, 2),
            "price": _price(size.people) if size else None,
        }

    def _attempt(self, act: Callable[[], T], errors: list[EmailListError]) -> T | None:
        try:
            return act()
        except EmailListError as error:
            errors.append(error)
            return None

    def _terms(self, size: Size, start: datetime) -> Terms:
        rate, account = self._rate(), self._account()
        end = start + timedelta(seconds=size.people / rate)
        if account.daily_quota and size.people > account.room:
            end += timedelta(days=math.ceil((size.people - account.room) / account.daily_quota))
        end = max(end, start + timedelta(days=self._days_of_warm_up(size)))
        return Terms(start, end, rate)

    def _days_of_warm_up(self, size: Size) -> int:
        """Days after the first that the warm-up makes of it."""
        return (self._warm_up.done_on(size.people) - self._clock().date()).days if self._warm_up else 0

    def _refusals(
        self, errors: Sequence[EmailListError], audience: Audience | None, size: Size | None
    ) -> Iterator[Finding]:
        asked = 0
        for error in errors:
            code, message = error.code, error.message
            if isinstance(error, MissingValueError):
                code, path = "missing_value", error.variable.path
                if path[0] != "attributes":
                    message += " It would be missing in every email."
                elif audience is not None and size is not None and len(path) > 1 and asked < ATTRIBUTES_ASKED:
                    asked += 1
                    message += f" {_share(self._reach.lacking(audience, path[1]), size)} have none."
            details = error.details or {}
            yield Finding(
                Severity.ERROR, code, message, str(details.get("part") or details.get("field", "")), details.get("line")
            )

    def _about_readers(self, examined: Examined, audience: Audience, size: Size) -> Iterator[Finding]:
        if not size.people and size.exact:
            yield Finding(Severity.WARNING, "nobody", "Nobody is in this audience: nothing would be sent.", "audience")
            return
        holes = {error.variable.name for error in examined.errors if isinstance(error, MissingValueError)}
        covered = [(part, variable) for part, variable in examined.attributes if variable.name not in holes]
        for part, variable in covered[:ATTRIBUTES_ASKED]:
            lacking = self._reach.lacking(audience, variable.path[1])
            if lacking.exact and lacking.people >= size.people:
                message = f"Nobody in the audience has {variable.name}. Is it spelt as your subscribers have it?"
                yield Finding(Severity.WARNING, "unknown_attribute", message, part, variable.at.line)
        usual = max((each.plan.people for each in self._recent() if each.plan.complete), default=0)
        if usual and size.people > max(FEW, UNUSUAL * usual):
            message = (
                f"{size.people:,} people are many more than usual: your last newsletters went to at most {usual:,}. "
                "Is the audience the right one?"
            )
            yield Finding(Severity.WARNING, "many_readers", message, "audience")

    def _about_sending(self, examined: Examined, size: Size | None, terms: Terms, *, held: bool) -> Iterator[Finding]:
        if examined.composed and not self._trials.has(fingerprint(examined.composed.content)):
            message = "This letter has not been sent as a test yet. Email it to yourself, and look at it in your inbox."
            yield Finding(Severity.WARNING, "no_test", message, "letter")
        start = terms.start.astimezone(self._zone)
        if not held and not NIGHT_UNTIL <= start.hour < NIGHT_FROM:
            message = f"It will be night: sending would start at {start:%H:%M} ({self._zone})."
            yield Finding(Severity.WARNING, "night", message, "schedule_at")
        if size is None:
            return
        yield from self._about_account(size)
        if self._warm_up and self._days_of_warm_up(size):
            message = (
                f"The warm-up has room for {self._warm_up.room():,} more emails today and for more each day, the most "
                f"faithful readers first. If nothing else is sent, it takes until {self._warm_up.done_on(size.people)}."
            )
            yield Finding(Severity.WARNING, "warm_up", message, "audience")
        least, most = _price(size.people).values()
        charged = f"about ${least:,.2f}, or ${most:,.2f} in accounts made since July 2026"
        message = f"Amazon SES charges {charged if most else 'less than a cent'}."
        yield Finding(Severity.NOTE, "price", message, "audience")
        end = terms.end.astimezone(self._zone)
        message = f"At {terms.rate:g} emails a second, everybody has it by {end:%Y-%m-%d %H:%M} ({self._zone})."
        yield Finding(Severity.NOTE, "end", message, "schedule_at")

    def _about_account(self, size: Size) -> Iterator[Finding]:
        account = self._account()
        if not account.sending_enabled:
            message = "Amazon SES currently accepts no emails from this account. The settings say why."
            yield Finding(Severity.WARNING, "sending_disabled", message, "audience")
        if size.people > account.room:
            message = (
                f"Amazon SES takes {account.room:,.0f} more emails in the current 24 hours; then the newsletter pauses "
                "and continues by itself."
            )
            yield Finding(Severity.WARNING, "quota", message, "audience")


def _share(some: Size, of: Size) -> str:
    at_least = "" if some.exact else "At least "
    return f"{at_least}{some.people:,} of the {of.people:,} people in the audience"


def _price(people: int) -> dict[str, float]:
    """Dollars: in older accounts, and in those made since July 2026."""
    least, most = (round(people / 1000 * price, 2) for price in PRICES)
    return {"least": least, "most": most}
