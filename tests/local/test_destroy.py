"""Whatever `up` and the functions have made, `destroy` removes; data that is guarded stays, and a message says so."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.resources import DestroyError
from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.visitor import Visitor

INVENTORY: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "alarms": ("cloudwatch", "describe_alarms", lambda found: [a["AlarmName"] for a in found["MetricAlarms"]]),
    "APIs": ("apigatewayv2", "get_apis", lambda found: [api["Name"] for api in found["Items"]]),
    "buckets": ("s3", "list_buckets", lambda found: [bucket["Name"] for bucket in found["Buckets"]]),
    "configuration sets": ("sesv2", "list_configuration_sets", lambda found: found.get("ConfigurationSets", [])),
    "dashboards": ("cloudwatch", "list_dashboards", lambda found: found.get("DashboardEntries", [])),
    "event sources": ("lambda", "list_event_source_mappings", lambda found: found["EventSourceMappings"]),
    "functions": ("lambda", "list_functions", lambda found: [f["FunctionName"] for f in found["Functions"]]),
    "identities": ("sesv2", "list_email_identities", lambda found: found.get("EmailIdentities", [])),
    "log groups": ("logs", "describe_log_groups", lambda found: [g["logGroupName"] for g in found["logGroups"]]),
    "parameters": ("ssm", "describe_parameters", lambda found: [p["Name"] for p in found["Parameters"]]),
    "queues": ("sqs", "list_queues", lambda found: found.get("QueueUrls", [])),
    "roles": ("iam", "list_roles", lambda found: [role["RoleName"] for role in found["Roles"]]),
    "schedules": ("scheduler", "list_schedules", lambda found: [s["Name"] for s in found["Schedules"]]),
    "schedule groups": (
        "scheduler",
        "list_schedule_groups",
        lambda found: [group["Name"] for group in found["ScheduleGroups"]],
    ),
    "subscriptions": ("sns", "list_subscriptions", lambda found: found["Subscriptions"]),
    "tables": ("dynamodb", "list_tables", lambda found: found["TableNames"]),
    "templates": (
        "sesv2",
        "list_email_templates",
        lambda found: [t["TemplateName"] for t in found["TemplatesMetadata"]],
    ),
    "topics": ("sns", "list_topics", lambda found: [topic["TopicArn"] for topic in found["Topics"]]),
}


def inventory(stack: LocalStack) -> dict[str, list[Any]]:
    """What there is in the account, by kind; kinds without anything are left out."""
    found = {}
    for kind, (service, operation, names) in INVENTORY.items():
        answer = getattr(stack.cloud.client(service), operation)()
        found[kind] = list(names(answer))
    return {kind: names for kind, names in found.items() if names}


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    """A stack of this test's own, which destroys it."""
    with LocalStack(port=0, enforce_iam=True) as running:
        yield running


def test_destroy_leaves_nothing_of_what_the_stack_and_its_functions_have_made(stack: LocalStack) -> None:
    visitor, campaigner = Visitor(stack), Campaigner(stack)
    visitor.join("somebody@example.com")
    visitor.admin("PUT", "/templates/ours", json={"subject": "Hi", "html": "<p>Hi</p>"})
    visitor.admin("POST", "/subscribers/import", data="email\na@example.com\n", headers={"content-type": "text/csv"})
    campaigner.wait(campaigner.create("nobody", hold=False))
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    scheduled = campaigner.create("nobody", schedule_at=later)
    stack.cloud.client("sesv2").create_email_template(
        TemplateName="of-another-stack", TemplateContent={"Subject": "x", "Text": "x"}
    )
    before = inventory(stack)
    made_at_run_time = [name for name in before["templates"] if name.startswith("email-list-local_")]
    assert len(made_at_run_time) == 3
    assert scheduled in before["schedules"]
    assert len(before) > 15

    stack.provider.destroy()

    left = inventory(stack)
    assert left.pop("templates") == ["of-another-stack"]
    assert left.pop("schedule groups", ["default"]) == ["default"]
    assert left == {}


def test_guarded_data_stays_and_the_message_says_what_to_do() -> None:
    with LocalStack(port=0, config={"deletionProtection": "true"}) as stack:
        visitor = Visitor(stack)
        visitor.put("somebody@example.com", "active")
        before = inventory(stack)
        with pytest.raises(DestroyError, match="pulumi config set deletionProtection false") as refused:
            stack.provider.destroy()
        assert "email-list-local-subscribers" in str(refused.value)
        assert inventory(stack) == before
        assert visitor.person("somebody@example.com")
