"""The provider behind Pulumi's own engine, asked as the engine asks it; `make engine` has the engine itself ask."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2 as messages

from local.emulator import Emulator, free_port
from local.provider import DEFAULTS, Provider, Struct
from local.resources import Cloud
from local.ses import SesStandIn
from tests.unit.local.test_resources import TRUST

Inputs = dict[str, Any]
ARCHIVE = {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with SesStandIn() as ses, Emulator(free_port(), ses_url=ses.url) as emulator:
        yield Cloud(emulator.url, ses.url)


class Refused(Exception):
    """What the provider answers instead of a result."""


class Context:
    """What gRPC hands to a method besides the request."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Refused(details)


@dataclass
class Living:
    """A resource as the engine remembers it."""

    type: str
    name: str
    id: str
    inputs: Inputs
    state: Inputs


class Engine:
    """Asks a provider in the order in which Pulumi's engine does."""

    def __init__(self, cloud: Cloud) -> None:
        self._provider = Provider(cloud, "aws")

    def configure(self, **arguments: str) -> None:
        self._provider.Configure(messages.ConfigureRequest(args=struct(arguments)), Context())

    def check(self, type_: str, name: str, news: Inputs, olds: Inputs | None = None) -> Inputs:
        request = messages.CheckRequest(type=type_, name=name, news=struct(news), olds=struct(olds or {}))
        return plain(self._provider.Check(request, Context()).inputs)

    def diff(self, living: Living, news: Inputs) -> messages.DiffResponse:
        request = messages.DiffRequest(
            type=living.type,
            name=living.name,
            id=living.id,
            olds=struct(living.state),
            old_inputs=struct(living.inputs),
            news=struct(news),
        )
        return self._provider.Diff(request, Context())

    def foresee(self, type_: str, name: str, /, **news: Any) -> Inputs:
        properties = struct(self.check(type_, name, news))
        request = messages.CreateRequest(type=type_, name=name, properties=properties, preview=True)
        return plain(self._provider.Create(request, Context()).properties)

    def create(self, type_: str, name: str, /, **news: Any) -> Living:
        inputs = self.check(type_, name, news)
        request = messages.CreateRequest(type=type_, name=name, properties=struct(inputs))
        made = self._provider.Create(request, Context())
        return Living(type_, name, made.id, inputs, plain(made.properties))

    def update(self, living: Living, /, *, preview: bool = False, **news: Any) -> Living:
        inputs = self.check(living.type, living.name, news, living.inputs)
        diff = self.diff(living, inputs)
        assert diff.changes == messages.DiffResponse.DIFF_SOME
        assert list(diff.replaces) == []
        request = messages.UpdateRequest(
            type=living.type,
            name=living.name,
            id=living.id,
            olds=struct(living.state),
            old_inputs=struct(living.inputs),
            news=struct(inputs),
            preview=preview,
        )
        state = plain(self._provider.Update(request, Context()).properties)
        return Living(living.type, living.name, living.id, inputs, state)

    def exists(self, living: Living) -> bool:
        request = messages.ReadRequest(
            type=living.type, id=living.id, properties=struct(living.state), inputs=struct(living.inputs)
        )
        return bool(self._provider.Read(request, Context()).id)

    def delete(self, living: Living) -> None:
        request = messages.DeleteRequest(type=living.type, id=living.id, properties=struct(living.state))
        self._provider.Delete(request, Context())


def struct(values: Inputs) -> Any:
    return json_format.ParseDict(values, Struct())


def plain(properties: Any) -> Inputs:
    return json_format.MessageToDict(properties)


@pytest.fixture
def engine(cloud: Cloud) -> Engine:
    return Engine(cloud)


QUEUE = "aws:sqs/queue:Queue"
PARAMETER = "aws:ssm/parameter:Parameter"


def test_an_automatic_name_is_kept_by_an_update_and_made_anew_for_a_replacement(engine: Engine) -> None:
    queue = engine.create(QUEUE, "q", delaySeconds=1)
    assert queue.inputs["name"].startswith("q-")
    assert engine.check(QUEUE, "q", {"delaySeconds": 2}, queue.inputs)["name"] == queue.inputs["name"]
    assert engine.check(QUEUE, "q", {"delaySeconds": 2})["name"] != queue.inputs["name"]


def test_a_name_that_was_chosen_is_not_kept_once_it_is_no_longer_chosen(engine: Engine) -> None:
    chosen = engine.check(QUEUE, "q", {"name": "mine"})
    assert DEFAULTS not in chosen
    assert engine.check(QUEUE, "q", {}, chosen)["name"] != "mine"


def test_nothing_changed_is_no_difference(engine: Engine) -> None:
    queue = engine.create(QUEUE, "q", delaySeconds=1)
    same = engine.check(QUEUE, "q", {"delaySeconds": 1}, queue.inputs)
    assert engine.diff(queue, same).changes == messages.DiffResponse.DIFF_NONE


def test_a_property_that_only_a_new_resource_can_have_replaces(engine: Engine) -> None:
    queue = engine.create(QUEUE, "q")
    diff = engine.diff(queue, {"name": "other", "delaySeconds": 3})
    assert list(diff.diffs) == ["delaySeconds", "name"]
    assert list(diff.replaces) == ["name"]


def test_what_keeps_its_chosen_name_is_deleted_before_it_is_replaced(engine: Engine) -> None:
    role = engine.create("aws:iam/role:Role", "r", name="chosen", assumeRolePolicy=TRUST)
    assert engine.diff(role, {**role.inputs, "path": "/other/"}).deleteBeforeReplace
    role = engine.create("aws:iam/role:Role", "r", assumeRolePolicy=TRUST)
    assert not engine.diff(role, {**role.inputs, "path": "/other/"}).deleteBeforeReplace


def test_a_preview_of_something_new_knows_its_inputs_and_not_what_the_cloud_tells(engine: Engine, cloud: Cloud) -> None:
    foreseen = engine.foresee(QUEUE, "seen", delaySeconds=1)
    assert foreseen["delaySeconds"] == 1
    assert {name for name, value in foreseen.items() if value == rpc.UNKNOWN} == {"arn", "url"}
    assert cloud.client("sqs").list_queues(QueueNamePrefix="seen").get("QueueUrls", []) == []


def test_a_preview_of_a_change_knows_all_but_what_the_change_changes(engine: Engine, cloud: Cloud) -> None:
    parameter = engine.create(PARAMETER, "p", type="String", value="a")
    foreseen = engine.update(parameter, preview=True, type="String", value="b")
    assert foreseen.state["arn"] == parameter.state["arn"]
    assert foreseen.state["version"] == rpc.UNKNOWN
    assert cloud.client("ssm").get_parameter(Name=parameter.id)["Parameter"]["Value"] == "a"
    assert engine.update(parameter, type="String", value="b").state["version"] == 2


def test_an_unknown_value_counts_as_a_change(engine: Engine) -> None:
    parameter = engine.create(PARAMETER, "p", type="String", value="a")
    foreseen = engine.update(parameter, preview=True, type="String", value=rpc.UNKNOWN)
    assert foreseen.state["value"] == rpc.UNKNOWN


def test_a_change_that_is_not_known_here_is_refused_by_name(engine: Engine) -> None:
    topic = engine.create("aws:sns/topic:Topic", "t", tags={"a": "b"})
    with pytest.raises(Refused, match=r"a change of tags\.a is not known to local/resources/sns\.py"):
        engine.update(topic, tags={"a": "c"})


def test_a_failure_arrives_in_its_own_words(engine: Engine) -> None:
    with pytest.raises(Refused, match='property "colour" is not known to'):
        engine.check(QUEUE, "q", {"colour": "red"})


def test_default_tags_of_the_configuration_reach_what_takes_tags(engine: Engine) -> None:
    engine.configure(defaultTags='{"tags": {"team": "news"}}')
    assert engine.check(QUEUE, "q", {"tags": {"own": "x"}})["tags"] == {"team": "news", "own": "x"}
    assert "tags" not in engine.check("aws:sqs/queuePolicy:QueuePolicy", "p", {"queueUrl": "u", "policy": "{}"})


def test_what_was_removed_by_others_is_found_missing_and_can_be_deleted(engine: Engine, cloud: Cloud) -> None:
    queue = engine.create(QUEUE, "q")
    assert engine.exists(queue)
    cloud.client("sqs").delete_queue(QueueUrl=queue.id)
    assert not engine.exists(queue)
    engine.delete(queue)


def test_an_archive_is_compared_by_its_hash_and_read_from_its_path(
    engine: Engine, cloud: Cloud, tmp_path: Path
) -> None:
    (tmp_path / "index.py").write_text("")
    code = {**ARCHIVE, "hash": "one", "path": str(tmp_path)}
    function = function_of(engine, code)
    moved = {**function.inputs, "code": {**code, "path": "/elsewhere"}}
    assert engine.diff(function, moved).changes == messages.DiffResponse.DIFF_NONE
    assert list(engine.diff(function, {**function.inputs, "code": {**code, "hash": "two"}}).diffs) == ["code"]
    # The engine keeps of an archive in a state nothing but its hash.
    function.state["code"] = function.inputs["code"] = {**ARCHIVE, "hash": "one"}
    assert engine.exists(function)
    (tmp_path / "index.py").write_text("CHANGED = True")
    edited = tmp_path.rename(tmp_path.with_name("edited"))
    settings = {key: value for key, value in function.inputs.items() if key not in ("code", "name", DEFAULTS)}
    updated = engine.update(function, **settings, code={**ARCHIVE, "hash": "two", "path": str(edited)})
    assert updated.state["codeSha256"] != function.state["codeSha256"]
    assert updated.state["arn"] == function.state["arn"]


def function_of(engine: Engine, code: Inputs, **settings: Any) -> Living:
    role = engine.create("aws:iam/role:Role", "r", assumeRolePolicy=TRUST)
    return engine.create(
        "aws:lambda/function:Function",
        "f",
        runtime="python3.14",
        handler="index.handler",
        code=code,
        role=role.state["arn"],
        **settings,
    )


# Each type that can be changed, changed, and looked at through the AWS API.


@dataclass(frozen=True)
class Change:
    """What is set first, what then, and where the AWS API shows it."""

    type: str
    first: Inputs
    then: Inputs
    look: Callable[[Cloud, Living], Any]
    seen: Any


def policy(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


BUDGET = {
    "budgetType": "COST",
    "timeUnit": "MONTHLY",
    "limitUnit": "USD",
    "notifications": [
        {
            "notificationType": "ACTUAL",
            "comparisonOperator": "GREATER_THAN",
            "threshold": 80,
            "thresholdType": "PERCENTAGE",
            "subscriberEmailAddresses": ["office@example.org"],
        }
    ],
}

ACCESS = {"originAccessControlOriginType": "s3", "signingProtocol": "sigv4"}

CHANGES = [
    Change(
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        {**ACCESS, "signingBehavior": "never"},
        {**ACCESS, "signingBehavior": "always"},
        lambda cloud, access: cloud.client("cloudfront").get_origin_access_control(Id=access.id)["OriginAccessControl"][
            "OriginAccessControlConfig"
        ]["SigningBehavior"],
        "always",
    ),
    Change(
        QUEUE,
        {"delaySeconds": 1},
        {"delaySeconds": 2},
        lambda cloud, queue: cloud.client("sqs").get_queue_attributes(QueueUrl=queue.id, AttributeNames=["All"])[
            "Attributes"
        ]["DelaySeconds"],
        "2",
    ),
    Change(
        "aws:budgets/budget:Budget",
        {**BUDGET, "limitAmount": "10"},
        {**BUDGET, "limitAmount": "20"},
        lambda cloud, budget: cloud.client("budgets").describe_budget(
            AccountId=cloud.account, BudgetName=budget.state["name"]
        )["Budget"]["BudgetLimit"]["Amount"],
        "20",
    ),
    Change(
        "aws:sns/topic:Topic",
        {"displayName": "One"},
        {"displayName": "Two"},
        lambda cloud, topic: cloud.client("sns").get_topic_attributes(TopicArn=topic.id)["Attributes"]["DisplayName"],
        "Two",
    ),
    Change(
        "aws:iam/role:Role",
        {"assumeRolePolicy": TRUST},
        {"assumeRolePolicy": TRUST, "description": "what it is for"},
        lambda cloud, role: cloud.client("iam").get_role(RoleName=role.id)["Role"].get("Description"),
        "what it is for",
    ),
    Change(
        "aws:cloudwatch/logGroup:LogGroup",
        {"retentionInDays": 30},
        {},
        lambda cloud, group: (
            cloud.client("logs").describe_log_groups(logGroupNamePrefix=group.id)["logGroups"][0].get("retentionInDays")
        ),
        None,
    ),
    Change(
        "aws:cloudwatch/dashboard:Dashboard",
        {"dashboardName": "d", "dashboardBody": '{"widgets": []}'},
        {"dashboardName": "d", "dashboardBody": '{"widgets": [], "start": "-P1D"}'},
        lambda cloud, _: json.loads(cloud.client("cloudwatch").get_dashboard(DashboardName="d")["DashboardBody"]),
        {"widgets": [], "start": "-P1D"},
    ),
    Change(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "threshold": 1, "period": 60}
        | {"metricName": "m", "namespace": "n", "statistic": "Sum"},
        {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "threshold": 5, "period": 60}
        | {"metricName": "m", "namespace": "n", "statistic": "Sum"},
        lambda cloud, alarm: cloud.client("cloudwatch").describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"][0][
            "Threshold"
        ],
        5.0,
    ),
    Change(
        "aws:apigatewayv2/api:Api",
        {"protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["https://a.example"]}},
        {"protocolType": "HTTP"},
        lambda cloud, api: cloud.client("apigatewayv2").get_api(ApiId=api.id).get("CorsConfiguration", {}),
        {},
    ),
    Change(
        "aws:sesv2/configurationSet:ConfigurationSet",
        {"configurationSetName": "c", "suppressionOptions": {"suppressedReasons": ["BOUNCE"]}},
        {"configurationSetName": "c", "suppressionOptions": {"suppressedReasons": ["COMPLAINT"]}},
        lambda cloud, _: cloud.client("sesv2").get_configuration_set(ConfigurationSetName="c")["SuppressionOptions"],
        {"SuppressedReasons": ["COMPLAINT"]},
    ),
    Change(
        "aws:dynamodb/table:Table",
        {"hashKey": "k", "attributes": [{"name": "k", "type": "S"}], "billingMode": "PAY_PER_REQUEST"},
        {
            "hashKey": "k",
            "attributes": [{"name": "k", "type": "S"}, {"name": "i", "type": "S"}],
            "billingMode": "PAY_PER_REQUEST",
            "deletionProtectionEnabled": True,
            "streamEnabled": True,
            "streamViewType": "NEW_IMAGE",
            "ttl": {"attributeName": "t", "enabled": True},
            "globalSecondaryIndexes": [{"name": "by_i", "hashKey": "i", "projectionType": "KEYS_ONLY"}],
        },
        lambda cloud, table: (
            {
                key: cloud.client("dynamodb").describe_table(TableName=table.id)["Table"].get(key)
                for key in ("DeletionProtectionEnabled", "StreamSpecification")
            }
            | {
                "expires": cloud.client("dynamodb").describe_time_to_live(TableName=table.id)["TimeToLiveDescription"][
                    "AttributeName"
                ],
                "indexes": [
                    index["IndexName"]
                    for index in cloud.client("dynamodb").describe_table(TableName=table.id)["Table"][
                        "GlobalSecondaryIndexes"
                    ]
                ],
                "stream": table.state["streamArn"] != "",
            }
        ),
        {
            "DeletionProtectionEnabled": True,
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            "expires": "t",
            "indexes": ["by_i"],
            "stream": True,
        },
    ),
    Change(
        "aws:scheduler/schedule:Schedule",
        {
            "scheduleExpression": "rate(1 hour)",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": {"arn": "arn:aws:sqs:us-east-1:000000000000:q", "roleArn": "arn:aws:iam::000000000000:role/r"},
        },
        {
            "scheduleExpression": "rate(2 hours)",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": {"arn": "arn:aws:sqs:us-east-1:000000000000:q", "roleArn": "arn:aws:iam::000000000000:role/r"},
        },
        lambda cloud, schedule: cloud.client("scheduler").get_schedule(Name=schedule.inputs["name"])[
            "ScheduleExpression"
        ],
        "rate(2 hours)",
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.type)
def test_a_living_resource_is_changed(change: Change, engine: Engine, cloud: Cloud) -> None:
    living = engine.create(change.type, "x", **change.first)
    updated = engine.update(living, **change.then)
    assert change.look(cloud, updated) == change.seen
    assert updated.inputs.get("name") == living.inputs.get("name")
    assert engine.exists(updated)


def test_a_functions_settings_are_changed(engine: Engine, cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("")
    code = {**ARCHIVE, "hash": "one", "path": str(tmp_path)}
    function = function_of(engine, code, environment={"variables": {"A": "1"}}, timeout=3)
    kept = {key: function.inputs[key] for key in ("runtime", "handler", "code", "role")}
    engine.update(function, **kept, environment={"variables": {"A": "2"}}, timeout=5, reservedConcurrentExecutions=2)
    found = cloud.client("lambda").get_function(FunctionName=function.id)
    assert found["Configuration"]["Environment"] == {"Variables": {"A": "2"}}
    assert found["Configuration"]["Timeout"] == 5
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 2}
