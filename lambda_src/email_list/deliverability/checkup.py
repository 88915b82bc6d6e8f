"""The check-up: everything there is to say about whether emails arrive, from sources of which each may fail."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from email_list.clock import Clock, iso, utc_now
from email_list.deliverability.gmail import SpamRate
from email_list.deliverability.memory import Memory, Remembered
from email_list.deliverability.records import Record, Sender, Wanted, look_up, wanted
from email_list.figures.results import CampaignResult
from email_list.lookups import Lookups

PATIENCE = 10.0
"""Seconds for everything that is asked at once; whatever takes longer is said to have failed."""

LAST_CAMPAIGNS = 5
AT_ONCE = 16

Problems = list[str]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recommendation:
    """What SES recommends (ListRecommendations): `type` such as `DMARC`, `impact` `high` or `low`."""

    type: str
    impact: str
    resource: str
    description: str
    since: str


class Ses(Protocol):
    """What SES tells (`email_list.aws.sender_status`)."""

    def sender(self) -> Sender: ...

    def account(self) -> Mapping[str, Any]: ...

    def recommendations(self) -> Sequence[Recommendation]: ...


@dataclass(frozen=True)
class Warmth:
    """How far the warm-up of the domain is: the `day` it is, from 1, how many emails that day has room for and how many
    of these are sent, and from when on a day has room for all `subscribers`."""

    day: int
    room: int
    sent: int
    subscribers: int
    covers_on: str


@dataclass(frozen=True)
class Findings:
    """What was found. `problems` names the parts that could not be (`states.PARTS`). `gmail` is None if there are no
    credentials to ask with, or no answer; `warm_up` if there is none."""

    at: str
    sender: Sender
    records: Sequence[Record] = ()
    account: Mapping[str, Any] | None = None
    recommendations: Sequence[Recommendation] = ()
    campaigns: Sequence[CampaignResult] = ()
    remembered: Remembered = field(default_factory=Remembered)
    gmail: Sequence[SpamRate] | None = None
    warm_up: Warmth | None = None
    problems: Sequence[str] = ()


class Checkup:
    """Looks everything up. `assumed` is the sender as the configuration has it, for when SES says nothing; `others`
    gives the records of the list's own names, `gmail` and `warm_up` what they say, where they are configured."""

    def __init__(
        self,
        ses: Ses,
        assumed: Sender,
        region: str,
        others: Callable[[], Sequence[Mapping[str, str]]],
        lookups: Lookups,
        campaigns: Callable[[int], Sequence[CampaignResult]],
        memory: Memory,
        clock: Clock = utc_now,
        gmail: Callable[[], Sequence[SpamRate]] | None = None,
        warm_up: Callable[[], Warmth] | None = None,
    ) -> None:
        self._ses = ses
        self._assumed = assumed
        self._region = region
        self._others = others
        self._lookups = lookups
        self._campaigns = campaigns
        self._memory = memory
        self._clock = clock
        self._optional = {"gmail": gmail, "warm_up": warm_up}

    def look(self) -> Findings:
        """Ask everybody at once, then look the records up."""
        problems: Problems = []
        asked = _at_once(
            {
                "sender": self._ses.sender,
                "account": self._ses.account,
                "recommendations": self._ses.recommendations,
                "campaigns": lambda: self._campaigns(LAST_CAMPAIGNS),
                "remembered": self._memory.latest,
                "own_names": self._others,
                **{part: ask for part, ask in self._optional.items() if ask},
            },
            problems,
        )
        sender = asked.get("sender", self._assumed)
        return Findings(
            at=iso(self._clock()),
            sender=sender,
            records=self._look_up(wanted(sender, self._region, asked.get("own_names", ()))),
            account=asked.get("account"),
            recommendations=asked.get("recommendations", ()),
            campaigns=asked.get("campaigns", ()),
            remembered=asked.get("remembered", Remembered()),
            gmail=asked.get("gmail"),
            warm_up=asked.get("warm_up"),
            problems=problems,
        )

    def _look_up(self, records: Sequence[Wanted]) -> list[Record]:
        late: Problems = []
        found = _at_once({record.key: partial(look_up, record, self._lookups) for record in records}, late)
        return [found.get(record.key) or Record.unknown(record) for record in records]


def _at_once(tasks: Mapping[str, Callable[[], Any]], problems: Problems) -> dict[str, Any]:
    """The results of the tasks by their names; `problems` gets the names of those that failed or took too long."""
    ends = time.monotonic() + PATIENCE
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        running = {name: pool.submit(task) for name, task in tasks.items()}
        return dict(_finished(running, ends, problems))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _finished(running: Mapping[str, Future[Any]], ends: float, problems: Problems) -> Iterator[tuple[str, Any]]:
    for name, future in running.items():
        try:
            yield name, future.result(timeout=max(0.0, ends - time.monotonic()))
        except Exception:
            logger.exception("a part of the check-up failed", extra={"part": name})
            problems.append(name)
