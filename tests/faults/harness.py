"""Runs scenarios on a local stack and judges what came of them."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from local.stack import LocalStack
from tests.faults.gate import Gate
from tests.faults.scenarios import Scenario
from tests.faults.works import Work
from tests.local.campaigners import Campaigner

FUNCTION_SECONDS = 40
"""Time-out of functions under test, so that a hanging one is over soon; they begin nothing in their last 30 seconds."""

PATIENCE_SECONDS = 400.0
ROUND_SECONDS = 0.5
SWEEP_EVERY = 6
"""Rounds between two sweeps; on AWS a schedule does it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one campaign or sequence."""

    injected: int
    wanted: bool
    """Whether anything had to be injected."""
    duplicates: int
    lost: int
    status: str
    sums_agree: bool
    seconds: float

    @property
    def is_good(self) -> bool:
        """The fault struck, everybody got each email exactly once all the same, and the work says so."""
        nobody_wronged = self.duplicates == 0 and self.lost == 0
        struck = self.injected > 0 or not self.wanted
        return struck and nobody_wronged and self.status == "sent" and self.sums_agree

    def figures(self) -> tuple[object, ...]:
        status = self.status if self.sums_agree else f"{self.status}?"
        return self.injected, self.duplicates, self.lost, status, f"{self.seconds:.0f}"


class Harness:
    """A stack whose functions go through the gate, until the harness is left.

    `redelivery` and `grace` are the seconds after which SQS delivers again what a dead function had taken, and after
    which the engine looks at what became of it: short ones make a short test, though SQS then delivers twice what a
    slow function is still at.
    """

    def __init__(self, stack: LocalStack, redelivery: int = 45, grace: int = 20) -> None:
        self._stack = stack
        self._redelivery = redelivery
        self._grace = grace
        self._gate = Gate()
        self._campaigner = Campaigner(stack)
        self._runs = 0

    def __enter__(self) -> Self:
        self._undo = ExitStack()
        self._undo.callback(self._gate.close)
        for function in ("plan_campaign", "send_batch", "count_subscribers", "run_sequences"):
            self._lead_through_gate(function)
        queues = self._stack.cloud.client("sqs")
        for url in queues.list_queues(QueueNamePrefix="email-list-local-batches")["QueueUrls"]:
            self._deliver_again_soon(url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def run(self, scenario: Scenario, people: int) -> Outcome:
        """One campaign or sequence under one fault, to people of its own."""
        self._runs += 1
        group = f"fault{self._runs:02d}"
        work = scenario.work(self._campaigner)
        faults = self._gate.faults = scenario.gate()
        started = time.monotonic()
        settings = {"daily_quota": None, **scenario.settings, "faults": list(scenario.ses), "counters": "reset"}
        self._campaigner.behaviour(**settings)
        # Emails would go one by one for an hour after bulk calls were refused, and pass by what is to strike now.
        self._campaigner.forget_line()
        emails = work.begin(group, people)
        self._wait(work, scenario)
        fired = sum(fault.fired for fault in faults)
        fired += sum(fault["fired"] for fault in self._campaigner.behaviour()["faults"])
        self._gate.faults = []
        self._campaigner.behaviour(faults=[], daily_quota=None)
        received = work.received(group)
        status, sums_agree = work.result(people)
        outcome = Outcome(
            injected=scenario.times(fired),
            wanted=not scenario.harmless,
            duplicates=sum(count - 1 for count in received.values()),
            lost=len(emails) * work.mails - len(received),
            status=status,
            sums_agree=sums_agree,
            seconds=time.monotonic() - started,
        )
        self._campaigner.remove_people(emails)
        self._let_events_come_in()
        return outcome

    def _let_events_come_in(self) -> None:
        """Wait until SES has told all it has to tell, so that no fault meets the backlog of another."""
        before = None
        while (now := self._campaigner.behaviour()["counters"]) != before:
            before = now
            time.sleep(1)

    def _wait(self, work: Work, scenario: Scenario) -> None:
        """Until the work is over, or patience is."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        round_ = 0
        while time.monotonic() < deadline:
            if work.is_over():
                return
            scenario.meanwhile(self._campaigner, work.id, round_)
            if round_ % SWEEP_EVERY == SWEEP_EVERY - 1:
                work.help()
            round_ += 1
            time.sleep(ROUND_SECONDS)

    def _deliver_again_soon(self, queue: str) -> None:
        queues, name = self._stack.cloud.client("sqs"), "VisibilityTimeout"
        before = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"]
        queues.set_queue_attributes(QueueUrl=queue, Attributes={name: str(self._redelivery)})
        self._undo.callback(queues.set_queue_attributes, QueueUrl=queue, Attributes={name: before[name]})

    def _lead_through_gate(self, function: str) -> None:
        client, name = self._stack.cloud.client("lambda"), self._campaigner.function_name(function)
        before = client.get_function_configuration(FunctionName=name)
        variables = before["Environment"]["Variables"]
        emulator, ses = self._stack.outputs["emulator_url"], self._stack.ses.url
        changes = {
            "AWS_ENDPOINT_URL_DYNAMODB": self._gate.door(function, emulator),
            "AWS_ENDPOINT_URL_SQS": self._gate.door(function, emulator),
            "AWS_ENDPOINT_URL_SESV2": self._gate.door(function, ses),
            "SETTLEMENT_GRACE_SECONDS": str(self._grace),
        }
        configure = partial(client.update_function_configuration, FunctionName=name)
        configure(Timeout=FUNCTION_SECONDS, Environment={"Variables": variables | changes})
        self._undo.callback(configure, Timeout=before["Timeout"], Environment={"Variables": variables})
