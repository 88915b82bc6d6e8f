"""What the program declares for SES's events and for webhooks."""

import json
from collections.abc import Callable

import pytest

from tests.unit.components.conftest import EVERYTHING
from tests.unit.components.recording import PREFIX, Deployment, arn, physical_name

Deploy = Callable[..., Deployment]

WEBHOOK = {"webhookUrl": "https://example.org/hook", "webhookSecret": "whsec_" + "A" * 43 + "="}


ALWAYS = {"SEND", "REJECT", "RENDERING_FAILURE", "BOUNCE", "COMPLAINT", "DELIVERY_DELAY", "SUBSCRIPTION"}
UNTRACKED = {"dashboardOptions": {"engagementMetrics": "DISABLED"}}


def event_types(deployment: Deployment) -> dict[str, set[str]]:
    """What SES tells of the emails of each configuration set."""
    destinations = deployment.all("aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination")
    return {
        each.inputs["configurationSetName"]: set(each.inputs["eventDestination"]["matchingEventTypes"])
        for each in destinations
    }


@pytest.mark.parametrize("whom", ["nobody", "consenting", "everybody"])
def test_both_configuration_sets_last_no_matter_who_is_tracked_so_that_late_complaints_arrive(
    deploy: Deploy, whom: str
) -> None:
    asked = deploy(trackEngagement=whom)
    tracked = f"{PREFIX}-tracked"
    assert event_types(asked) == {PREFIX: ALWAYS | {"DELIVERY"}, tracked: ALWAYS | {"DELIVERY", "OPEN", "CLICK"}}
    sets = asked.all("aws:sesv2/configurationSet:ConfigurationSet")
    options = {each.inputs["configurationSetName"]: each.inputs.get("vdmOptions") for each in sets}
    assert options == {PREFIX: UNTRACKED, tracked: None}
    assert asked.environment("send_batch")["TRACKED_CONFIGURATION_SET"] == tracked
    assert asked.list_document["track_engagement"] == whom


def test_only_campaigns_and_sequences_can_be_tracked(everything: Deployment) -> None:
    tracking = {name for name in everything.functions if "TRACKED_CONFIGURATION_SET" in everything.environment(name)}
    assert tracking == {"send_batch", "run_sequences"}


def test_without_delivery_events_soft_bounces_are_not_counted(deploy: Deploy, deployment: Deployment) -> None:
    assert deployment.environment("record_event")["SOFT_BOUNCES_IN_A_ROW"] == "5"
    without = deploy(deliveryEvents="false")
    assert event_types(without)[PREFIX] == ALWAYS
    assert "SOFT_BOUNCES_IN_A_ROW" not in without.environment("record_event")


def test_campaigns_stop_themselves_below_what_makes_ses_act(deployment: Deployment) -> None:
    environment = deployment.environment("record_event")
    assert float(environment["MAX_BOUNCE_PERCENT"]) < 5
    assert float(environment["MAX_COMPLAINT_PERCENT"]) < 0.1
    alarm = deployment.one("aws:cloudwatch/metricAlarm:MetricAlarm", "paused")
    assert (alarm.inputs["metricName"], alarm.inputs["threshold"]) == ("Paused", 0)


def test_as_many_take_events_in_as_send(deploy: Deploy) -> None:
    many = deploy(sendConcurrency="20")
    for queue in ("batches", "mail-events"):
        mapping = many.one("aws:lambda/eventSourceMapping:EventSourceMapping", queue)
        assert mapping.inputs["scalingConfig"]["maximumConcurrency"] == 20


def test_no_part_of_webhooks_is_declared_where_none_is_configured(deployment: Deployment) -> None:
    parts = ("webhook", "announce")
    assert [resource.name for resource in deployment.resources if any(part in resource.name for part in parts)] == []
    assert "streamEnabled" not in deployment.one("aws:dynamodb/table:Table", "records").inputs


def test_a_webhook_reads_both_streams_and_hands_over_what_is_worth_telling(everything: Deployment) -> None:
    mappings = {
        mapping.name: mapping.inputs
        for mapping in everything.all("aws:lambda/eventSourceMapping:EventSourceMapping")
        if mapping.name.startswith("announce")
    }
    tables = {"announce-people": "subscribers", "announce-campaigns": "records"}
    for name, table in tables.items():
        mapping = mappings[name]
        assert mapping["eventSourceArn"] == arn("dynamodb", physical_name(table)) + "/stream/1"
        assert mapping["functionName"] == physical_name("announce")
        patterns = [json.loads(each["pattern"]) for each in mapping["filterCriteria"]["filters"]]
        assert patterns
        assert all("dynamodb" in pattern for pattern in patterns)


def test_the_secret_of_a_webhook_stays_one(everything: Deployment) -> None:
    assert everything.one("aws:ssm/parameter:Parameter", "webhook").secrets == {"value"}
    assert EVERYTHING["webhookSecret"] not in json.dumps(everything.environment("deliver_webhook"))


def test_only_a_stack_on_this_machine_may_tell_a_receiver_on_it(deploy: Deploy, everything: Deployment) -> None:
    assert "WEBHOOK_MAY_BE_PRIVATE" not in everything.environment("deliver_webhook")
    local = deploy(**{**WEBHOOK, "webhookUrl": "http://127.0.0.1:9/hook"}, bundleTarget="host")
    assert local.environment("deliver_webhook")["WEBHOOK_MAY_BE_PRIVATE"] == "true"
    with pytest.raises(Exception, match="does not begin with https://"):
        deploy(**{**WEBHOOK, "webhookUrl": "http://example.org/hook"})


def test_the_functions_of_a_webhook_may_do_what_they_do_and_no_more(everything: Deployment) -> None:
    queue = arn("sqs", physical_name("webhooks"))
    delivering = {
        permission for permission in everything.permissions("deliver_webhook") if "logs:" not in permission[0]
    }
    assert delivering == {
        ("sqs:ReceiveMessage", queue),
        ("sqs:DeleteMessage", queue),
        ("sqs:GetQueueAttributes", queue),
        ("sqs:ChangeMessageVisibility", queue),
        ("ssm:GetParameter", arn("ssm", f"{PREFIX}-webhook-0123456")),
    }


@pytest.mark.parametrize("secret", ["hello", "whsec_short", "whsec_" + "A" * 44 + " " + "whsec_" + "A" * 44 + " x"])
def test_a_wrong_secret_is_refused_with_the_way_to_make_one(deploy: Deploy, secret: str) -> None:
    with pytest.raises(Exception, match="openssl rand") as refused:
        deploy(webhookUrl="https://example.org/hook", webhookSecret=secret)
    assert secret not in str(refused.value)


def test_a_webhook_without_a_secret_is_refused(deploy: Deploy) -> None:
    with pytest.raises(Exception, match="webhookSecret is not set; a webhook needs webhookUrl and webhookSecret"):
        deploy(webhookUrl="https://example.org/hook")
