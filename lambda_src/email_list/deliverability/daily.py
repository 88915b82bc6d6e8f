"""The daily check: what was right and no longer is, is remembered, counted for an alarm, and logged; what Gmail says of
spam may pause campaigns."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from contract import OwnMetric
from email_list.campaigns.campaign import RUNNING, Campaign, Reason, ReasonCode, Status
from email_list.campaigns.store import Move
from email_list.clock import from_iso
from email_list.deliverability.checkup import Findings
from email_list.deliverability.gmail import SpamRate
from email_list.deliverability.memory import Memory, Remembered
from email_list.deliverability.states import GMAIL_LIMIT, State
from email_list.metrics import Metrics

logger = logging.getLogger(__name__)


PER = 10_000
"""Emails that the metric of Gmail's spam rate refers to."""

RECENT = timedelta(days=7)
"""Older days at Gmail say nothing about what is sent now."""


class Campaigns(Protocol):
    """The part of the campaign store that pausing needs (`email_list.campaigns.store`)."""

    def unfinished(self) -> Sequence[str]: ...

    def move(self, campaign_id: str, sources: Iterable[Status], move: Move) -> Campaign | None: ...


def check(look: Callable[[], Findings], memory: Memory, campaigns: Campaigns, metrics: Metrics) -> Remembered:
    """Look, and compare with what is remembered. Whatever could not be looked up keeps its place.

    The metric counts every day what is broken, until it is right again or no longer wanted. If Gmail's latest day is
    over its limit, and nobody was told of that day, the campaigns that are running are paused; they may be resumed.
    """
    found = look()
    if "remembered" in found.problems:
        raise RuntimeError("what was right before cannot be read")
    now = compare(found)
    if found.gmail:
        metrics.count(OwnMetric.GMAIL_SPAM, round(PER * found.gmail[-1].spam_rate))
        now = replace(now, judged=_judge(found.gmail[-1], now.judged, found.at, campaigns, metrics))
    memory.keep(now)
    metrics.count(OwnMetric.BROKEN, len(now.broken))
    if now.broken:
        logger.error("DNS records that were right are missing or wrong", extra={"records": sorted(now.broken)})
    return now


def _judge(latest: SpamRate, judged: str, at: str, campaigns: Campaigns, metrics: Metrics) -> str:
    """Pause what is running because of Gmail's latest day; returns the last day that has been judged."""
    if latest.date <= judged or latest.date < (from_iso(at) - RECENT).date().isoformat():
        return judged
    if latest.spam_rate >= GMAIL_LIMIT:
        message = (
            f"On {latest.date}, readers at Gmail reported {100 * latest.spam_rate:.2f} % of your emails as spam; from "
            f"{100 * GMAIL_LIMIT:g} % on, Gmail stops delivering them. Before you resume the campaign, leave out "
            "everyone who did not ask for this newsletter, or no longer reads it."
        )
        move = Move(Status.PAUSED, at=at, reason=Reason(ReasonCode.GMAIL_SPAM, message))
        for campaign_id in campaigns.unfinished():
            if campaigns.move(campaign_id, RUNNING, move):
                metrics.count(OwnMetric.HARMFUL)
                logger.error("campaign paused", extra={"campaign": campaign_id, "reason": ReasonCode.GMAIL_SPAM.value})
    return latest.date


def compare(found: Findings) -> Remembered:
    """What to remember from now on."""
    before = found.remembered
    right, broken = {}, {}
    wanted = [record for record in found.records if record.wanted.configured]
    for record in wanted:
        key, state = record.wanted.key, record.state
        if state is State.FOUND or key in before.right:
            right[key] = before.right.get(key, found.at)
        if key in before.broken and state is not State.FOUND:
            broken[key] = before.broken[key]
        elif key in before.right and state in (State.MISSING, State.WRONG):
            broken[key] = found.at
    if {"sender", "own_names"} & set(found.problems):
        # Nobody said which records there should be: those that were not looked up are not forgotten.
        seen = {record.wanted.key for record in found.records}
        right |= {key: at for key, at in before.right.items() if key not in seen}
        broken |= {key: at for key, at in before.broken.items() if key not in seen}
    described = [
        {"code": record.wanted.code.value, "name": record.wanted.name, "state": record.state.value} for record in wanted
    ]
    spam = {name: str(value) for name, value in vars(found.gmail[-1]).items()} if found.gmail else before.spam
    return Remembered(found.at, right, broken, described, before.judged, spam)
