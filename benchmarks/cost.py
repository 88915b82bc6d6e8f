"""What a million emails cost besides SES's own fee, by service.

Two things are measured and then priced. A campaign is planned and sent by the product's functions on the local stack,
with every call counted: what that costs is the same for each batch. And SES's events about a campaign of 100,000 are
taken in by the product's own code in memory, with stores that count units as DynamoDB would; the same code over the
real adapters, on the local stack, must come to the same.
"""

import json
import math
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import boto3

from benchmarks import prices
from benchmarks.arriving import RECEIVED_AT_ONCE, Mailing, document, handed_over, receives
from benchmarks.figures import Aim, Figure, Findings
from benchmarks.meter import READ, WRITE, Meter, size
from benchmarks.sending import SES_ALONE, WORKERS, hand_over, is_over, plan
from benchmarks.stage import Context, Process, Stage
from contract import MAX_DESTINATIONS
from email_list.aws.dynamodb import MAX_KEYS
from email_list.campaigns.feedback import Change, Row
from email_list.campaigns.ledger import LEDGER_KEPT, Batch, Outcome, State
from email_list.campaigns.pace import BATCH_SHARE, campaign_rate
from email_list.campaigns.settlement import Settlement
from email_list.campaigns.watching import Limits, Seen, Watch
from email_list.events import interest
from email_list.events.cleaning import Cleaner
from email_list.events.intake import Intake
from email_list.events.recording import Recorder
from email_list.metrics import Metrics
from tests.unit.domain.campaign_world import FakeStore
from tests.unit.domain.feedback_world import FakeFeedback

MAILS = 100_000
"""Recipients of the campaign that is taken for the price of a million emails; opens in larger ones cost less."""

RATES = (14.0, 100.0, 500.0)
USUAL = 100.0
CASES: Mapping[str, tuple[bool, bool]] = {
    "no deliveries": (False, False),
    "deliveries": (True, False),
    "deliveries, opens, clicks": (True, True),
}
"""What SES reports besides what the ledger needs: each delivery, and each open and click."""

TRACKED_CASE = "deliveries, opens, clicks"
SENT_HERE = {14.0: 160, 100.0: 5000}
"""Recipients of the metered campaigns."""

DAYS_OF_A_MONTH = 365 / 12

FIREHOSE_FILES_A_MINUTE = 1.0
"""With the shortest buffer that is not one file for each handful of events."""

CALL_SECONDS = 0.005
"""What a function is taken to wait for a call to DynamoDB on AWS."""

LOG_BYTES_OF_A_BATCH = 400
"""The line "batch sent"; Lambda's own lines are off (`system_log_level`)."""

Dollars = Mapping[str, float]
"""By service, for one email."""


# Sending, on the local stack


@dataclass(frozen=True)
class Metered:
    """What work asked of AWS, and how long this processor was at it."""

    calls: Counter[str]
    units: Mapping[str, float]
    processor_seconds: float


@dataclass(frozen=True)
class Memory:
    """Gigabytes of the functions that send and that take events in, as they are declared."""

    sending: float
    recording: float


def _send(campaign: str) -> Metered:
    """Plan a campaign that is held, and send it, in this process."""
    from handlers import send_batch
    from handlers.wiring import engine

    store, url, sqs = engine.store(), os.environ["BATCHES_QUEUE"], boto3.client("sqs")
    with Meter().installed() as meter:
        plan(campaign)
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            hand_over(send_batch.handler, messages)
            done = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in messages]
            sqs.delete_message_batch(QueueUrl=url, Entries=done)
    if not is_over(store, campaign):
        raise RuntimeError(f"not sent: {store.get(campaign)}")
    return Metered(meter.calls, meter.units, meter.processor)


def _metered_campaign(stage: Stage, rate: float, people: int) -> tuple[str, Metered]:
    """A campaign that was sent, and what that asked of AWS."""
    group = _group(rate)
    stage.campaigner.add_people(group, people)
    with stage.campaigner.ses(rate_per_second=rate, faults=[SES_ALONE]):
        campaign = stage.campaigner.create(group, hold=True)
        environment = {**stage.environment("plan_campaign"), **stage.environment("send_batch")}
        return campaign, Process(environment, _send, campaign).result()


def _group(rate: float) -> str:
    return f"cost{rate:.0f}"


def _stored(stage: Stage, campaign: str) -> int:
    """Bytes that DynamoDB charges for, of all that is kept of a campaign's recipients and what became of them."""
    scan = stage.stack.cloud.client("dynamodb").get_paginator("scan")
    pages = scan.paginate(TableName=stage.stack.outputs["campaigns_table"])
    items = (item for page in pages for item in page["Items"])
    return sum(
        size(item) + prices.ITEM_OVERHEAD for item in items if item["pk"]["S"].startswith(f"CAMPAIGN#{campaign}#")
    )


def _price_of_keeping(stored: int, people: int) -> float:
    """Per email, until its rows go by themselves."""
    months = LEDGER_KEPT.days / DAYS_OF_A_MONTH
    return stored / 1e9 * months * (prices.DYNAMODB_GB + prices.DYNAMODB_BACKUP_GB) / people


def _price_of_sending(metered: Metered, people: int, rate: float, memory: Memory) -> dict[str, float]:
    """Per email. Workers run for as long as the campaign lasts, whatever they wait for."""
    lasts = people / campaign_rate(rate)
    invocations = math.ceil(people / batch_size(rate) / RECEIVED_AT_ONCE)
    gigabyte_seconds = WORKERS * memory.sending * lasts
    dollars = {
        "sqs": prices.SQS_REQUEST * sum(count for name, count in metered.calls.items() if name.startswith("sqs:")),
        "dynamodb": _units(metered.units),
        "lambda": prices.LAMBDA_REQUEST * invocations + prices.LAMBDA_GB_SECOND * gigabyte_seconds,
        "logs": prices.LOG_GB / 1e9 * LOG_BYTES_OF_A_BATCH * people / batch_size(rate),
    }
    return {service: amount / people for service, amount in dollars.items()}


def batch_size(rate: float) -> int:
    """Recipients of one batch at an account's rate."""
    return max(1, min(MAX_DESTINATIONS, int(campaign_rate(rate) * BATCH_SHARE)))


# Events, in memory


@dataclass
class Units:
    """Calls to DynamoDB, and the units they cost."""

    calls: int = 0
    units: dict[str, float] = field(default_factory=lambda: {READ: 0.0, WRITE: 0.0})

    def add(self, kind: str, amount: float, calls: int = 1) -> None:
        self.calls += calls
        self.units[kind] += amount


class PricedFeedback(FakeFeedback):
    """Feedback rows; those of 50 recipients have less than 1 KB."""

    def __init__(self, units: Units) -> None:
        super().__init__()
        self._units = units

    def rows(self, campaign_id: str, numbers: Collection[int]) -> Mapping[int, Row]:
        self._units.add(READ, len(numbers), math.ceil(len(numbers) / MAX_KEYS))
        return super().rows(campaign_id, numbers)

    def save(self, campaign_id: str, changed: Sequence[Change]) -> bool:
        self._units.add(WRITE, 2 * (len(changed) + 1))
        self._units.units[READ] -= len(changed)
        self._units.calls -= math.ceil(len(changed) / MAX_KEYS)
        return super().save(campaign_id, changed)

    def results(self, campaign_id: str) -> Any:
        self._units.add(READ, 1)
        return super().results(campaign_id)

    def watched(self, campaign_id: str) -> Seen:
        self._units.add(READ, 1)
        return Seen()

    def set_watched(self, campaign_id: str, seen: Seen) -> None:
        self._units.add(WRITE, 1)


class PricedCampaigns(FakeStore):
    """A ledger in which every batch is done, as it is when its events come."""

    def __init__(self, units: Units, size: int) -> None:
        super().__init__()
        self._units = units
        self._size = size

    def get(self, campaign_id: str) -> Any:
        self._units.add(READ, 1)
        return super().get(campaign_id)

    def batches(self, campaign_id: str, numbers: Iterable[int]) -> Mapping[int, Batch]:
        found = {number: Batch(number, Outcome.SENT.value * self._size, State.DONE, revision=2) for number in numbers}
        self._units.add(READ, len(found), math.ceil(len(found) / MAX_KEYS))
        return found

    def tally(self, campaign_id: str) -> Any:
        self._units.add(READ, 1)
        return super().tally(campaign_id)

    def note_events(self, campaign_id: str, until: str) -> None:
        self._units.add(WRITE, 1)
        super().note_events(campaign_id, until)


class PricedPeople:
    """`cleaning.People`, of whom nobody has bounced before, and `interest.People`. Their table has an index, which a
    new status changes."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._days: dict[str, Mapping[str, str]] = {}

    def bounced(self, email: str, sent_at: str, at: str, reason: str) -> bool:
        self._units.add(WRITE, 3)
        return True

    def complained(self, email: str, at: str, reason: str) -> bool:
        return self.bounced(email, at, at, reason)

    def unsubscribe(self, email: str, at: str, reason: str = "", by: str = "subscriber") -> bool:
        return self.bounced(email, at, at, reason)

    def soft_bounced(self, email: str, sent_at: str, message: str) -> int:
        self._units.add(WRITE, 2)
        return 1

    def soft_bouncing(self, emails: Sequence[str]) -> Mapping[str, Sequence[str]]:
        if emails:
            self._units.add(READ, 0.5 * len(emails), math.ceil(len(emails) / MAX_KEYS))
        return {}

    def forget_soft_bounces(self, email: str, mails: Sequence[str]) -> None:
        self._units.add(WRITE, 2)

    def interest(self, emails: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        self._units.add(READ, 0.5 * len(emails), math.ceil(len(emails) / MAX_KEYS))
        return {email: self._days.get(email, {}) for email in emails}

    def interested(self, email: str, days: Mapping[str, str]) -> None:
        self._units.add(WRITE, 2)
        self._days[email] = {**self._days.get(email, {}), **days}


@dataclass(frozen=True)
class Taken:
    """What taking in a campaign's events cost."""

    events: int
    receives: int
    invocations: int
    deletes: int
    units: Units
    minutes: float
    """From the first event to the last."""


@dataclass(frozen=True)
class Effort:
    """Seconds of this processor that `record_event` takes for an invocation, and for each event in it."""

    invocation: float
    event: float

    def of(self, taken: Taken) -> float:
        return self.invocation * taken.invocations + self.event * taken.events


def _effort(one: tuple[Taken, Metered], other: tuple[Taken, Metered]) -> Effort:
    """What explains the times of two runs that have more and fewer events in an invocation."""
    (first, at_first), (second, at_second) = one, other
    determinant = first.invocations * second.events - second.invocations * first.events
    invocation = at_first.processor_seconds * second.events - at_second.processor_seconds * first.events
    event = first.invocations * at_second.processor_seconds - second.invocations * at_first.processor_seconds
    return Effort(max(0.0, invocation / determinant), max(0.0, event / determinant))


def take_in(mailing: Mailing) -> Taken:
    """Let the product's own code take in all events of a campaign, as Lambda hands them over."""
    units = Units()
    campaigns, feedback = PricedCampaigns(units, mailing.batch), PricedFeedback(units)
    people = PricedPeople(units)
    limits = Limits(bounce_percent=4, complaint_percent=0.08, minimum_mails=500)
    watch = Watch(campaigns, feedback, limits, Metrics("benchmark", lambda line: None))
    cleaner = Cleaner(people, 5 if mailing.deliveries else None)
    note_interest = partial(interest.note, people=people, asked=False)
    intake = Intake(Settlement(campaigns), Recorder(feedback), cleaner, note_interest, watch, lambda message: None)
    arriving = mailing.events()
    invocations = deletes = 0
    for batch in handed_over(arriving):
        intake.take(batch)
        invocations += 1
        deletes += math.ceil(len(batch) / RECEIVED_AT_ONCE)
    if feedback.sums(mailing.campaign) != feedback.recount(mailing.campaign):
        raise RuntimeError("the sums are not what a recount gives")
    minutes = (arriving[-1][0] - arriving[0][0]) / 60
    return Taken(len(arriving), receives(arriving), invocations, deletes, units, minutes)


def _price_of_events(taken: Taken, mails: int, effort: Effort, memory: Memory) -> dict[str, float]:
    """Per email."""
    working = effort.of(taken) * prices.LAMBDA_GB_OF_A_PROCESSOR
    waiting = CALL_SECONDS * taken.units.calls * memory.recording
    dollars = {
        "sns": prices.SNS_PUBLISH * taken.events,
        "sqs": prices.SQS_REQUEST * (taken.events + taken.receives + taken.deletes),
        "dynamodb": _units(taken.units.units),
        "lambda": prices.LAMBDA_REQUEST * taken.invocations + prices.LAMBDA_GB_SECOND * (working + waiting),
    }
    return {service: amount / mails for service, amount in dollars.items()}


def ways_of_events(taken: Taken, sends: int) -> Mapping[str, float]:
    """Dollars for one event on its way from SES to the function that takes it in, by each way there is.

    A filter of SNS holds the Send events back after SNS has charged for them. Firehose puts what comes within a minute
    into a file, which S3 tells a queue of.
    """
    through_queue = prices.SQS_REQUEST * (taken.events + taken.receives + taken.deletes) / taken.events
    files = FIREHOSE_FILES_A_MINUTE * taken.minutes
    of_a_file = prices.S3_PUT + prices.S3_GET + 3 * prices.SQS_REQUEST
    return {
        "SNS and SQS": prices.SNS_PUBLISH + through_queue,
        "SNS, Send events filtered out, and SQS": prices.SNS_PUBLISH + through_queue * (1 - sends / taken.events),
        "Firehose and files": prices.FIREHOSE_GB * prices.FIREHOSE_RECORD / 1e9 + files * of_a_file / taken.events,
        "EventBridge and SQS": prices.EVENTBRIDGE_EVENT + through_queue,
    }


def _units(units: Mapping[str, float]) -> float:
    return prices.DYNAMODB_READ * units[READ] + prices.DYNAMODB_WRITE * units[WRITE]


# The same events, by the real adapters


def _record(batches: Sequence[Sequence[dict[str, Any]]]) -> Metered:
    """Let `record_event` take in batches of events in this process."""
    from handlers import record_event

    with Meter().installed() as meter:
        for batch in batches:
            records = [
                {"messageId": str(number), "body": json.dumps(document_)} for number, document_ in enumerate(batch)
            ]
            answer = record_event.handler({"Records": records}, Context())
            if answer["batchItemFailures"]:
                raise RuntimeError(json.dumps(answer))
    return Metered(meter.calls, meter.units, meter.processor)


def _on_the_stack(stage: Stage, mailing: Mailing) -> Metered:
    batches = [[document(event) for event in batch] for batch in handed_over(mailing.events())]
    return Process(stage.environment("record_event"), _record, batches).result()


# All of it


def run() -> Findings:
    """Dollars per million emails, by what SES reports and by rate."""
    with Stage(trackEngagement="everybody") as stage:
        sent: dict[float, Metered] = {}
        for rate, people in SENT_HERE.items():
            campaign, sent[rate] = _metered_campaign(stage, rate, people)
        declared = Memory(*(stage.memory(name) / 1024 for name in ("send_batch", "record_event")))
        # Nobody bounces, which would change people: what their index costs is something that no answer tells. That the
        # day of an open or click changes it as well is why the stores count more writes.
        same = Mailing(people, rate, batch_size(rate), True, True, campaign, bounced=0.0, group=_group(rate))
        stack = _on_the_stack(stage, same)
        unread = replace(same, reads=False)
        effort = _effort((take_in(same), stack), (take_in(unread), _on_the_stack(stage, unread)))
        keeping = _price_of_keeping(_stored(stage, campaign), people)
    memory = take_in(same)
    costs: dict[str, Dollars] = {}
    for rate in RATES:
        metered_at = rate if rate in SENT_HERE else USUAL
        sending = _price_of_sending(sent[metered_at], SENT_HERE[metered_at], rate, declared)
        sending["storage"] = keeping
        for case, (deliveries, reads) in CASES.items():
            mailing = Mailing(MAILS, rate, batch_size(rate), deliveries, reads)
            events = _price_of_events(take_in(mailing), MAILS, effort, declared)
            costs[f"{case}, {rate:.0f}/s"] = {
                service: sending.get(service, 0.0) + events.get(service, 0.0) for service in prices.SERVICES
            }
    millions = {
        name: {service: round(prices.MILLION * dollars[service], 3) for service in prices.SERVICES}
        for name, dollars in costs.items()
    }
    counted = {
        f"{rate:.0f}/s": {"recipients": SENT_HERE[rate], **sent[rate].calls, **sent[rate].units} for rate in sent
    }
    taken = take_in(Mailing(MAILS, USUAL, batch_size(USUAL), True, False))
    processor = sent[USUAL].processor_seconds / SENT_HERE[USUAL] + effort.of(taken) / MAILS
    an_email = Figure("processor for an email, planned, sent and its events", 1000 * processor, "ms", aim=Aim(most=1))
    return Findings(
        [*_figures(costs, memory.units, stack), *_ways(ways_of_events(taken, MAILS)), an_email],
        notes={"dollars for a million": millions, "counted": counted, "seconds of record_event": asdict(effort)},
    )


def _ways(ways: Mapping[str, float]) -> list[Figure]:
    now = ways["SNS and SQS"]
    return [
        Figure(f"a million events through {way}", prices.MILLION * dollars, "$", plain=prices.MILLION * now)
        for way, dollars in ways.items()
    ]


def _figures(costs: Mapping[str, Dollars], memory: Units, stack: Metered) -> list[Figure]:
    figures = []
    for case in CASES:
        dollars = costs[f"{case}, {USUAL:.0f}/s"]
        for service, name in prices.SERVICES.items():
            figures.append(Figure(f"{name}, {case}", prices.MILLION * dollars[service], "$ a million"))
        figures.append(Figure(f"all but SES, {case}", prices.MILLION * sum(dollars.values()), "$ a million"))
    for case in CASES:
        aim = Aim(most=5 if case == TRACKED_CASE else 2)
        for rate in RATES:
            total = sum(costs[f"{case}, {rate:.0f}/s"].values())
            for accounts, fee in prices.SES_MAIL.items():
                name = f"of SES's fee, {accounts}, {case}, {rate:.0f}/s"
                figures.append(Figure(name, 100 * total / fee, "%", aim=aim if rate == USUAL else None))
    for kind in (WRITE, READ):
        figures.append(
            Figure(f"{kind} units of the same events, in memory", memory.units[kind], plain=stack.units[kind])
        )
    return figures
