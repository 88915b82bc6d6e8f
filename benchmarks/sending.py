"""Sending: how much of the allowed rate is used, and how many calls it takes, beside a plain loop.

The engine's own functions send from the local stack's queue and ledger to the SES stand-in, which takes 60 ms for a
call and refuses what is over the rate. The plain loop mails the same people at the same SES.
"""

import json
import math
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3

from benchmarks import engine
from benchmarks.baseline import FUNCTION_SECONDS, LoopResult, send_in_a_loop
from benchmarks.figures import Aim, Figure, Findings
from benchmarks.meter import Meter
from benchmarks.stage import Context, Process, Stage
from email_list.campaigns.campaign import Status
from email_list.campaigns.pace import BATCH_SHARE, campaign_rate
from email_list.campaigns.store import CampaignStore, Move
from email_list.clock import iso, utc_now

LATENCY_MS = 60
WORKERS = 2
"""As `sendConcurrency` is by default."""

RUNS: Sequence[tuple[float | None, float, float]] = ((14, 25, 30), (100, 20, 10), (500, 12, 10), (None, 6, 10))
"""Rates of an account, None for one without a bound; seconds of sending, and of the plain loop, which at a rate that it
reaches must first use up what SES takes at once."""

UNBOUNDED_GUESS = 600
SES_ALONE = {"fault": "lose_events"}
"""What SES reports is measured elsewhere, and would take this machine's time here."""


@dataclass(frozen=True)
class Run:
    """What came of one campaign, and of a plain loop at the same rate."""

    rate: float | None
    people: int
    per_second: float
    throttled: int
    bulk_calls: int
    calls: Counter[str]
    loop: LoopResult
    loop_throttled: int

    @property
    def name(self) -> str:
        return "unbounded" if self.rate is None else f"{self.rate:.0f}/s"

    @property
    def calls_per_thousand(self) -> float:
        return 1000 * self.calls.total() / self.people


def run() -> Findings:
    """Campaigns and loops at every rate, and the engine's calls for campaigns of very different sizes."""
    figures: list[Figure] = []
    with Stage() as stage:
        runs = [_measure(stage, *one) for one in RUNS]
    for one in runs:
        figures += _figures(one)
    growth, curve = engine.calls_by_size()
    figures += growth
    used = [[run.rate, run.per_second / run.rate] for run in runs if run.rate]
    plain = [[run.rate, run.loop.sent / run.loop.seconds / run.rate] for run in runs if run.rate]
    reach = max(run.loop.sent / run.loop.seconds for run in runs) * FUNCTION_SECONDS
    figures.append(Figure("recipients until the plain function's time is up", reach))
    calls = {run.name: dict(run.calls) for run in runs}
    return Findings(figures, {"used": used, "used by a loop": plain, **curve}, {"calls": calls})


def _figures(one: Run) -> list[Figure]:
    loop = one.loop
    looped = loop.sent / loop.seconds
    figures = []
    if one.rate is None:
        figures.append(Figure("recipients a second, unbounded", one.per_second, plain=looped))
    else:
        share = campaign_rate(one.rate)
        tried = one.people + one.throttled
        figures += [
            Figure(f"used of the campaigns' share at {one.name}", one.per_second / share, aim=Aim(least=0.95)),
            Figure(f"used of the account's rate at {one.name}", one.per_second / one.rate, plain=looped / one.rate),
            Figure(
                f"throttled share at {one.name}",
                one.throttled / tried,
                plain=one.loop_throttled / (loop.sent + one.loop_throttled),
                aim=Aim(most=0.01),
            ),
        ]
    per_call = one.people / one.bulk_calls
    aim = Aim(least=40) if one.rate is None or one.rate >= 100 else None
    figures.append(Figure(f"recipients an SES call at {one.name}", per_call, plain=1, aim=aim, exact=True))
    plain_calls = 1000 * loop.calls / (loop.sent + loop.refused)
    figures.append(Figure(f"AWS calls for 1,000 recipients at {one.name}", one.calls_per_thousand, plain=plain_calls))
    return figures


def _measure(stage: Stage, rate: float | None, seconds: float, loop_seconds: float) -> Run:
    campaigner = stage.campaigner
    share = campaign_rate(rate) if rate else UNBOUNDED_GUESS
    size = max(1, min(50, int(share * BATCH_SHARE)))
    people = size * math.ceil(share * seconds / size)
    group = f"rate{rate or 0:.0f}"
    emails = campaigner.add_people(group, people)
    with campaigner.ses(rate_per_second=rate, latency_ms=LATENCY_MS, faults=[SES_ALONE]):
        campaign = campaigner.create(group, hold=True)
        environment = {**stage.environment("plan_campaign"), **stage.environment("send_batch")}
        calls = Process(environment, _plan, campaign).result()
        campaigner.behaviour(counters="reset")
        workers = [Process(environment, _work, campaign) for _ in range(WORKERS)]
        calls += sum((worker.result() for worker in workers), Counter[str]())
        counters = campaigner.behaviour()["counters"]
        campaigner.assert_exactly_one_mail_each(group, emails, campaign)
        moments = sorted(datetime.fromisoformat(mail["sent_at"]).timestamp() for mail in campaigner.mails(group))
        campaigner.behaviour(counters="reset")
        loop = _loop(stage, loop_seconds)
        refused = campaigner.behaviour()["counters"]["throttled"]
    campaigner.remove_people(emails)
    begun = people // size // 5 * size
    per_second = (people - size - begun) / (moments[-1] - moments[begun])
    return Run(rate, people, per_second, counters["throttled"], counters["bulk_calls"], calls, loop, refused)


def _loop(stage: Stage, seconds: float) -> LoopResult:
    environment = stage.environment("send_batch")
    names = environment["SUBSCRIBERS_TABLE"], environment["SENDER"], environment["CONFIGURATION_SET"]
    return Process(environment, send_in_a_loop, *names, seconds).result()


def _plan(campaign: str) -> Counter[str]:
    """Plan a campaign that is held; what was asked of AWS, by call."""
    with Meter().installed() as meter:
        plan(campaign)
    return meter.calls


def plan(campaign: str) -> None:
    """Resume a campaign that is held, and plan it in this process."""
    from handlers import plan_campaign
    from handlers.shared import campaign_wiring

    move = Move(Status.PLANNING, at=iso(utc_now()))
    campaign_wiring.store().move(campaign, {Status.PAUSED}, move)
    plan_campaign.handler({"campaign": campaign}, Context())


def _work(campaign: str) -> Counter[str]:
    """Be one of Lambda's workers until the campaign is over; what was asked of AWS meanwhile, by call."""
    from handlers import send_batch
    from handlers.shared import campaign_wiring

    url, sqs = os.environ["BATCH_QUEUE"], boto3.client("sqs")
    with Meter().installed() as meter:
        while True:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
            if not messages:
                if is_over(campaign_wiring.store(), campaign):
                    return meter.calls
                continue
            hand_over(send_batch.handler, messages)
            done = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in messages]
            sqs.delete_message_batch(QueueUrl=url, Entries=done)


def hand_over(handler: Any, messages: Sequence[dict[str, Any]]) -> None:
    """Call a function as Lambda does for messages of a queue; RuntimeError when it hands any back."""
    records = [{"messageId": message["MessageId"], "body": message["Body"]} for message in messages]
    answer = handler({"Records": records}, Context())
    if answer["batchItemFailures"]:
        raise RuntimeError(json.dumps(answer))


def is_over(store: CampaignStore, campaign: str) -> bool:
    """Whether everybody was sent the campaign."""
    shown = store.get(campaign)
    return shown is not None and shown.status is Status.SENT
