"""Each resource type, created in a really running emulator and looked at through the AWS API."""

import base64
import json
import re
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi
import pytest
import requests

from local.emulator import Emulator, free_port
from local.resources import REGISTRY, Cloud, DestroyError, EmulatedProvider, UnknownType
from local.resources.base import UnknownProperty
from local.resources.limits import LimitExceeded
from local.ses import SesStandIn

Inputs = dict[str, Any]
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with SesStandIn() as ses, Emulator(free_port(), ses_url=ses.url) as emulator:
        yield Cloud(emulator.url, ses.url)


@pytest.fixture
def provider(cloud: Cloud) -> Iterator[EmulatedProvider]:
    provider = EmulatedProvider(cloud)
    yield provider
    provider.destroy()


class Stack:
    """Creates resources by their Pulumi type and logical name, as the engine does."""

    def __init__(self, provider: EmulatedProvider, folder: Path) -> None:
        self._provider = provider
        self._folder = folder

    def create(self, type_: str, name: str, /, **inputs: Any) -> Inputs:
        id_, state = self._provider.create(type_, name, inputs, {})
        return {**state, "id": id_}

    def function(self, code: str, name: str = "probe", **inputs: Any) -> Inputs:
        source = self._folder / name
        source.mkdir(exist_ok=True)
        (source / "index.py").write_text(textwrap.dedent(code))
        role = self.create("aws:iam/role:Role", f"{name}-role", assumeRolePolicy=TRUST)
        return self.create(
            "aws:lambda/function:Function",
            name,
            runtime="python3.14",
            handler="index.handler",
            code=pulumi.FileArchive(str(source)),
            role=role["arn"],
            **inputs,
        )

    def api(self, function: Inputs, *routes: str, **api_inputs: Any) -> str:
        """An HTTP API whose routes all lead to one function; the answer is its endpoint."""
        api = self.create("aws:apigatewayv2/api:Api", "api", protocolType="HTTP", **api_inputs)
        integration = self.create(
            "aws:apigatewayv2/integration:Integration",
            "integration",
            apiId=api["id"],
            integrationType="AWS_PROXY",
            integrationUri=function["invokeArn"],
            payloadFormatVersion="2.0",
        )
        for route in routes:
            self.create(
                "aws:apigatewayv2/route:Route",
                route,
                apiId=api["id"],
                routeKey=route,
                target=f"integrations/{integration['id']}",
            )
        self.create("aws:apigatewayv2/stage:Stage", "stage", apiId=api["id"], name="$default", autoDeploy=True)
        return str(api["apiEndpoint"])


@pytest.fixture
def stack(provider: EmulatedProvider, tmp_path: Path) -> Stack:
    return Stack(provider, tmp_path)


def call(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, str, dict[str, str]]:
    """One HTTP request: status, body and headers of the answer. Underscores in header names are dashes."""
    request = urllib.request.Request(
        url, body, {name.replace("_", "-"): value for name, value in headers.items()}, method=method
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode(), {k.lower(): v for k, v in answer.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), {k.lower(): v for k, v in error.headers.items()}


def eventually(look: Callable[[], Any], seconds: float = 10) -> Any:
    """The first true answer, or the last one when time is up."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


# What every type has in common


def test_an_unknown_type_is_refused(provider: EmulatedProvider) -> None:
    with pytest.raises(UnknownType, match="not known to local/resources"):
        provider.create("aws:quantum/computer:Computer", "c", {}, {})


@pytest.mark.parametrize("type_", sorted(REGISTRY))
def test_an_unknown_property_is_refused_by_name(type_: str, provider: EmulatedProvider) -> None:
    with pytest.raises(UnknownProperty, match=r'property "noSuchThing.deep" is not known to local/resources/\w+\.py'):
        provider.create(type_, "x", {"noSuchThing": [{"deep": 1}]}, {})


def test_an_unknown_property_deep_inside_a_known_one_is_refused(provider: EmulatedProvider) -> None:
    with pytest.raises(UnknownProperty, match=r"ttl\.colour"):
        provider.create("aws:dynamodb/table:Table", "t", {"ttl": {"attributeName": "a", "colour": "red"}}, {})


def test_a_setting_nothing_here_acts_on_is_reported(provider: EmulatedProvider) -> None:
    provider.create("aws:cloudwatch/logGroup:LogGroup", "g", {"kmsKeyId": "k"}, {})
    assert provider.without_effect == {
        ("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId", "the emulator keeps everything in memory")
    }


def test_an_automatic_name_is_the_logical_name_and_seven_hex_digits(stack: Stack) -> None:
    assert re.fullmatch(r"my-topic-[0-9a-f]{7}", stack.create("aws:sns/topic:Topic", "my-topic")["name"])


def test_a_given_name_is_kept(stack: Stack) -> None:
    assert stack.create("aws:sns/topic:Topic", "my-topic", name="given")["name"] == "given"


def test_default_tags_are_merged_under_the_resources_own(provider: EmulatedProvider, cloud: Cloud) -> None:
    arn, state = provider.create(
        "aws:sns/topic:Topic", "t", {"tags": {"own": "1", "both": "1"}}, {"default": "2", "both": "2"}
    )
    expected = {"own": "1", "both": "1", "default": "2"}
    assert state["tagsAll"] == expected
    tags = cloud.client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == expected


def test_a_name_aws_would_refuse_is_refused_here(stack: Stack) -> None:
    function = stack.function("def handler(event, context): pass")
    with pytest.raises(LimitExceeded, match="AWS would refuse StatementId 'GET /x': it must match"):
        stack.create(
            "aws:lambda/permission:Permission",
            "p",
            statementId="GET /x",
            action="lambda:InvokeFunction",
            function=function["name"],
            principal="apigateway.amazonaws.com",
        )


def test_a_name_longer_than_aws_allows_is_refused_here(stack: Stack) -> None:
    with pytest.raises(LimitExceeded, match=r"RoleName .*longer than 64 characters"):
        stack.create("aws:iam/role:Role", "r" * 60, assumeRolePolicy=TRUST)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"memorySize": 99_999}, "MemorySize 99999: more than"),
        ({"architectures": ["arm64", "x86_64"]}, "Architectures: more than 1 items"),
    ],
)
def test_a_number_or_a_list_over_awss_limit_is_refused_here(stack: Stack, inputs: Inputs, reason: str) -> None:
    with pytest.raises(LimitExceeded, match=f"AWS would refuse {reason}"):
        stack.function("def handler(event, context): pass", **inputs)


def test_a_secret_over_a_limit_is_not_shown(stack: Stack) -> None:
    with pytest.raises(LimitExceeded) as refused:
        stack.create("aws:ssm/parameter:Parameter", "p", type="NoSuchType", value="hush")
    assert "hush" not in str(refused.value)


def test_the_developers_own_aws_configuration_is_not_read(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, cloud: Cloud
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing-profile")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    fresh = Cloud(cloud.url, cloud.url)
    assert fresh.client("sts").get_caller_identity()["Account"] == cloud.account


def test_destroying_leaves_nothing_in_the_emulator(cloud: Cloud, tmp_path: Path) -> None:
    provider = EmulatedProvider(cloud)
    stack = Stack(provider, tmp_path)
    stack.api(stack.function("def handler(event, context): pass"), "GET /x")
    stack.create("aws:sqs/queue:Queue", "q")
    bucket = stack.create("aws:s3/bucket:Bucket", "b")["id"]
    cloud.client("s3").put_object(Bucket=bucket, Key="k", Body=b"left behind")
    table(stack, deletionProtectionEnabled=True)

    with pytest.raises(DestroyError, match="guarded against deletion"):
        provider.destroy()
    provider.destroy(even_guarded=True)

    assert cloud.client("lambda").list_functions()["Functions"] == []
    assert cloud.client("apigatewayv2").get_apis()["Items"] == []
    assert cloud.client("sqs").list_queues().get("QueueUrls", []) == []
    assert cloud.client("s3").list_buckets()["Buckets"] == []
    assert cloud.client("dynamodb").list_tables()["TableNames"] == []
    assert cloud.client("iam").list_roles()["Roles"] == []


# DynamoDB


def table(stack: Stack, **inputs: Any) -> Inputs:
    return stack.create(
        "aws:dynamodb/table:Table",
        "people",
        attributes=[{"name": "email", "type": "S"}, {"name": "status", "type": "S"}],
        hashKey="email",
        billingMode="PAY_PER_REQUEST",
        globalSecondaryIndexes=[
            {
                "name": "by_status",
                "keySchemas": [{"attributeName": "status", "keyType": "HASH"}],
                "projectionType": "ALL",
            }
        ],
        **inputs,
    )


def test_a_table_has_the_keys_index_and_settings_declared(stack: Stack, cloud: Cloud) -> None:
    created = table(
        stack,
        ttl={"attributeName": "expires_at", "enabled": True},
        pointInTimeRecovery={"enabled": True},
        streamEnabled=True,
        streamViewType="NEW_AND_OLD_IMAGES",
        tags={"a": "b"},
    )
    client = cloud.client("dynamodb")
    described = client.describe_table(TableName=created["name"])["Table"]
    assert described["KeySchema"] == [{"AttributeName": "email", "KeyType": "HASH"}]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["GlobalSecondaryIndexes"][0]["IndexName"] == "by_status"
    assert described["TableArn"] == created["arn"]
    assert described["LatestStreamArn"] == created["streamArn"]
    ttl = client.describe_time_to_live(TableName=created["name"])["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    backups = client.describe_continuous_backups(TableName=created["name"])["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


# Lambda

RECORDER = """
    import boto3, json, os
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
"""


def recorder(stack: Stack, **inputs: Any) -> tuple[Inputs, Inputs]:
    """A function that puts every event it gets on a queue, and the queue."""
    seen = stack.create("aws:sqs/queue:Queue", "seen")
    return stack.function(RECORDER, "recorder", environment={"variables": {"SEEN": seen["url"]}}, **inputs), seen


def seen_by(cloud: Cloud, queue: Inputs) -> Any:
    """The next event the recorder saw."""
    messages = eventually(
        lambda: cloud.client("sqs").receive_message(QueueUrl=queue["url"]).get("Messages"), seconds=15
    )
    assert messages, "the function was not called"
    return json.loads(messages[0]["Body"])


def test_a_function_runs_its_code_with_its_environment(stack: Stack, cloud: Cloud) -> None:
    function = stack.function(
        'import os\ndef handler(event, context): return [event, os.environ["NAME"], context.function_name]',
        environment={"variables": {"NAME": "Ada"}},
    )
    answer = cloud.client("lambda").invoke(FunctionName=function["name"], Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == [{"a": 1}, "Ada", function["name"]]


def test_a_function_may_be_made_of_assets(stack: Stack, cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("from a file")
    code = "def handler(event, context): return open('deep/data.txt').read()"
    role = stack.create("aws:iam/role:Role", "role", assumeRolePolicy=TRUST)
    function = stack.create(
        "aws:lambda/function:Function",
        "assets",
        runtime="python3.14",
        handler="index.handler",
        role=role["arn"],
        code=pulumi.AssetArchive(
            {
                "index.py": pulumi.StringAsset(code),
                "deep": pulumi.AssetArchive({"data.txt": pulumi.FileAsset(str(tmp_path / "data.txt"))}),
            }
        ),
    )
    answer = cloud.client("lambda").invoke(FunctionName=function["name"])
    assert json.loads(answer["Payload"].read()) == "from a file"


def test_code_may_be_put_together_of_a_folder_and_what_is_beside_it(stack: Stack, cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text(
        "import os\ndef handler(event, context):\n"
        "    return open(os.path.join(os.environ['LAMBDA_TASK_ROOT'], 'list.json')).read()"
    )

    def answer(name: str, text: str) -> Any:
        stack.create(
            "aws:lambda/function:Function",
            name,
            name=name,
            runtime="python3.14",
            handler="index.handler",
            role=stack.create("aws:iam/role:Role", f"{name}-role", assumeRolePolicy=TRUST)["arn"],
            code=pulumi.AssetArchive(
                {".": pulumi.FileArchive(str(tmp_path / "code")), "list.json": pulumi.StringAsset(text)}
            ),
        )
        return json.loads(cloud.client("lambda").invoke(FunctionName=name)["Payload"].read())

    told = [answer(name, text) for name, text in (("one", "first"), ("two", "second"), ("three", "first"))]
    assert told == ["first", "second", "first"]


def test_more_environment_than_lambda_takes_is_refused(stack: Stack) -> None:
    with pytest.raises(LimitExceeded, match="4097 bytes of environment variables; 4096 are the most"):
        stack.function("", environment={"variables": {"A": "ä" * 2048}})
    stack.function("", environment={"variables": {"AB": "ä" * 2047}})


def test_a_missing_code_folder_is_named(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        stack.create(
            "aws:lambda/function:Function",
            "f",
            runtime="python3.14",
            handler="index.handler",
            role="arn:aws:iam::000000000000:role/r",
            code=pulumi.FileArchive(str(tmp_path / "nowhere")),
        )


def test_what_a_function_logs_is_in_its_own_log_group(stack: Stack, cloud: Cloud) -> None:
    group = stack.create("aws:cloudwatch/logGroup:LogGroup", "g", name="/aws/lambda/own", retentionInDays=7)
    function = stack.function(
        "def handler(event, context): print('hello log')",
        loggingConfig={"logFormat": "JSON", "logGroup": group["name"]},
    )
    cloud.client("lambda").invoke(FunctionName=function["name"])
    events = cloud.client("logs").filter_log_events(logGroupName=group["name"])["events"]
    assert "hello log" in [event["message"] for event in events]


def test_more_calls_than_the_machine_runs_at_once_wait_instead_of_failing(stack: Stack, cloud: Cloud) -> None:
    function = stack.function("import time\ndef handler(event, context): time.sleep(0.05); return 'done'")

    def invoke(_: int) -> Any:
        return json.loads(cloud.client("lambda").invoke(FunctionName=function["name"])["Payload"].read())

    with ThreadPoolExecutor(24) as callers:
        assert list(callers.map(invoke, range(24))) == ["done"] * 24


def test_a_functions_own_reserved_concurrency_still_refuses(stack: Stack, cloud: Cloud) -> None:
    function = stack.function("def handler(event, context): pass", reservedConcurrentExecutions=0)
    client = cloud.client("lambda")
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke(FunctionName=function["name"])


def test_a_failed_asynchronous_call_ends_in_its_failure_destination(stack: Stack, cloud: Cloud) -> None:
    dead = stack.create("aws:sqs/queue:Queue", "dead")
    function = stack.function("def handler(event, context): raise ValueError('no')")
    stack.create(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "config",
        functionName=function["name"],
        maximumRetryAttempts=0,
        destinationConfig={"onFailure": {"destination": dead["arn"]}},
    )
    cloud.client("lambda").invoke(FunctionName=function["name"], InvocationType="Event", Payload=b'{"n": 1}')
    assert seen_by(cloud, dead)["requestPayload"] == {"n": 1}


@pytest.mark.parametrize(("enforced", "outcome"), [(True, "AccessDenied"), (False, "sent")])
def test_a_function_may_do_only_what_its_role_allows_if_that_is_enforced(
    enforced: bool, outcome: str, tmp_path: Path
) -> None:
    code = """
        import boto3, botocore.exceptions
        def handler(event, context):
            try:
                boto3.client("sqs").send_message(QueueUrl=event, MessageBody="x")
                return "sent"
            except botocore.exceptions.ClientError as error:
                return error.response["Error"]["Code"]
    """
    with Emulator(free_port(), enforce_iam=enforced) as emulator:
        cloud = Cloud(emulator.url, "http://127.0.0.1:1")
        stack = Stack(EmulatedProvider(cloud), tmp_path)
        queue = stack.create("aws:sqs/queue:Queue", "q")
        function = stack.function(code)
        client = cloud.client("lambda")

        def invoke() -> Any:
            answer = client.invoke(FunctionName=function["name"], Payload=json.dumps(queue["url"]))
            return json.loads(answer["Payload"].read())

        assert invoke() == outcome
        allow = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue["arn"]}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        stack.create("aws:iam/rolePolicy:RolePolicy", "p", role=function["role"].split("/")[1], policy=policy)
        assert invoke() == "sent"


# Event sources


def test_a_queue_feeds_a_function_and_failed_items_end_in_the_dead_letter_queue(stack: Stack, cloud: Cloud) -> None:
    dead = stack.create("aws:sqs/queue:Queue", "dead")
    queue = stack.create(
        "aws:sqs/queue:Queue",
        "work",
        visibilityTimeoutSeconds=2,
        redrivePolicy=json.dumps({"deadLetterTargetArn": dead["arn"], "maxReceiveCount": 1}),
    )
    function = stack.function("""
        def handler(event, context):
            bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
            return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in bad]}
    """)
    stack.create(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "mapping",
        eventSourceArn=queue["arn"],
        functionName=function["arn"],
        batchSize=10,
        functionResponseTypes=["ReportBatchItemFailures"],
        scalingConfig={"maximumConcurrency": 2},
    )
    # Once it has started, it answers long before the messages are visible again.
    cloud.client("lambda").invoke(FunctionName=function["arn"], Payload=b'{"Records": []}')
    for body in ("good", "bad"):
        cloud.client("sqs").send_message(QueueUrl=queue["url"], MessageBody=body)

    client = cloud.client("sqs")
    dead_letters = eventually(lambda: client.receive_message(QueueUrl=dead["url"]).get("Messages"))
    assert [message["Body"] for message in dead_letters] == ["bad"]


def test_a_queue_feeds_a_function_with_more_than_ten_messages_at_once(stack: Stack, cloud: Cloud) -> None:
    queue, client = stack.create("aws:sqs/queue:Queue", "queue", visibilityTimeoutSeconds=30), cloud.client("sqs")
    for start in range(0, 25, 5):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(start, start + 5)]
        client.send_message_batch(QueueUrl=queue["url"], Entries=entries)
    function, seen = recorder(stack)
    stack.create(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "mapping",
        eventSourceArn=queue["arn"],
        functionName=function["arn"],
        batchSize=1000,
        maximumBatchingWindowInSeconds=1,
    )
    bodies = {record["body"] for record in seen_by(cloud, seen)["Records"]}
    assert bodies == {str(number) for number in range(25)}


def test_a_table_stream_feeds_a_function_with_old_and_new_images(stack: Stack, cloud: Cloud) -> None:
    people = table(stack, streamEnabled=True, streamViewType="NEW_AND_OLD_IMAGES")
    function, seen = recorder(stack)
    stack.create(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "mapping",
        eventSourceArn=people["streamArn"],
        functionName=function["arn"],
        startingPosition="LATEST",
        filterCriteria={"filters": [{"pattern": '{"eventName": ["MODIFY"]}'}]},
    )
    for status in ("pending", "active"):
        item = {"email": {"S": "a@example.com"}, "status": {"S": status}}
        cloud.client("dynamodb").put_item(TableName=people["name"], Item=item)

    (record,) = seen_by(cloud, seen)["Records"]
    assert record["eventName"] == "MODIFY"
    assert record["dynamodb"]["OldImage"]["status"] == {"S": "pending"}
    assert record["dynamodb"]["NewImage"]["status"] == {"S": "active"}


def test_a_schedule_calls_a_function(stack: Stack, cloud: Cloud) -> None:
    function, seen = recorder(stack)
    group = stack.create("aws:scheduler/scheduleGroup:ScheduleGroup", "group")
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 1))
    stack.create(
        "aws:scheduler/schedule:Schedule",
        "soon",
        groupName=group["name"],
        scheduleExpression=f"at({now})",
        scheduleExpressionTimezone="UTC",
        flexibleTimeWindow={"mode": "OFF"},
        target={"arn": function["arn"], "roleArn": "arn:aws:iam::000000000000:role/r", "input": '{"due": true}'},
    )
    assert seen_by(cloud, seen) == {"due": True}


def test_a_topic_reaches_a_queue_through_a_filter(stack: Stack, cloud: Cloud) -> None:
    topic = stack.create("aws:sns/topic:Topic", "topic")
    queue = stack.create("aws:sqs/queue:Queue", "queue")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    stack.create("aws:sqs/queuePolicy:QueuePolicy", "queue-policy", queueUrl=queue["url"], policy=policy)
    stack.create("aws:sns/topicPolicy:TopicPolicy", "topic-policy", arn=topic["arn"], policy=policy)
    stack.create(
        "aws:sns/topicSubscription:TopicSubscription",
        "subscription",
        topic=topic["arn"],
        protocol="sqs",
        endpoint=queue["arn"],
        rawMessageDelivery=True,
        filterPolicy='{"eventType": ["Bounce"]}',
        filterPolicyScope="MessageBody",
    )
    for kind in ("Send", "Bounce"):
        cloud.client("sns").publish(TopicArn=topic["arn"], Message=json.dumps({"eventType": kind}))
    assert seen_by(cloud, queue) == {"eventType": "Bounce"}


# HTTP API

ECHO = """
    import json
    def handler(event, context):
        return {
            "statusCode": 201,
            "headers": {"content-type": "application/json", "x-own": "yes"},
            "cookies": ["a=1; HttpOnly", "b=2"],
            "body": json.dumps(event),
        }
"""


def test_an_http_api_hands_over_the_request_and_hands_back_the_answer(stack: Stack) -> None:
    url = stack.api(stack.function(ECHO), "PATCH /subscribers/{email}")
    status, body, headers = call(
        f"{url}/subscribers/a%2Bb%40example.com?limit=5&status=active",
        "PATCH",
        b'{"name": "Ada"}',
        content_type="application/json",
    )
    event = json.loads(body)
    assert (status, headers["x-own"]) == (201, "yes")
    assert event["version"] == "2.0"
    assert event["routeKey"] == "PATCH /subscribers/{email}"
    assert event["rawPath"] == "/subscribers/a+b@example.com"
    assert event["pathParameters"] == {"email": "a+b@example.com"}
    assert event["queryStringParameters"] == {"limit": "5", "status": "active"}
    assert event["rawQueryString"] == "limit=5&status=active"
    assert event["body"] == '{"name": "Ada"}'
    assert event["isBase64Encoded"] is False


def test_form_bodies_arrive_in_base64_as_on_aws(stack: Stack) -> None:
    url = stack.api(stack.function(ECHO), "POST /subscribe")
    _, body, _ = call(f"{url}/subscribe", "POST", b"email=a", content_type="application/x-www-form-urlencoded")
    event = json.loads(body)
    assert (event["body"], event["isBase64Encoded"]) == ("ZW1haWw9YQ==", True)


def test_the_endpoint_also_answers_with_a_plain_dollar_sign(stack: Stack) -> None:
    url = stack.api(stack.function(ECHO), "GET /x")
    assert call(f"{url.replace('%24', '$')}/x")[0] == 201


def test_an_unknown_route_is_not_found(stack: Stack) -> None:
    url = stack.api(stack.function(ECHO), "GET /x")
    assert call(f"{url}/y")[0] == 404
    assert call(f"{url}/x", "POST")[0] == 404


def test_cors_answers_the_configured_origins_only(stack: Stack) -> None:
    cors = {"allowOrigins": ["https://good.example"], "allowMethods": ["POST"], "maxAge": 60}
    url = stack.api(stack.function(ECHO), "POST /x", corsConfiguration=cors)
    status, _, headers = call(
        f"{url}/x", "OPTIONS", Origin="https://good.example", Access_Control_Request_Method="POST"
    )
    assert (status, headers["access-control-allow-origin"]) == (204, "https://good.example")
    _, _, headers = call(f"{url}/x", "POST", b"{}", Origin="https://evil.example")
    assert "access-control-allow-origin" not in headers


def test_a_request_authorizer_guards_a_route(stack: Stack) -> None:
    guard = stack.function(
        """
        def handler(event, context):
            return {"isAuthorized": event["headers"]["authorization"] == "Bearer right", "context": {"who": "admin"}}
        """,
        "guard",
    )
    function = stack.function(ECHO)
    api = stack.create("aws:apigatewayv2/api:Api", "api", protocolType="HTTP")
    authorizer = stack.create(
        "aws:apigatewayv2/authorizer:Authorizer",
        "authorizer",
        apiId=api["id"],
        authorizerType="REQUEST",
        authorizerUri=guard["invokeArn"],
        authorizerPayloadFormatVersion="2.0",
        authorizerResultTtlInSeconds=0,
        enableSimpleResponses=True,
        identitySources=["$request.header.Authorization"],
    )
    integration = stack.create(
        "aws:apigatewayv2/integration:Integration",
        "integration",
        apiId=api["id"],
        integrationType="AWS_PROXY",
        integrationUri=function["invokeArn"],
        payloadFormatVersion="2.0",
    )
    stack.create(
        "aws:apigatewayv2/route:Route",
        "route",
        apiId=api["id"],
        routeKey="GET /x",
        target=f"integrations/{integration['id']}",
        authorizationType="CUSTOM",
        authorizerId=authorizer["id"],
    )
    url = f"{api['apiEndpoint']}/x"
    assert call(url)[0] == 401
    assert call(url, Authorization="Bearer wrong")[0] == 403
    status, body, _ = call(url, Authorization="Bearer right")
    assert status == 201
    assert json.loads(body)["requestContext"]["authorizer"] == {"lambda": {"who": "admin"}}


# The rest


def test_a_budget_tells_its_subscribers(stack: Stack, cloud: Cloud) -> None:
    notification = {
        "notificationType": "FORECASTED",
        "comparisonOperator": "GREATER_THAN",
        "threshold": 100,
        "thresholdType": "PERCENTAGE",
        "subscriberEmailAddresses": ["office@example.org"],
    }
    budget = stack.create(
        "aws:budgets/budget:Budget",
        "b",
        budgetType="COST",
        timeUnit="MONTHLY",
        limitAmount="25",
        limitUnit="USD",
        notifications=[notification],
    )
    client, place = cloud.client("budgets"), {"AccountId": cloud.account, "BudgetName": budget["name"]}
    assert client.describe_budget(**place)["Budget"]["BudgetLimit"]["Unit"] == "USD"
    (found,) = client.describe_notifications_for_budget(**place)["Notifications"]
    assert (found["NotificationType"], found["Threshold"]) == ("FORECASTED", 100)
    subscribers = client.describe_subscribers_for_notification(**place, Notification=found)["Subscribers"]
    assert subscribers == [{"SubscriptionType": "EMAIL", "Address": "office@example.org"}]


def test_a_secure_parameter_reads_back_decrypted(stack: Stack, cloud: Cloud) -> None:
    parameter = stack.create("aws:ssm/parameter:Parameter", "p", type="SecureString", value='{"current": "1"}')
    read = cloud.client("ssm").get_parameter(Name=parameter["name"], WithDecryption=True)["Parameter"]
    assert (read["Value"], read["ARN"]) == ('{"current": "1"}', parameter["arn"])


def test_a_role_has_its_policy(stack: Stack, cloud: Cloud) -> None:
    role = stack.create("aws:iam/role:Role", "role", assumeRolePolicy=TRUST)
    policy = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    )
    stack.create("aws:iam/rolePolicy:RolePolicy", "policy", role=role["name"], policy=policy, name="own")
    read = cloud.client("iam").get_role_policy(RoleName=role["name"], PolicyName="own")
    assert read["PolicyDocument"] == json.loads(policy)


def test_alarms_dashboards_and_metric_filters_are_stored(stack: Stack, cloud: Cloud) -> None:
    alarm = stack.create(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "alarm",
        comparisonOperator="GreaterThanThreshold",
        evaluationPeriods=1,
        threshold=5,
        metricQueries=[
            {"id": "rate", "expression": "100 * bounced / sent", "returnData": True},
            {
                "id": "bounced",
                "metric": {
                    "metricName": "Bounce",
                    "namespace": "AWS/SES",
                    "period": 300,
                    "stat": "Sum",
                    "dimensions": {"a": "b"},
                },
            },
        ],
    )
    (described,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[alarm["name"]])["MetricAlarms"]
    assert described["AlarmArn"] == alarm["arn"]
    stack.create(
        "aws:cloudwatch/dashboard:Dashboard", "dashboard", dashboardName="board", dashboardBody='{"widgets": []}'
    )
    group = stack.create("aws:cloudwatch/logGroup:LogGroup", "group")
    stack.create(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "filter",
        logGroupName=group["name"],
        pattern="ERROR",
        metricTransformation={"name": "Errors", "namespace": "email-list", "value": "1"},
    )
    assert cloud.client("logs").describe_metric_filters(logGroupName=group["name"])["metricFilters"]


def test_a_fifo_queue_gets_a_fifo_name(stack: Stack) -> None:
    assert stack.create("aws:sqs/queue:Queue", "q", fifoQueue=True)["name"].endswith(".fifo")


def test_a_bucket_takes_all_its_companions(stack: Stack, cloud: Cloud) -> None:
    bucket = stack.create("aws:s3/bucket:Bucket", "Uploads", forceDestroy=True, tags={"a": "b"})["id"]
    assert bucket == bucket.lower()
    function, seen = recorder(stack)
    arn = f"arn:aws:s3:::{bucket}"
    allow = {"Effect": "Allow", "Principal": {"AWS": cloud.account}, "Action": "s3:GetObject", "Resource": f"{arn}/*"}
    companions: dict[str, Inputs] = {
        "bucketPublicAccessBlock:BucketPublicAccessBlock": {"blockPublicAcls": True, "blockPublicPolicy": True},
        "bucketOwnershipControls:BucketOwnershipControls": {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        "bucketVersioning:BucketVersioning": {"versioningConfiguration": {"status": "Enabled"}},
        "bucketPolicy:BucketPolicy": {"policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})},
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
        },
        "bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
            "rules": [
                {
                    "id": "forget",
                    "status": "Enabled",
                    "filter": {"prefix": "imports/"},
                    "expiration": {"days": 7},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
                }
            ]
        },
        "bucketCorsConfiguration:BucketCorsConfiguration": {
            "corsRules": [{"allowedMethods": ["PUT"], "allowedOrigins": ["*"], "maxAgeSeconds": 60}]
        },
        "bucketNotification:BucketNotification": {
            "lambdaFunctions": [
                {
                    "lambdaFunctionArn": function["arn"],
                    "events": ["s3:ObjectCreated:*"],
                    "filterPrefix": "imports/",
                }
            ]
        },
    }
    for type_, inputs in companions.items():
        stack.create(f"aws:s3/{type_}", "c", bucket=bucket, **inputs)
    client = cloud.client("s3")
    rules = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rules[0]["Expiration"] == {"Days": 7}
    assert client.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedMethods"] == ["PUT"]

    stack.create("aws:s3/bucketObjectv2:BucketObjectv2", "o", bucket=bucket, key="imports/a.csv", content="email")
    (record,) = seen_by(cloud, seen)["Records"]
    assert record["s3"]["object"]["key"] == "imports/a.csv"


def test_ses_resources_live_in_the_stand_in(stack: Stack, cloud: Cloud) -> None:
    topic = stack.create("aws:sns/topic:Topic", "events")
    configuration = stack.create(
        "aws:sesv2/configurationSet:ConfigurationSet",
        "set",
        configurationSetName="news",
        deliveryOptions={"tlsPolicy": "REQUIRE"},
        reputationOptions={"reputationMetricsEnabled": True},
        suppressionOptions={"suppressedReasons": ["BOUNCE", "COMPLAINT"]},
    )
    identity = stack.create(
        "aws:sesv2/emailIdentity:EmailIdentity",
        "identity",
        emailIdentity="example.org",
        configurationSetName=configuration["id"],
    )
    assert identity["arn"] == "arn:aws:ses:us-east-1:000000000000:identity/example.org"
    assert len(identity["dkimSigningAttributes"]["tokens"]) == 3
    stack.create(
        "aws:sesv2/emailIdentityFeedbackAttributes:EmailIdentityFeedbackAttributes",
        "feedback",
        emailIdentity="example.org",
        emailForwardingEnabled=False,
    )
    assert cloud.client("sesv2").get_email_identity(EmailIdentity="example.org")["FeedbackForwardingStatus"] is False
    stack.create(
        "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes",
        "mail-from",
        emailIdentity="example.org",
        mailFromDomain="bounce.example.org",
    )
    stack.create(
        "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
        "destination",
        configurationSetName=configuration["id"],
        eventDestinationName="topic",
        eventDestination={
            "enabled": True,
            "matchingEventTypes": ["SEND", "BOUNCE"],
            "snsDestination": {"topicArn": topic["arn"]},
        },
    )
    read = cloud.client("sesv2").get_configuration_set_event_destinations(ConfigurationSetName="news")
    assert read["EventDestinations"][0]["SnsDestination"] == {"TopicArn": topic["arn"]}


def test_a_domain_of_its_own_reaches_the_api_behind_it(stack: Stack, cloud: Cloud) -> None:
    certificate = stack.create(
        "aws:acm/certificate:Certificate", "c", domainName="news.example.org", validationMethod="DNS"
    )
    (proof,) = certificate["domainValidationOptions"]
    record = stack.create(
        "aws:route53/record:Record",
        "r",
        zoneId="Z0123456789",
        name=proof["resourceRecordName"].rstrip("."),
        type=proof["resourceRecordType"],
        ttl=300,
        records=[proof["resourceRecordValue"]],
    )
    stack.create(
        "aws:acm/certificateValidation:CertificateValidation",
        "v",
        certificateArn=certificate["arn"],
        validationRecordFqdns=[record["fqdn"]],
    )
    domain = stack.create(
        "aws:apigatewayv2/domainName:DomainName",
        "d",
        domainName="news.example.org",
        domainNameConfiguration={
            "certificateArn": certificate["arn"],
            "endpointType": "REGIONAL",
            "securityPolicy": "TLS_1_2",
        },
    )
    assert domain["domainNameConfiguration"]["targetDomainName"].endswith(".amazonaws.com")
    api = stack.create("aws:apigatewayv2/api:Api", "api", protocolType="HTTP")
    stage = stack.create("aws:apigatewayv2/stage:Stage", "s", apiId=api["id"], name="$default", autoDeploy=True)
    mapping = {"domainName": domain["id"], "apiId": api["id"], "stage": stage["id"]}
    stack.create("aws:apigatewayv2/apiMapping:ApiMapping", "m", **mapping)
    (found,) = cloud.client("apigatewayv2").get_api_mappings(DomainName="news.example.org")["Items"]
    assert (found["ApiId"], found["Stage"]) == (api["id"], "$default")


def test_a_zone_ends_with_its_last_record(cloud: Cloud, tmp_path: Path) -> None:
    provider = EmulatedProvider(cloud)
    stack = Stack(provider, tmp_path)
    text = {"zoneId": "Z9", "name": "bounce.example.org", "type": "TXT", "ttl": 300, "records": ["v=spf1 ~all"]}
    stack.create("aws:route53/record:Record", "text", **text)
    (zone,) = cloud.client("route53").list_hosted_zones()["HostedZones"]
    records = cloud.client("route53").list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    (kept,) = [record for record in records if record["Type"] == "TXT"]
    assert kept["ResourceRecords"] == [{"Value": '"v=spf1 ~all"'}]
    provider.destroy()
    assert cloud.client("route53").list_hosted_zones()["HostedZones"] == []


def test_a_distribution_stands_before_its_origin_until_it_is_removed(cloud: Cloud, tmp_path: Path) -> None:
    provider = EmulatedProvider(cloud)
    made = Stack(provider, tmp_path).create("aws:cloudfront/distribution:Distribution", "d", **DISTRIBUTION)
    found = cloud.client("cloudfront").get_distribution(Id=made["id"])["Distribution"]
    assert found["DomainName"] == made["domainName"]
    (origin,) = found["DistributionConfig"]["Origins"]["Items"]
    assert origin["DomainName"] == "r.us-east-1.awstrack.me"
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "http-only"
    provider.destroy()
    assert cloud.client("cloudfront").list_distributions()["DistributionList"].get("Items", []) == []


def test_a_distribution_over_a_bucket_serves_here_what_the_bucket_lets_it_read(cloud: Cloud, tmp_path: Path) -> None:
    stack = Stack(EmulatedProvider(cloud), tmp_path)
    bucket = stack.create("aws:s3/bucket:Bucket", "served", forceDestroy=True)
    access = stack.create(
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        "served",
        originAccessControlOriginType="s3",
        signingBehavior="always",
        signingProtocol="sigv4",
    )
    origin = {
        "originId": "b",
        "domainName": bucket["bucketRegionalDomainName"],
        "originPath": "/shown",
        "originAccessControlId": access["id"],
    }
    behaviour = {**DISTRIBUTION["defaultCacheBehavior"], "targetOriginId": "b"}
    plain = {key: value for key, value in DISTRIBUTION.items() if key != "aliases"}
    made = stack.create(
        "aws:cloudfront/distribution:Distribution",
        "served",
        **{**plain, "origins": [origin], "defaultCacheBehavior": behaviour},
    )
    assert made["domainName"].startswith("127.0.0.1:")
    for key in ("shown/a.txt", "hidden/b.txt"):
        stack.create("aws:s3/bucketObjectv2:BucketObjectv2", key[-5], bucket=bucket["id"], key=key, content="hello")
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"{bucket['arn']}/shown/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": made["arn"]}},
    }
    assert requests.get(f"http://{made['domainName']}/a.txt", timeout=10).status_code == 403
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    stack.create("aws:s3/bucketPolicy:BucketPolicy", "served", bucket=bucket["id"], policy=policy)
    assert requests.get(f"http://{made['domainName']}/a.txt", timeout=10).text == "hello"
    for path in ("%2e%2e/hidden/b.txt", "..%2fhidden/b.txt", "hidden/b.txt"):
        assert requests.get(f"http://{made['domainName']}/{path}", timeout=10).status_code in (403, 404)


DISTRIBUTION: Inputs = {
    "aliases": ["click.example.org"],
    "comment": "Redirects",
    "enabled": True,
    "origins": [
        {
            "originId": "ses",
            "domainName": "r.us-east-1.awstrack.me",
            "customOriginConfig": {
                "httpPort": 80,
                "httpsPort": 443,
                "originProtocolPolicy": "http-only",
                "originSslProtocols": ["TLSv1.2"],
            },
        }
    ],
    "defaultCacheBehavior": {
        "targetOriginId": "ses",
        "viewerProtocolPolicy": "redirect-to-https",
        "allowedMethods": ["GET", "HEAD"],
        "cachedMethods": ["GET", "HEAD"],
        "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    },
    "restrictions": {"geoRestriction": {"restrictionType": "none"}},
    "viewerCertificate": {
        "acmCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000",
        "sslSupportMethod": "sni-only",
        "minimumProtocolVersion": "TLSv1.2_2021",
    },
    "waitForDeployment": False,
}


def test_random_text_has_the_length_and_the_characters_asked_for(stack: Stack) -> None:
    password = stack.create(
        "random:index/randomPassword:RandomPassword", "p", length=20, special=False, minNumeric=5, upper=False
    )["result"]
    assert len(password) == 20
    assert sum(character.isdigit() for character in password) >= 5
    assert password.isalnum()
    assert password == password.lower()


def test_random_bytes_are_the_same_in_every_form(stack: Stack) -> None:
    value = stack.create("random:index/randomBytes:RandomBytes", "b", length=32)
    assert base64.b64decode(value["base64"]).hex() == value["hex"]
    assert len(value["hex"]) == 64


def test_the_functions_a_program_may_call_are_answered(provider: EmulatedProvider) -> None:
    assert provider.invoke("aws:index/getRegion:getRegion", {})["region"] == "us-east-1"
    assert provider.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"] == "000000000000"
    assert provider.invoke("aws:index/getPartition:getPartition", {})["partition"] == "aws"
    with pytest.raises(UnknownType):
        provider.invoke("aws:ec2/getVpc:getVpc", {})
