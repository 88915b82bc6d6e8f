"""What a person looks at to see whether the list is well: one dashboard, and the alarms that every stack has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_aws as aws

from components.alarms import Alarms, Metric
from components.function import FunctionPlatform
from components.gateway import Gateway
from components.work_queue import WorkQueue
from contract import BOUNCE_PAUSE, BOUNCE_REVIEW, COMPLAINT_PAUSE, COMPLAINT_REVIEW, DIRECT, METRICS, ROUTES, OwnMetric

REFUSED_TOKENS = 20
"""In five minutes; someone who mistypes a token tries it a few times."""


SES = "AWS/SES"
BOUNCE_RATE = Metric(SES, "Reputation.BounceRate", statistic="Maximum")
COMPLAINT_RATE = Metric(SES, "Reputation.ComplaintRate", statistic="Maximum")
"""SES publishes these for the account as a whole, which is what it judges, and not every five minutes: until it
publishes again, the last value holds."""

FAILURES_OF_THE_API = 5

GMAIL = {"reported": OwnMetric.GMAIL_SPAM}
GMAIL_ADVISED, GMAIL_LIMIT = 10, 30
"""Of 10,000 emails: what Gmail asks senders to stay below, and never to reach (Google, "Email sender guidelines")."""

ANSWERING = {route.function for route in ROUTES} | DIRECT.keys() | {"authorizer", "read_feed"}
"""Functions whose callers see when they fail: programs, API Gateway, or another function, which says so with the feed.
A dashboard of more than 50 metrics costs money (CloudWatch pricing), so that the API's own figures stand for these."""

MANY_REQUESTS = 10_000
"""In five minutes, a third of what the gateway lets through: a newsletter to 100,000 people brings fewer."""

COLUMNS = 24
"""Of a dashboard's grid (CloudWatch API reference, "Dashboard body structure and syntax")."""

WIDTH, HEIGHT = 8, 6
Widget = dict[str, Any]


@dataclass(frozen=True)
class MonitoringArgs:
    """What is monitored. `tables` are the names of DynamoDB tables by what people call them."""

    alarms: Alarms
    platform: FunctionPlatform
    queues: Sequence[WorkQueue]
    tables: Mapping[str, pulumi.Input[str]]
    gateway: Gateway
    gmail: bool = False
    """Whether Gmail tells its spam rate."""


class Monitoring(pulumi.ComponentResource):
    """The dashboard of a stack, and alarms for SES's reputation metrics and a failing API."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Monitoring", name, None, opts)
        self._alarms(name, args)
        aws.cloudwatch.Dashboard(
            name,
            dashboard_name=name,
            dashboard_body=pulumi.Output.json_dumps({"widgets": _dashboard(name, args)}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _alarms(self, name: str, args: MonitoringArgs) -> None:
        args.alarms.add(
            "bounce-rate",
            "So many emails from this account bounce that SES reviews the account, and pauses it at 10 %. Find the "
            "campaign or import the addresses came from.",
            BOUNCE_RATE,
            threshold=BOUNCE_REVIEW,
            missing="ignore",
        )
        args.alarms.add(
            "complaint-rate",
            "So many emails from this account are reported as spam that SES reviews the account, and pauses it at 0.5"
            " %. Send nothing until you know why.",
            COMPLAINT_RATE,
            threshold=COMPLAINT_REVIEW,
            missing="ignore",
        )
        args.alarms.add(
            "refused-tokens",
            "Someone is trying tokens that do not open the admin API, or a program still uses a token that was "
            "revoked. The access log shows where from; if someone else may know a token, rotate it (docs/runbook.md).",
            Metric(METRICS, OwnMetric.REFUSED, {"Stack": name}),
            threshold=REFUSED_TOKENS,
        )
        args.alarms.add(
            "paused",
            "A campaign paused itself, sign-up confirmations are waiting, or one of the sender's DNS records that was "
            "right is missing or wrong: Amazon SES accepts no email, too many emails bounced or were reported as spam, "
            "a cap on confirmations is reached, or somebody changed your domain's DNS. The dashboard shows which; the "
            "campaign's reason, or the console's overview or page Deliverability, says why; docs/operating.md says "
            "what to do about each.",
            Metric(METRICS, OwnMetric.PAUSED, {"Stack": name}),
        )
        args.alarms.add(
            "many-requests",
            "The API gets more requests than a list has readers for. The access log says where from and for what; "
            "docs/operating.md says what a flood can cost at most.",
            Metric("AWS/ApiGateway", "Count", {"ApiId": args.gateway.api_id}),
            threshold=MANY_REQUESTS,
        )
        args.alarms.add(
            "functions-held-back",
            "This account runs as many functions at once as Lambda allows: work waits, and pages may fail. "
            "docs/first-deployment.md has the command that requests a higher limit. Until then, keep sendConcurrency "
            "at 2.",
            Metric("AWS/Lambda", "Throttles"),
        )
        args.alarms.add(
            "api-failures",
            "The API returns server errors. The access log says on which routes; their function's log says why.",
            Metric("AWS/ApiGateway", "5xx", {"ApiId": args.gateway.api_id}),
            threshold=FAILURES_OF_THE_API,
        )


def _dashboard(name: str, args: MonitoringArgs) -> list[Widget]:
    region = args.gateway.execution_arn.apply(lambda arn: arn.split(":")[3])
    throttled = {**_tables(args, "WriteThrottleEvents"), **_tables(args, "ReadThrottleEvents", without="places")}
    widgets = [
        _chart("Emails from this account", _account("Send", "Delivery", "Bounce", "Complaint")),
        _chart("Bounce rate", {"bounces": BOUNCE_RATE}, limits=(BOUNCE_REVIEW, BOUNCE_PAUSE)),
        _chart("Complaint rate", {"complaints": COMPLAINT_RATE}, limits=(COMPLAINT_REVIEW, COMPLAINT_PAUSE)),
        _chart("Subscribers", _own(name, {"joined": OwnMetric.JOINED, "left": OwnMetric.LEFT})),
        _chart(
            "Campaigns in trouble",
            _own(name, {"stopped by SES": OwnMetric.STOPPED, "paused themselves": OwnMetric.HARMFUL}),
        ),
        _chart(
            "Sign-ups, and the sender's DNS",
            _own(name, {"confirmations that wait": OwnMetric.HELD, "broken DNS records": OwnMetric.BROKEN}),
        ),
        *(
            [_chart("Spam at Gmail, of 10,000 emails", _own(name, GMAIL), limits=(GMAIL_ADVISED, GMAIL_LIMIT))]
            if args.gmail
            else []
        ),
        _chart("Age of the oldest message (s)", _queues(args, "ApproximateAgeOfOldestMessage", "Maximum")),
        _chart("Errors of background work", _errors(args)),
        _chart("Throttled invocations in this account", {"throttles": Metric("AWS/Lambda", "Throttles")}),
        _chart("API responses", _api(args, {"4xx": "Sum", "5xx": "Sum", "Count": "Sum"})),
        _chart("API latency, 95th percentile (ms)", _api(args, {"Latency": "p95"})),
        _chart("Tables: throttled requests", throttled),
        _chart("Cost: written table units", _tables(args, "ConsumedWriteCapacityUnits")),
        _chart("Cost: invocations of this account", {"invocations": Metric("AWS/Lambda", "Invocations")}),
        _chart("Cost: messages", _queues(args, "NumberOfMessagesSent", "Sum")),
    ]
    for widget in widgets:
        widget["properties"]["region"] = region
    alarms = {
        "type": "alarm",
        "width": COLUMNS,
        "height": 3,
        "properties": {"title": "What needs attention", "alarms": args.alarms.arns},
    }
    return [{**alarms, "x": 0, "y": 0}, *_placed(widgets, top=3)]


def _placed(widgets: Sequence[Widget], top: int) -> list[Widget]:
    """The widgets in rows, from left to right."""
    a_row = COLUMNS // WIDTH
    return [
        {**widget, "x": number % a_row * WIDTH, "y": top + number // a_row * HEIGHT}
        for number, widget in enumerate(widgets)
    ]


def _chart(title: str, metrics: Mapping[str, Metric], limits: Sequence[float] = ()) -> Widget:
    """A chart over time; `limits` are those of review and pause."""
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "stacked": False,
        "period": 300,
        "metrics": [_line(label, metric) for label, metric in metrics.items()],
    }
    if limits:
        words = ("review", "pause")
        marks = [{"label": label, "value": value} for label, value in zip(words, limits, strict=True)]
        properties["annotations"] = {"horizontal": marks}
        properties["yAxis"] = {"left": {"min": 0}}
    return {"type": "metric", "width": WIDTH, "height": HEIGHT, "properties": properties}


def _line(label: str, metric: Metric) -> list[Any]:
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, "label": label}]


def _account(*names: str) -> dict[str, Metric]:
    return {name: Metric(SES, name) for name in names}


def _own(stack: str, names: Mapping[str, str]) -> dict[str, Metric]:
    return {label: Metric(METRICS, name, {"Stack": stack}) for label, name in names.items()}


def _errors(args: MonitoringArgs) -> dict[str, Metric]:
    return {
        function.handler: Metric("AWS/Lambda", "Errors", {"FunctionName": function.name})
        for function in args.platform.functions
        if function.handler not in ANSWERING
    }


def _queues(args: MonitoringArgs, name: str, statistic: str) -> dict[str, Metric]:
    return {queue.name: Metric("AWS/SQS", name, {"QueueName": queue.queue_name}, statistic) for queue in args.queues}


def _api(args: MonitoringArgs, names: Mapping[str, str]) -> dict[str, Metric]:
    metric = Metric("AWS/ApiGateway", "", {"ApiId": args.gateway.api_id})
    return {name: replace(metric, name=name, statistic=statistic) for name, statistic in names.items()}


def _tables(args: MonitoringArgs, *names: str, without: str = "") -> dict[str, Metric]:
    """Metrics of all tables but one: fifty on a dashboard are free."""
    return {
        f"{label}: {name}": Metric("AWS/DynamoDB", name, {"TableName": table})
        for label, table in args.tables.items()
        if label != without
        for name in names
    }
