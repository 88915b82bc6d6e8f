"""What a stack costs in a month in which nothing is sent, from the resources that it declares.

Everything a stack declares is either priced here or said to be free while it rests: a type that is neither is an error,
so that nothing new costs money unseen (`tests/unit/components/test_idle_cost.py`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks import prices
from benchmarks.declared import declared
from benchmarks.figures import Aim, Figure, Findings
from tests.unit.components.recording import Declared, Deployment

PEOPLE = 10_000
BYTES_OF_A_PERSON = 1500
"""A row with consent and attributes and its two copies in indexes, at most; their backup holds the row alone."""

BYTES_OF_A_PLACE = 1000
"""A place in a sequence with three emails sent, its entry in the index, and what each is charged for beside its own
bytes, at most. It stays when its person is through."""

HOURS = 730
POLLS_AN_HOUR = 3600 / 20
"""Of one poller: a poll of an empty queue waits for 20 seconds (SQS developer guide, "Amazon SQS short and long
polling")."""

POLLERS, POLLERS_OF_A_BOUNDED_QUEUE = 2, 5
"""Lambda scales down to two where nothing bounds it, else to five (Lambda developer guide, "Configuring scaling
behavior for SQS event source mappings")."""

RUN_SECONDS = 1.0
"""What a scheduled run that finds nothing to do takes, generously."""

UNITS_OF_A_RUN = 10
"""Read units, generously."""

MAX_DASHBOARD = 50
"""Metrics on a dashboard that is among the free ones."""

FREE_WHILE_IDLE: Mapping[str, str] = {
    "aws:apigatewayv2/": "by request",
    "aws:cloudwatch/logGroup:": "by what is written",
    "aws:iam/": "free",
    "aws:lambda/function:": "by invocation; those that schedules start are counted with the schedules",
    "aws:lambda/functionEventInvokeConfig:": "free",
    "aws:lambda/functionRecursionConfig:": "free",
    "aws:lambda/invocation:": "at up and destroy alone",
    "aws:lambda/permission:": "free",
    "aws:cloudfront/": "by request and by what is transferred",
    "aws:s3/": "files are forgotten after a day; a hundred pictures of 250 KB cost 0.06 cents",
    "aws:scheduler/scheduleGroup:": "free",
    "aws:sesv2/": "by email",
    "aws:sns/": "by message",
    "aws:sqs/": "by request; those of Lambda's pollers are counted with the event source mappings",
    "aws:ssm/parameter:": "standard parameters are free, and read when a function starts",
    "pulumi:": "nothing of AWS",
    "random:": "nothing of AWS",
    "email-list:": "a group of others",
}
"""Types, by how they begin, and why they cost nothing while nothing happens."""

ALARM, MAPPING = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:lambda/eventSourceMapping:EventSourceMapping"
SCHEDULE, TABLE = "aws:scheduler/schedule:Schedule", "aws:dynamodb/table:Table"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
COUNTED = {ALARM, MAPPING, SCHEDULE, TABLE, DASHBOARD}


@dataclass(frozen=True)
class Item:
    """One line of the bill: how many, what each costs, and how many are free for ever."""

    name: str
    count: float
    price: float
    free: float = 0

    @property
    def full(self) -> float:
        """Dollars a month without any free tier."""
        return self.count * self.price

    @property
    def usual(self) -> float:
        """Dollars a month with the tiers that are always free."""
        return max(0.0, self.count - self.free) * self.price


def of_sequences(deployment: Deployment) -> list[Item]:
    """What the room of sequences costs of it while nobody is inside, when everybody has been in one."""
    room = "email-list:index:Sequences"
    own = [each for each in deployment.resources if each.parent == room or (each.type, each.name) == (TABLE, "places")]
    return bill(Deployment(own), PEOPLE * BYTES_OF_A_PLACE / 1e9)


def bill(deployment: Deployment, gigabytes: float = PEOPLE * BYTES_OF_A_PERSON / 1e9) -> list[Item]:
    """What the stack costs besides its dashboard, with so much in its tables. ValueError for a type of which nobody has
    said what it costs."""
    for resource in deployment.resources:
        if resource.type not in COUNTED and not resource.type.startswith(tuple(FREE_WHILE_IDLE)):
            raise ValueError(f"say in benchmarks/idle.py what {resource.type} costs while nothing happens")
    runs = [(_runs(schedule), _memory(deployment, schedule)) for schedule in deployment.all(SCHEDULE)]
    number = sum(count for count, _ in runs)
    return [
        Item("alarms", len(deployment.all(ALARM)), prices.ALARM, prices.FREE_ALARMS),
        Item("polls of queues", sum(_polls(deployment)), prices.SQS_REQUEST, prices.FREE_SQS_REQUESTS),
        Item("scheduled starts", number, prices.SCHEDULER_START, prices.FREE_SCHEDULER_STARTS),
        Item("invocations", number, prices.LAMBDA_REQUEST, prices.FREE_LAMBDA_REQUESTS),
        Item(
            "gigabyte-seconds",
            sum(count * RUN_SECONDS * memory / 1024 for count, memory in runs),
            prices.LAMBDA_GB_SECOND,
            prices.FREE_LAMBDA_GB_SECONDS,
        ),
        Item("reads of the runs", number * UNITS_OF_A_RUN, prices.DYNAMODB_READ),
        Item("gigabytes of tables", gigabytes, prices.DYNAMODB_GB, prices.FREE_DYNAMODB_GB),
        Item("gigabytes of backups", gigabytes, prices.DYNAMODB_BACKUP_GB),
    ]


def dashboard_metrics(deployment: Deployment) -> int:
    """How many metrics the dashboard shows, each counted once."""
    body = json.loads(deployment.one(DASHBOARD).inputs["dashboardBody"])
    charts = [widget["properties"] for widget in body["widgets"] if widget["type"] == "metric"]
    return len({json.dumps(line[:-1]) for chart in charts for line in chart["metrics"]})


def _polls(deployment: Deployment) -> Iterator[float]:
    """Of each queue that feeds a function. Reading a table's stream for Lambda is free (DynamoDB pricing)."""
    for mapping in deployment.all(MAPPING):
        if ":sqs:" in mapping.inputs["eventSourceArn"]:
            bounded = mapping.inputs.get("scalingConfig")
            yield (POLLERS_OF_A_BOUNDED_QUEUE if bounded else POLLERS) * POLLS_AN_HOUR * HOURS


def _runs(schedule: Declared) -> float:
    """How often a schedule of `rate(...)` or a daily or rarer `cron(...)` starts something in a month."""
    expression = schedule.inputs["scheduleExpression"]
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if not rate:
        return HOURS / 24
    return HOURS / (int(rate[1]) * {"minute": 1 / 60, "hour": 1, "day": 24}[rate[2]])


def _memory(deployment: Deployment, schedule: Declared) -> int:
    """MB of the function that a schedule starts."""
    name = schedule.inputs["target"]["arn"].rpartition(":")[2]
    (memory,) = [each.inputs["memorySize"] for each in deployment.functions.values() if f"-{each.name}-" in name]
    return memory


def run() -> Findings:
    """Dollars a month, itemised."""
    deployment = declared()
    items = bill(deployment)
    shown = dashboard_metrics(deployment)
    figures = [
        Figure("idle, with the always-free tiers", sum(item.usual for item in items), "$ a month", aim=Aim(most=0.5)),
        Figure("idle, without free tiers", sum(item.full for item in items), "$ a month", aim=Aim(most=2)),
        *(
            Figure(f"idle: sequences, {how}", sum(getattr(item, of) for item in of_sequences(deployment)), "$ a month")
            for how, of in (("with the always-free tiers", "usual"), ("without", "full"))
        ),
        Figure("the dashboard, where an account has more than three", prices.DASHBOARD, "$ a month"),
        Figure("metrics on the dashboard", shown, aim=Aim(most=MAX_DASHBOARD), exact=True),
        Figure("alarms", len(deployment.all(ALARM)), aim=Aim(most=12), exact=True),
    ]
    for item in items:
        figures.append(Figure(f"idle: {item.name}", item.count))
        figures.append(Figure(f"idle: {item.name}, with the always-free tiers", item.usual, "$ a month"))
        figures.append(Figure(f"idle: {item.name}, without", item.full, "$ a month"))
    return Findings(figures)
