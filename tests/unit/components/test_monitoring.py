"""The dashboard and the alarms: well-formed, and about things that there are."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from contract import DIRECT, ROUTES, OwnMetric
from tests.unit.components.recording import PREFIX, REGION, Deployment, arn, physical_name

Deploy = Callable[..., Deployment]

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LAMBDA_SOURCE = Path(__file__).parents[3] / "lambda_src"
GUIDE = Path(__file__).parents[3] / "docs" / "operating.md"
RUNBOOK = GUIDE.with_name("runbook.md").read_text()

OF_AWS = {
    "AWS/Lambda": {"Errors", "Throttles", "Invocations", "IteratorAge"},
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent"},
    "AWS/ApiGateway": {"4xx", "5xx", "Count", "Latency"},
    "AWS/DynamoDB": {
        *("ReadThrottleEvents", "WriteThrottleEvents"),
        *("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"),
    },
    "AWS/SES": {
        *("Send", "Delivery", "Bounce", "Complaint", "Reputation.BounceRate", "Reputation.ComplaintRate"),
    },
}
"""What these services publish by themselves, as far as it is used here (their pages on CloudWatch metrics)."""

OF_THE_ACCOUNT = {("AWS/Lambda", "Throttles"), ("AWS/Lambda", "Invocations")}

RESOURCES = {
    "FunctionName": "aws:lambda/function:Function",
    "QueueName": "aws:sqs/queue:Queue",
    "TableName": "aws:dynamodb/table:Table",
}


@pytest.fixture(scope="module")
def widgets(everything: Deployment) -> list[dict[str, Any]]:
    body = everything.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]
    return json.loads(body)["widgets"]


def charts(widgets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [widget["properties"] for widget in widgets if widget["type"] == "metric"]


def metrics(widgets: list[dict[str, Any]], everything: Deployment) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Namespace, name and dimensions of all that the dashboard and the alarms look at."""
    for chart in charts(widgets):
        for namespace, name, *dimensions, _options in chart["metrics"]:
            yield namespace, name, dict(zip(dimensions[::2], dimensions[1::2], strict=True))
    for alarm in everything.all(ALARM):
        yield alarm.inputs["namespace"], alarm.inputs["metricName"], alarm.inputs.get("dimensions") or {}


def names_of(everything: Deployment, type_: str) -> set[str]:
    return {physical_name(resource.name) for resource in everything.all(type_)}


def test_the_dashboard_is_a_grid_without_overlaps(widgets: list[dict[str, Any]]) -> None:
    for widget in widgets:
        assert 0 <= widget["x"] < widget["x"] + widget["width"] <= 24
        assert widget["y"] >= 0
        assert 1 <= widget["height"] <= 1000
    for one, other in combinations(widgets, 2):
        apart_x = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        apart_y = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
        assert apart_x or apart_y, (one, other)


def test_every_chart_says_what_it_shows_and_where(widgets: list[dict[str, Any]]) -> None:
    titles = [chart["title"] for chart in charts(widgets)]
    assert len(set(titles)) == len(titles) > 10
    for chart in charts(widgets):
        assert chart["region"] == REGION
        assert chart["period"] % 60 == 0
        assert chart["view"] == "timeSeries"
        labels = [line[-1]["label"] for line in chart["metrics"]]
        assert len(set(labels)) == len(labels) > 0
        assert {line[-1]["stat"] for line in chart["metrics"]} <= {"Sum", "Maximum", "p95"}


def test_the_rates_that_ses_judges_are_shown_with_its_limits(widgets: list[dict[str, Any]]) -> None:
    limits = {
        chart["title"]: [mark["value"] for mark in chart["annotations"]["horizontal"]]
        for chart in charts(widgets)
        if "annotations" in chart
    }
    assert limits == {
        "Bounce rate": [0.05, 0.1],
        "Complaint rate": [0.001, 0.005],
        "Spam at Gmail, of 10,000 emails": [10, 30],
    }


def test_every_metric_is_one_that_something_in_the_stack_gives(
    widgets: list[dict[str, Any]], everything: Deployment
) -> None:
    for namespace, name, dimensions in metrics(widgets, everything):
        if namespace == "EmailList":
            assert name in set(OwnMetric)
            assert dimensions == {"Stack": PREFIX}
            continue
        assert name in OF_AWS[namespace]
        for dimension, value in dimensions.items():
            if dimension == "ApiId":
                assert value == f"id of {PREFIX}-api"
            else:
                assert value in names_of(everything, RESOURCES[dimension])
        # What SES judges and Lambda's limit of functions at once are the account's.
        assert dimensions or namespace == "AWS/SES" or (namespace, name) in OF_THE_ACCOUNT


def test_every_table_queue_and_function_in_the_background_is_watched(
    widgets: list[dict[str, Any]], everything: Deployment
) -> None:
    seen: dict[str, set[str]] = {}
    for _, _, dimensions in metrics(widgets, everything):
        for dimension, value in dimensions.items():
            seen.setdefault(dimension, set()).add(value)
    called = {route.function for route in ROUTES} | DIRECT.keys() | {"authorizer", "read_feed"}
    answering = {physical_name(name) for name in called}
    for dimension, type_ in RESOURCES.items():
        assert seen[dimension] == names_of(everything, type_) - (answering if dimension == "FunctionName" else set())


def test_the_metrics_that_functions_count_are_all_shown(widgets: list[dict[str, Any]], everything: Deployment) -> None:
    shown = {name for namespace, name, _ in metrics(widgets, everything) if namespace == "EmailList"}
    assert shown == set(OwnMetric)


def test_every_alarm_is_on_the_dashboard_and_says_what_to_do(
    widgets: list[dict[str, Any]], everything: Deployment
) -> None:
    (overview,) = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
    alarms = everything.all(ALARM)
    assert len(overview) == len(alarms) > 5
    for alarm in alarms:
        assert len(alarm.inputs["alarmDescription"]) > 60


def test_an_alarm_on_reputation_lasts_until_ses_says_that_it_is_over(everything: Deployment) -> None:
    lasting = {alarm.name for alarm in everything.all(ALARM) if alarm.inputs["treatMissingData"] == "ignore"}
    assert lasting == {"bounce-rate", "complaint-rate"}


def test_every_queue_of_what_failed_has_an_alarm(everything: Deployment) -> None:
    alarmed = {alarm.inputs.get("dimensions", {}).get("QueueName") for alarm in everything.all(ALARM)}
    failed = {physical_name(q.name) for q in everything.all("aws:sqs/queue:Queue") if "redrivePolicy" not in q.inputs}
    assert len(failed) == 2
    assert failed <= alarmed


def test_alarms_reach_the_person_who_is_configured(everything: Deployment) -> None:
    subscription = everything.one("aws:sns/topicSubscription:TopicSubscription", "alarms").inputs
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "office@example.org")
    for alarm in everything.all(ALARM):
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [subscription["topic"]]


def test_without_an_address_alarms_only_show(deployment: Deployment) -> None:
    assert not [topic for topic in deployment.all("aws:sns/topic:Topic") if topic.name == "alarms"]
    assert not any(alarm.inputs.get("alarmActions") for alarm in deployment.all(ALARM))


def test_the_operating_guide_knows_every_alarm_and_no_other(deployment: Deployment, everything: Deployment) -> None:
    section = GUIDE.read_text().split("## Alarms")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`([\w-]+)`", "".join(rows))) == {alarm.name for alarm in everything.all(ALARM)}
    assert f"{len(deployment.all(ALARM))} of them" in GUIDE.read_text()


def test_gmails_spam_is_on_the_dashboard_where_gmail_is_asked(deployment: Deployment, everything: Deployment) -> None:
    def body(of: Deployment) -> str:
        return of.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]

    assert "GmailSpamPer10000" in body(everything)
    assert "GmailSpamPer10000" not in body(deployment)


def rows_of(section: str) -> list[tuple[list[str], str]]:
    """A table of the runbook: what its first column names, and its second one."""
    table = RUNBOOK.split(f"## {section}\n")[1].split("\n## ")[0]
    return [
        (re.findall(r"`([^`]+)`", first), second) for first, second in re.findall(r"(?m)^\| (`.*?) \| (.*) \|$", table)
    ]


def test_the_runbook_says_which_function_failed_on_each_dead_letter(everything: Deployment) -> None:
    queues = {arn("sqs", physical_name(queue.name)): queue.name for queue in everything.all("aws:sqs/queue:Queue")}
    behind = {
        queues[mapping.inputs["eventSourceArn"]]: mapping.inputs["functionName"]
        for mapping in everything.all("aws:lambda/eventSourceMapping:EventSourceMapping")
        if mapping.inputs["eventSourceArn"] in queues
    }
    listed = {queue: physical_name(function.strip("`")) for (queue,), function in rows_of("Replay dead letters")}
    assert listed == behind


def test_the_runbook_says_what_to_do_for_every_function_that_leaves_a_notice(
    everything: Deployment, deploy: Deploy
) -> None:
    leaving = {
        each.inputs["functionName"]
        for deployment in (everything, deploy(forgetUnsubscribedAfterDays="730"))
        for type_ in ("functionEventInvokeConfig:FunctionEventInvokeConfig", "eventSourceMapping:EventSourceMapping")
        for each in deployment.all(f"aws:lambda/{type_}")
        if each.inputs.get("destinationConfig")
    }
    listed = [physical_name(function) for functions, _ in rows_of("Handle a failure") for function in functions]
    assert sorted(listed) == sorted(leaving)
