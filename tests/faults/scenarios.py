"""The faults, one scenario each: what goes wrong, and what a person or AWS does about it meanwhile."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.gate import Fault, Harm
from tests.faults.works import CampaignWork, SequenceWork, Work
from tests.local.campaigners import Campaigner

PLAN_STEPS = (
    ("GetItem", "read the campaign"),
    ("UpdateItem", "freeze the audience, note the plan"),
    ("Query", "walk the subscribers"),
)
PLAN_WRITES = (
    ("TransactWriteItems", "write plan rows"),
    ("SendMessageBatch", "hand batches over"),
)
"""Steps that a small campaign takes once."""

SEND_STEPS = (
    ("BatchGetItem", "read the batch, look at its people"),
    ("UpdateItem", "take a turn"),
    ("PutItem", "claim the batch"),
    ("POST /v2/email/outbound-bulk-emails", "hand the emails to SES"),
    ("TransactWriteItems", "record the outcome"),
)


OF_SES: Mapping[str, dict[str, Any]] = {
    "SES throttles calls": {"fault": "throttle_call", "times": 10},
    "SES throttles entries": {"fault": "throttle_entries", "times": 10, "recipients": "*00@*"},
    "SES fails entries": {"fault": "fail_entries", "times": 10, "recipients": "*1@*"},
    "SES answers with an error": {"fault": "server_error", "times": 5, "after": 3},
    "connection lost before acceptance": {"fault": "drop_before", "times": 5, "after": 3},
    "connection lost after acceptance": {"fault": "drop_after", "times": 5, "after": 3},
}
"""What SES or the way to it may do, whatever is being sent."""


@dataclass(frozen=True)
class Scenario:
    """One fault. `gate` are the faults of the functions' calls, `ses` those of SES (`local.ses.behaviour`).

    `meanwhile` runs again and again while the campaign does, with the campaign's id and the number of the round.
    """

    name: str
    gate: Callable[[], list[Fault]] = list
    ses: tuple[dict[str, Any], ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    meanwhile: Callable[[Campaigner, str, int], None] = lambda campaigner, campaign, round_: None
    times: Callable[[int], int] = lambda fired: fired
    harmless: bool = False
    work: Callable[[Campaigner], Work] = CampaignWork


def _killed(function: str, steps: tuple[tuple[str, str], ...], spared: tuple[int, int] = (1, 3)) -> list[Scenario]:
    """The function dies at each step, before the call and after it; each time at another place of the work: so many
    calls are spared."""
    return [
        Scenario(
            f"{function} killed: {what}",
            gate=lambda operation=operation: [
                Fault(Harm.KILL_BEFORE, function, operation, after=spared[0]),
                Fault(Harm.KILL_AFTER, function, operation, after=spared[1]),
            ],
            meanwhile=_restart_planner if function == "plan_campaign" else _nothing,
        )
        for operation, what in steps
    ]


def _nothing(campaigner: Campaigner, campaign: str, round_: int) -> None:
    """Time goes by."""


def _restart_planner(campaigner: Campaigner, campaign: str, round_: int) -> None:
    """What Lambda does by itself when a background invocation failed: try it again, though after minutes."""
    if round_ % 8 == 4:
        campaigner.plan(campaign)


def _plan_at_once(campaigner: Campaigner, campaign: str, round_: int) -> None:
    """Several planners of one campaign at the same time."""
    if round_ in (0, 1, 2):
        planners = [threading.Thread(target=campaigner.plan, args=(campaign,)) for _ in range(3)]
        for planner in planners:
            planner.start()
        for planner in planners:
            planner.join()


def _deliver_twice(campaigner: Campaigner, campaign: str, round_: int) -> None:
    """Every batch is handed over again and again, as SQS may do, so that workers meet."""
    if round_ < 5:
        campaigner.plan(campaign, again_from=1)


def _restore_quota(campaigner: Campaigner, campaign: str, round_: int) -> None:
    """A day goes by."""
    if campaigner.show(campaign)["status"] == "paused":
        campaigner.behaviour(daily_quota=None)


RUN_STEPS = (
    ("Query", "read who is due"),
    ("BatchGetItem", "read their places, look at them"),
    ("UpdateItem", "number a batch, take a turn"),
    ("PutItem", "claim the batch"),
    ("POST /v2/email/outbound-bulk-emails", "hand the emails to SES"),
    ("TransactWriteItems", "plan a batch, record the outcome, go on"),
)
"""Steps of the function that runs sequences."""


def _run_at_once(campaigner: Campaigner, sequence: str, round_: int) -> None:
    """Several runs of one sequence at the same time."""
    if round_ < 5:
        runs = [threading.Thread(target=campaigner.run_sequence, args=(sequence,)) for _ in range(3)]
        for run in runs:
            run.start()
        for run in runs:
            run.join()


def _let_a_day_pass(campaigner: Campaigner, sequence: str, round_: int) -> None:
    """A day goes by; the sequence goes on by itself."""
    if round_ == 4:
        campaigner.behaviour(daily_quota=None)


def _sequence(name: str, **scenario: Any) -> Scenario:
    return Scenario(f"sequence: {name}", work=SequenceWork, **scenario)


SEQUENCES = (
    _sequence("no fault", harmless=True),
    *(
        _sequence(
            f"killed: {what}",
            gate=lambda operation=operation: [
                Fault(Harm.KILL_BEFORE, "run_sequences", operation, after=1),
                Fault(Harm.KILL_AFTER, "run_sequences", operation, after=3),
            ],
        )
        for operation, what in RUN_STEPS
    ),
    _sequence(
        "killed while people enter",
        gate=lambda: [
            Fault(Harm.KILL_BEFORE, "count_subscribers", "TransactWriteItems", after=1),
            Fault(Harm.KILL_AFTER, "count_subscribers", "TransactWriteItems", after=3),
        ],
    ),
    _sequence("times out", gate=lambda: [Fault(Harm.HANG, "run_sequences", "TransactWriteItems", after=3)]),
    _sequence("several runs at once", meanwhile=_run_at_once, times=lambda fired: 15),
    _sequence(
        "DynamoDB refuses calls",
        gate=lambda: [Fault(Harm.REFUSE, "run_sequences", operation, times=12, every=3) for operation, _ in RUN_STEPS],
    ),
    _sequence(
        "DynamoDB's answers are lost",
        gate=lambda: (
            [Fault(Harm.LOSE, "run_sequences", operation, times=6, every=3) for operation, _ in RUN_STEPS[:4]]
            + [Fault(Harm.LOSE, "run_sequences", "TransactWriteItems", times=6, every=3)]
        ),
    ),
    *(_sequence(name, ses=(fault,)) for name, fault in OF_SES.items()),
    _sequence(
        "daily quota reached",
        settings={"daily_quota": 1000, "sent_last_24_hours": 0},
        meanwhile=_let_a_day_pass,
        times=lambda fired: 1,
    ),
)

SCENARIOS = (
    Scenario("no fault", harmless=True),
    *_killed("plan_campaign", PLAN_STEPS),
    *_killed("plan_campaign", PLAN_WRITES, spared=(0, 0)),
    Scenario(
        "plan_campaign times out",
        gate=lambda: [Fault(Harm.HANG, "plan_campaign", "TransactWriteItems")],
        meanwhile=_restart_planner,
    ),
    Scenario("three planners at once", meanwhile=_plan_at_once, times=lambda fired: 9),
    *_killed("send_batch", SEND_STEPS),
    Scenario(
        "send_batch times out",
        gate=lambda: [
            Fault(Harm.HANG, "send_batch", "PutItem", after=5),
            Fault(Harm.HANG, "send_batch", "TransactWriteItems", after=5),
        ],
    ),
    Scenario("every batch delivered several times", meanwhile=_deliver_twice, times=lambda fired: 5),
    Scenario(
        "DynamoDB refuses calls of the planner",
        gate=lambda: [Fault(Harm.REFUSE, "plan_campaign", times=20, every=3)],
        meanwhile=_restart_planner,
    ),
    Scenario(
        "DynamoDB refuses calls of the sender",
        gate=lambda: (
            [Fault(Harm.REFUSE, "send_batch", operation, times=20, every=3) for operation, _ in SEND_STEPS[:3]]
            + [Fault(Harm.REFUSE, "send_batch", "TransactWriteItems", times=12)]
        ),
    ),
    Scenario(
        "DynamoDB's answers are lost on the planner",
        gate=lambda: [Fault(Harm.LOSE, "plan_campaign", times=30, every=3)],
        meanwhile=_restart_planner,
    ),
    Scenario(
        "DynamoDB's answers are lost on the sender",
        gate=lambda: (
            [Fault(Harm.LOSE, "send_batch", step, times=20, every=3) for step, _ in SEND_STEPS[:3]]
            + [Fault(Harm.LOSE, "send_batch", "TransactWriteItems", times=10, every=3)]
        ),
    ),
    *(Scenario(name, ses=(fault,)) for name, fault in OF_SES.items()),
    Scenario(
        "connection lost after acceptance, events late and double",
        ses=(
            {"fault": "drop_after", "times": 5, "after": 3},
            {"fault": "delay_events", "seconds": 5},
            {"fault": "duplicate_events"},
        ),
        times=lambda fired: 5,
    ),
    Scenario(
        "daily quota reached",
        settings={"daily_quota": 1000, "sent_last_24_hours": 0},
        meanwhile=_restore_quota,
        times=lambda fired: 1,
    ),
    *SEQUENCES,
)

EVERYTHING = Scenario(
    "everything at once",
    gate=lambda: [
        Fault(Harm.KILL_AFTER, "plan_campaign", "TransactWriteItems"),
        Fault(Harm.KILL_BEFORE, "send_batch", "POST /v2/email/outbound-bulk-emails", after=1),
        Fault(Harm.KILL_AFTER, "send_batch", "POST /v2/email/outbound-bulk-emails", after=3),
        Fault(Harm.LOSE, "send_batch", "TransactWriteItems", times=3, after=1, every=3),
        Fault(Harm.REFUSE, "send_batch", times=5, every=7),
    ],
    ses=({"fault": "drop_after", "times": 1}, {"fault": "throttle_entries", "times": 2, "recipients": "*00@*"}),
    meanwhile=_restart_planner,
)
"""The worst of all the faults in one campaign, so that a test has it in the time of one."""

EVERYTHING_OF_A_SEQUENCE = _sequence(
    "everything at once",
    gate=lambda: [
        Fault(Harm.KILL_AFTER, "count_subscribers", "TransactWriteItems", after=1),
        Fault(Harm.KILL_AFTER, "run_sequences", "TransactWriteItems", after=2),
        Fault(Harm.KILL_BEFORE, "run_sequences", "POST /v2/email/outbound-bulk-emails", after=2),
        Fault(Harm.KILL_AFTER, "run_sequences", "POST /v2/email/outbound-bulk-emails", after=4),
        Fault(Harm.LOSE, "run_sequences", "TransactWriteItems", times=3, after=4, every=3),
        Fault(Harm.REFUSE, "run_sequences", times=5, every=11),
    ],
    ses=({"fault": "drop_after", "times": 1}, {"fault": "throttle_entries", "times": 2, "recipients": "*00@*"}),
)
"""The same in one sequence."""


def by_name(words: list[str]) -> list[Scenario]:
    """The scenarios whose names hold one of the words; all of them without any."""
    return [scenario for scenario in SCENARIOS if not words or any(word in scenario.name for word in words)]
