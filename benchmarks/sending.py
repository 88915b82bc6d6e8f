"""Sending: how much of the account's rate is used by workers with Lambda's share of a processor, and by two plain ways.

The functions that send run in processes of their own, each held to the share that the deployed function's memory
gives it, from the local stack's queue and ledger to the SES stand-in, which takes some time for a call and refuses what
is over the rate. Meanwhile people sign up, and how long each waits for the confirmation is measured. The plain ways, a
loop and a pool of threads over SendEmail, send to the same people through the same SES.
"""

import importlib
import json
import math
import os
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import requests

from benchmarks import engine
from benchmarks.baseline import FUNCTION_SECONDS, PlainResult, send_in_a_loop, send_in_threads
from benchmarks.figures import Aim, Figure, Findings
from benchmarks.meter import Meter
from benchmarks.share import can_hold, held_to, share
from benchmarks.stage import Context, Process, Stage
from email_list.campaigns.campaign import Status
from email_list.campaigns.pace import BATCH_SHARE, campaign_rate
from email_list.campaigns.store import CampaignStore, Move
from email_list.clock import iso, utc_now

WORKERS = 2
"""As `sendConcurrency` is by default."""

SIGNUPS_A_SECOND = 1.0
UNBOUNDED_GUESS = 600
SES_ALONE = {"fault": "lose_events"}
"""What SES reports is measured elsewhere, and would take this machine's time here."""


@dataclass(frozen=True)
class Plan:
    """One measurement: the account's rate (None for one without a bound), SES's time for a call, and seconds of sending
    by the product and by a plain way, which at a rate that it reaches must first use up what SES takes at once."""

    rate: float | None
    latency_ms: int = 60
    seconds: float = 20
    plain_seconds: float = 10

    @property
    def name(self) -> str:
        at = "unbounded" if self.rate is None else f"{self.rate:.0f}/s"
        return at if self.latency_ms == 60 else f"{at} and {self.latency_ms} ms"


PLANS = (
    Plan(14, seconds=25, plain_seconds=30),
    Plan(100),
    Plan(500),
    Plan(None, seconds=10),
    Plan(100, latency_ms=5),
    Plan(100, latency_ms=150),
)
"""60 ms is what the SES stand-in takes by default; no source says what SES takes, so that a tenth and twice as much
stand beside it."""


@dataclass(frozen=True)
class Work:
    """What one process did: calls to AWS by name, and seconds of a processor."""

    calls: Counter[str] = field(default_factory=Counter)
    processor: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.calls + other.calls, self.processor + other.processor)


@dataclass(frozen=True)
class Run:
    """What came of one plan."""

    plan: Plan
    people: int
    per_second: float
    throttled: int
    bulk_calls: int
    planning: Work
    sending: Work
    waits: Sequence[float]
    loop: PlainResult
    threads: PlainResult


def run() -> Findings:
    """Campaigns and plain ways at every rate, and the engine's calls for campaigns of very different sizes."""
    held = can_hold()
    with Stage("send_confirmation") as stage:
        runs = [_measure(stage, plan, held) for plan in PLANS]
        memory = _memory(stage)
    figures = [figure for one in runs for figure in _figures(one)]
    growth, curve = engine.calls_by_size()
    reach = max(run.loop.per_second for run in runs) * FUNCTION_SECONDS
    figures += [*growth, Figure("recipients until the plain function's time is up", reach)]
    bounded = [(run.plan.rate, run) for run in runs if run.plan.rate and run.plan.latency_ms == 60]
    curves = {
        "used": [[rate, run.per_second / rate] for rate, run in bounded],
        "used by a loop": [[rate, run.loop.per_second / rate] for rate, run in bounded],
        "used by threads": [[rate, run.threads.per_second / rate] for rate, run in bounded],
        **curve,
    }
    calls = {run.plan.name: dict((run.planning + run.sending).calls) for run in runs}
    return Findings(figures, curves, {"calls": calls, "held to Lambda's share": held, "memory": memory})


def _figures(one: Run) -> list[Figure]:
    name, rate = one.plan.name, one.plan.rate
    work = one.planning + one.sending
    figures = []
    if rate is None:
        figures.append(Figure("recipients a second, unbounded", one.per_second, plain=one.threads.per_second))
    else:
        tried = one.people + one.throttled
        figures += [
            Figure(
                f"used of the account's rate at {name}",
                one.per_second / rate,
                plain=one.loop.per_second / rate,
                aim=Aim(least=0.97),
            ),
            Figure(f"used by threads at {name}", one.threads.per_second / rate),
            Figure(
                f"throttled share at {name}", one.throttled / tried, plain=one.threads.throttled, aim=Aim(most=0.01)
            ),
            Figure(
                f"confirmation accepted within, 99 of 100, at {name}",
                _percentile(one.waits, 0.99),
                "s",
                aim=Aim(most=3),
            ),
        ]
    aim = Aim(least=40) if rate is None or rate >= 100 else None
    per_call = one.people / one.bulk_calls
    thousand = 1000 / one.people
    figures += [
        Figure(f"recipients an SES call at {name}", per_call, plain=1, aim=aim, exact=True),
        Figure(
            f"AWS calls for 1,000 recipients at {name}",
            thousand * work.calls.total(),
            plain=one.loop.calls_per_thousand,
            aim=Aim(most=160) if one.plan == Plan(100) else None,
        ),
        Figure(f"processor for a recipient, planned, at {name}", thousand * one.planning.processor, "ms"),
        Figure(
            f"processor for a recipient, sent, at {name}",
            thousand * one.sending.processor,
            "ms",
            plain=one.threads.processor_ms,
        ),
    ]
    return figures


def _measure(stage: Stage, plan: Plan, held: bool) -> Run:
    campaigner = stage.campaigner
    rate = campaign_rate(plan.rate) if plan.rate else UNBOUNDED_GUESS
    size = max(1, min(50, int(rate * BATCH_SHARE)))
    people = size * math.ceil(rate * plan.seconds / size)
    group = f"rate{plan.rate or 0:.0f}-{plan.latency_ms}"
    emails = campaigner.add_people(group, people)
    sending = stage.environment("send_batch")
    with campaigner.ses(rate_per_second=plan.rate, latency_ms=plan.latency_ms, faults=[SES_ALONE]):
        campaign = campaigner.create(group, hold=True)
        planner = {**stage.environment("plan_campaign"), **sending}
        planned = Process(planner, _plan, campaign, _processors(stage, "plan_campaign", held)).result()
        campaigner.behaviour(counters="reset")
        workers = [Process(planner, _work, campaign, _processors(stage, "send_batch", held)) for _ in range(WORKERS)]
        confirmed = _sign_up(stage, group, 0.8 * plan.seconds, _processors(stage, "send_confirmation", held))
        sent = sum((worker.result() for worker in workers), Work())
        counters = campaigner.behaviour()["counters"]
        campaigner.assert_exactly_one_mail_each(group, emails, campaign)
        moments = sorted(datetime.fromisoformat(mail["sent_at"]).timestamp() for mail in campaigner.mails(group))
        names = sending["SUBSCRIBERS_TABLE"], stage.list_document()["sender"], sending["CONFIGURATION_SET"]
        plain = [
            Process(sending, way, *names, plan.plain_seconds).result() for way in (send_in_a_loop, send_in_threads)
        ]
    campaigner.remove_people(emails)
    begun = people // size // 5 * size
    first, last = moments[begun], moments[-1]
    between = sum(first <= accepted < last for _, accepted in confirmed)
    per_second = (people - size - begun + between) / (last - first)
    waits = [accepted - asked for asked, accepted in confirmed]
    calls = counters["bulk_calls"]
    return Run(plan, people, per_second, counters["throttled"], calls, planned, sent, waits, *plain)


def _memory(stage: Stage) -> dict[str, int]:
    return {name: stage.memory(name) for name in ("plan_campaign", "send_batch", "send_confirmation")}


def _processors(stage: Stage, function: str, held: bool) -> float | None:
    return share(stage.memory(function)) if held else None


def _held(processors: float | None) -> Any:
    return nullcontext() if processors is None else held_to(processors)


def _percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[math.ceil(part * len(values)) - 1]


def _sign_up(stage: Stage, group: str, seconds: float, processors: float | None) -> Sequence[tuple[float, float]]:
    """Let people sign up at a steady pace; the moment of each request, and that at which SES accepted the email."""
    count = max(1, round(seconds * SIGNUPS_A_SECOND))
    worker = Process(stage.environment("send_confirmation"), _confirm, count, stage.queue("signups"), processors)
    url, asked = stage.stack.outputs["subscribe_url"], {}

    def ask(number: int) -> None:
        email = f"signup-{group}-{number}@example.org"
        asked[email] = time.time()
        answer = requests.post(url, json={"email": email}, timeout=60)
        if answer.status_code != 202:
            raise RuntimeError(f"not taken: {answer.status_code} {answer.text}")

    with ThreadPoolExecutor(4) as pool:
        begun = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, begun + number / SIGNUPS_A_SECOND - time.monotonic()))
            pool.submit(ask, number)
    worker.result()
    mails = {mail["to"][0]: mail["sent_at"] for mail in stage.campaigner.mails(f"signup-{group}")}
    return [(moment, datetime.fromisoformat(mails[email]).timestamp()) for email, moment in asked.items()]


def _confirm(count: int, url: str, processors: float | None) -> None:
    """Be the worker that sends confirmations until so many are sent."""
    from handlers import send_confirmation

    sqs, done = boto3.client("sqs"), 0
    with _held(processors):
        while done < count:
            for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
                record = {"messageId": message["MessageId"], "body": message["Body"]}
                send_confirmation.handler({"Records": [record]}, Context())
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                done += 1


def _plan(campaign: str, processors: float | None) -> Work:
    """Plan a campaign that is held."""
    importlib.import_module("handlers.plan_campaign")
    with _held(processors), Meter().installed() as meter:
        plan(campaign)
    return Work(meter.calls, meter.processor)


def plan(campaign: str) -> None:
    """Resume a campaign that is held, and plan it in this process."""
    from handlers import plan_campaign
    from handlers.wiring import engine

    move = Move(Status.PLANNING, at=iso(utc_now()))
    engine.store().move(campaign, {Status.PAUSED}, move)
    plan_campaign.handler({"campaign": campaign}, Context())


def _work(campaign: str, processors: float | None) -> Work:
    """Be one of Lambda's workers until the campaign is over."""
    from handlers import send_batch
    from handlers.wiring import engine

    url, sqs = os.environ["BATCHES_QUEUE"], boto3.client("sqs")
    with _held(processors), Meter().installed() as meter:
        while True:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
            if not messages:
                if is_over(engine.store(), campaign):
                    break
                continue
            hand_over(send_batch.handler, messages)
            done = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in messages]
            sqs.delete_message_batch(QueueUrl=url, Entries=done)
    return Work(meter.calls, meter.processor)


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
