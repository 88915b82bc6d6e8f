"""The rules that every declared resource obeys, as functions from a deployment to those that break them."""

import json
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from typing import Any

from tests.unit.components.recording import STACK, Declared, Deployment, arn, physical_name

Rule = Callable[[Deployment], Iterator[str]]
"""Names what breaks the rule; nothing where all is well."""

SUPPORTED_RUNTIMES = {"python3.12", "python3.13", "python3.14"}
"""Not deprecated for some time to come (Lambda developer guide, "Lambda runtimes")."""

ONE_MESSAGE_EACH = {"signups", "imports", "erasures", "greetings"}
"""Queues into which a request puts one message at most."""

LONGEST_TIMEOUT = 900
TAGS = {"project": "email-list", "stack": STACK, "managed-by": "pulumi"}
CANNOT_BE_TAGGED = (
    "aws:acm/certificateValidation",
    "aws:apigatewayv2/apiMapping",
    "aws:apigatewayv2/authorizer",
    "aws:apigatewayv2/integration",
    "aws:apigatewayv2/route",
    "aws:cloudcontrol/resource",
    "aws:cloudfront/originAccessControl",
    "aws:cloudwatch/dashboard",
    "aws:glue/catalogTable",
    "aws:iam/rolePolicy",
    "aws:lambda/functionEventInvokeConfig",
    "aws:lambda/functionRecursionConfig",
    "aws:lambda/invocation",
    "aws:lambda/permission",
    "aws:quicksight/refreshSchedule",
    "aws:route53/record",
    "aws:s3/bucketCorsConfiguration",
    "aws:s3/bucketLifecycleConfiguration",
    "aws:s3/bucketNotification",
    "aws:s3/bucketPolicy",
    "aws:s3/bucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration",
    "aws:scheduler/schedule:",
    "aws:sesv2/configurationSetEventDestination",
    "aws:sesv2/emailIdentityFeedbackAttributes",
    "aws:sesv2/emailIdentityMailFromAttributes",
    "aws:sns/topicPolicy",
    "aws:sns/topicSubscription",
    "aws:sqs/queuePolicy",
)
_POLICIES = {
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/role:Role": "assumeRolePolicy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}


def tables_can_be_restored_to_any_moment(deployment: Deployment) -> Iterator[str]:
    for table in deployment.all("aws:dynamodb/table:Table"):
        if table.inputs.get("pointInTimeRecovery") != {"enabled": True}:
            yield table.name


def what_is_precious_is_guarded_twice(deployment: Deployment) -> Iterator[str]:
    """By DynamoDB itself and by Pulumi; for deployments whose configuration protects data."""
    for table in deployment.all("aws:dynamodb/table:Table"):
        if not table.inputs.get("deletionProtectionEnabled") or not table.protect:
            yield table.name


def queues_are_encrypted(deployment: Deployment) -> Iterator[str]:
    for queue in deployment.all("aws:sqs/queue:Queue"):
        if not queue.inputs.get("sqsManagedSseEnabled") and not queue.inputs.get("kmsMasterKeyId"):
            yield queue.name


def secrets_are_secure_strings_and_reach_no_environment(deployment: Deployment) -> Iterator[str]:
    for parameter in deployment.all("aws:ssm/parameter:Parameter"):
        if parameter.inputs["type"] != "SecureString":
            yield parameter.name
    for function in deployment.functions.values():
        if "environment" in function.secrets:
            yield function.name


KEPT_FOR_EVER = {"archive"}
"""Buckets with nothing but what is published, and nobody in it."""


def buckets_are_private_encrypted_and_forgetful(deployment: Deployment) -> Iterator[str]:
    for bucket in deployment.all("aws:s3/bucket:Bucket"):
        guards = {
            type_: [each.inputs for each in deployment.all(type_) if each.inputs["bucket"] == f"id of {_id(bucket)}"]
            for type_ in (
                "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
                "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
                "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            )
        }
        blocks = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        private, encrypted, forgetful = guards.values()
        if not any(all(inputs.get(block) for block in blocks) for inputs in private):
            yield f"{bucket.name} may become public"
        if not encrypted:
            yield f"{bucket.name} is not encrypted"
        forgets = any(rule.get("status") == "Enabled" for inputs in forgetful for rule in inputs["rules"])
        if not forgets and bucket.name not in KEPT_FOR_EVER:
            yield f"{bucket.name} keeps everything for ever"


def buckets_are_reached_over_tls_only(deployment: Deployment) -> Iterator[str]:
    for bucket in deployment.all("aws:s3/bucket:Bucket"):
        policies = [
            json.loads(policy.inputs["policy"])["Statement"]
            for policy in deployment.all("aws:s3/bucketPolicy:BucketPolicy")
            if policy.inputs["bucket"] == f"id of {_id(bucket)}"
        ]
        plain_http = {"Bool": {"aws:SecureTransport": "false"}}
        if not any(
            statement["Effect"] == "Deny" and statement.get("Condition") == plain_http and statement["Principal"] == "*"
            for statements in policies
            for statement in statements
        ):
            yield bucket.name


def mail_is_handed_over_encrypted(deployment: Deployment) -> Iterator[str]:
    for configuration in deployment.all("aws:sesv2/configurationSet:ConfigurationSet"):
        if configuration.inputs.get("deliveryOptions", {}).get("tlsPolicy") != "REQUIRE":
            yield configuration.name


def logs_end(deployment: Deployment) -> Iterator[str]:
    for group in deployment.all("aws:cloudwatch/logGroup:LogGroup"):
        if not group.inputs.get("retentionInDays"):
            yield group.name


def functions_run_on_supported_runtimes_within_lambdas_bounds(deployment: Deployment) -> Iterator[str]:
    for function in deployment.functions.values():
        if function.inputs["runtime"] not in SUPPORTED_RUNTIMES or function.inputs["timeout"] > LONGEST_TIMEOUT:
            yield function.name


def functions_log_to_groups_that_are_declared(deployment: Deployment) -> Iterator[str]:
    groups = {group.inputs["name"] for group in deployment.all("aws:cloudwatch/logGroup:LogGroup")}
    for function in deployment.functions.values():
        if function.inputs.get("loggingConfig", {}).get("logGroup") not in groups:
            yield function.name


def work_that_fails_for_good_is_put_aside(deployment: Deployment) -> Iterator[str]:
    """Queues that feed functions have a dead-letter queue; streams have somewhere to put what they cannot do."""
    queues = {_arn(queue): queue for queue in deployment.all("aws:sqs/queue:Queue")}
    for mapping in deployment.all("aws:lambda/eventSourceMapping:EventSourceMapping"):
        source = queues.get(mapping.inputs["eventSourceArn"])
        put_aside = source.inputs.get("redrivePolicy") if source else mapping.inputs.get("destinationConfig")
        if not put_aside:
            yield mapping.name


def messages_are_not_seen_twice_while_they_are_worked_on(deployment: Deployment) -> Iterator[str]:
    queues = {_arn(queue): queue for queue in deployment.all("aws:sqs/queue:Queue")}
    timeouts = {physical_name(name): function.inputs["timeout"] for name, function in deployment.functions.items()}
    for mapping in deployment.all("aws:lambda/eventSourceMapping:EventSourceMapping"):
        queue = queues.get(mapping.inputs["eventSourceArn"])
        if queue and queue.inputs["visibilityTimeoutSeconds"] < timeouts[mapping.inputs["functionName"]]:
            yield queue.name


def work_leaves_functions_to_people(deployment: Deployment) -> Iterator[str]:
    """A new account runs ten functions at once; two is the least that Lambda offers for a queue.

    Queues into which each act puts one message need no bound, which costs money (docs/decisions.md).
    """
    for mapping in deployment.all("aws:lambda/eventSourceMapping:EventSourceMapping"):
        bound = (mapping.inputs.get("scalingConfig") or {}).get("maximumConcurrency")
        if ":sqs:" in mapping.inputs["eventSourceArn"] and bound != (None if mapping.name in ONE_MESSAGE_EACH else 2):
            yield mapping.name


def a_dead_letter_outlives_its_queue(deployment: Deployment) -> Iterator[str]:
    queues = {_arn(queue): queue for queue in deployment.all("aws:sqs/queue:Queue")}
    for queue in queues.values():
        dead = queues.get(_dead_letters(queue) or "")
        if dead and dead.inputs["messageRetentionSeconds"] <= queue.inputs["messageRetentionSeconds"]:
            yield queue.name


def somebody_hears_of_dead_letters(deployment: Deployment) -> Iterator[str]:
    queues = {_arn(queue): queue for queue in deployment.all("aws:sqs/queue:Queue")}
    aside = {_dead_letters(queue) for queue in queues.values()}
    for mapping in deployment.all("aws:lambda/eventSourceMapping:EventSourceMapping"):
        aside.add((mapping.inputs.get("destinationConfig") or {}).get("onFailure", {}).get("destinationArn"))
    for config in deployment.all("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"):
        aside.add((config.inputs.get("destinationConfig") or {}).get("onFailure", {}).get("destination"))
    watched = _watched(deployment, "ApproximateNumberOfMessagesVisible", "QueueName")
    for where in aside - {None}:
        if physical_name(queues[str(where)].name) not in watched:
            yield queues[str(where)].name


WAITED_FOR = {"read_feed"}
"""Functions whose answers other functions wait for."""


def somebody_hears_of_background_work_that_fails(deployment: Deployment) -> Iterator[str]:
    """Nobody waits for what schedules, uploads and functions start: it has a place for what failed."""
    started = {schedule.inputs["target"]["arn"] for schedule in deployment.all("aws:scheduler/schedule:Schedule")}
    for notification in deployment.all("aws:s3/bucketNotification:BucketNotification"):
        started |= {each["lambdaFunctionArn"] for each in notification.inputs.get("lambdaFunctions", [])}
    for role in deployment.all("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(role.inputs["policy"])["Statement"]:
            if "lambda:InvokeFunction" in statement["Action"]:
                started |= set(statement["Resource"])
    aside = {
        config.inputs["functionName"]
        for config in deployment.all("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
        if config.inputs.get("destinationConfig")
    }
    for name in deployment.functions:
        in_background = any(target.endswith(f":{physical_name(name)}") for target in started)
        if in_background and name not in WAITED_FOR and physical_name(name) not in aside:
            yield name


def alarms_say_what_to_do(deployment: Deployment) -> Iterator[str]:
    for alarm in deployment.all("aws:cloudwatch/metricAlarm:MetricAlarm"):
        if len(alarm.inputs.get("alarmDescription") or "") < 40 or not alarm.inputs.get("treatMissingData"):
            yield alarm.name


def policies_name_their_actions_and_principals(deployment: Deployment) -> Iterator[str]:
    for resource in deployment.resources:
        if resource.type not in _POLICIES:
            continue
        for statement in json.loads(resource.inputs[_POLICIES[resource.type]])["Statement"]:
            if statement["Effect"] == "Deny":
                continue
            actions = statement.get("Action") or ["*"]
            principal = statement.get("Principal", {})
            if "*" in "".join(actions) or "NotAction" in statement or "*" in json.dumps(principal):
                yield resource.name


def services_act_on_other_resources_only_for_ours(deployment: Deployment) -> Iterator[str]:
    """A service that may put things into our queues and topics must come on behalf of our own resource."""
    for type_ in ("aws:sns/topicPolicy:TopicPolicy", "aws:sqs/queuePolicy:QueuePolicy"):
        for policy in deployment.all(type_):
            for statement in json.loads(policy.inputs["policy"])["Statement"]:
                allows = statement["Effect"] == "Allow"
                if allows and "aws:SourceArn" not in json.dumps(statement.get("Condition", {})):
                    yield policy.name
    for permission in deployment.all("aws:lambda/permission:Permission"):
        if not permission.inputs.get("sourceArn"):
            yield permission.name


def schedules_run_for_our_account_alone(deployment: Deployment) -> Iterator[str]:
    """EventBridge Scheduler acts for all customers of AWS; a role says on whose behalf it may be taken."""
    for role in deployment.all("aws:iam/role:Role"):
        for statement in json.loads(role.inputs["assumeRolePolicy"])["Statement"]:
            ours = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
            if statement["Principal"]["Service"] == "scheduler.amazonaws.com" and statement.get("Condition") != ours:
                yield role.name


def services_speak_tls_to_queues_and_topics(deployment: Deployment) -> Iterator[str]:
    for type_ in ("aws:sns/topicPolicy:TopicPolicy", "aws:sqs/queuePolicy:QueuePolicy"):
        for policy in deployment.all(type_):
            denied = [one for one in json.loads(policy.inputs["policy"])["Statement"] if one["Effect"] == "Deny"]
            if [one["Condition"] for one in denied] != [{"Bool": {"aws:SecureTransport": "false"}}]:
                yield policy.name


def only_the_sender_sends(deployment: Deployment) -> Iterator[str]:
    """A function may name no other address of the account as the sender; recipients in the sandbox are among them."""
    _, from_address = parseaddr(deployment.list_document["sender"])
    sender = {"StringEquals": {"ses:FromAddress": from_address}}
    for policy in deployment.all("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            sends = {action for action in statement["Action"] if action.startswith("ses:Send")}
            # The one that knows no condition on addresses; SES asks for SendBulkTemplatedEmail as well.
            if sends - {"ses:SendBulkEmail"} and statement.get("Condition") != sender:
                yield policy.name


def the_api_is_throttled_and_logged(deployment: Deployment) -> Iterator[str]:
    for stage in deployment.all("aws:apigatewayv2/stage:Stage"):
        throttling = stage.inputs.get("defaultRouteSettings") or {}
        if not throttling.get("throttlingRateLimit") or not throttling.get("throttlingBurstLimit"):
            yield f"{stage.name} is not throttled"
        if not stage.inputs.get("accessLogSettings"):
            yield f"{stage.name} is not logged"


def everything_says_whose_it_is(deployment: Deployment) -> Iterator[str]:
    for resource in deployment.resources:
        taggable = resource.type.startswith("aws:") and not resource.type.startswith(CANNOT_BE_TAGGED)
        if taggable and not TAGS.items() <= (resource.inputs.get("tags") or {}).items():
            yield resource.name


RULES: tuple[Rule, ...] = (
    tables_can_be_restored_to_any_moment,
    what_is_precious_is_guarded_twice,
    queues_are_encrypted,
    secrets_are_secure_strings_and_reach_no_environment,
    buckets_are_private_encrypted_and_forgetful,
    buckets_are_reached_over_tls_only,
    mail_is_handed_over_encrypted,
    logs_end,
    functions_run_on_supported_runtimes_within_lambdas_bounds,
    functions_log_to_groups_that_are_declared,
    work_that_fails_for_good_is_put_aside,
    messages_are_not_seen_twice_while_they_are_worked_on,
    work_leaves_functions_to_people,
    a_dead_letter_outlives_its_queue,
    somebody_hears_of_dead_letters,
    somebody_hears_of_background_work_that_fails,
    alarms_say_what_to_do,
    policies_name_their_actions_and_principals,
    services_act_on_other_resources_only_for_ours,
    schedules_run_for_our_account_alone,
    services_speak_tls_to_queues_and_topics,
    only_the_sender_sends,
    the_api_is_throttled_and_logged,
    everything_says_whose_it_is,
)


def _id(resource: Declared) -> str:
    return physical_name(resource.name).removesuffix("-0123456")


def _arn(queue: Declared) -> str:
    return arn("sqs", physical_name(queue.name))


def _dead_letters(queue: Declared) -> str | None:
    policy = queue.inputs.get("redrivePolicy")
    return json.loads(policy)["deadLetterTargetArn"] if policy else None


def _watched(deployment: Deployment, metric: str, dimension: str) -> set[str]:
    alarms = deployment.all("aws:cloudwatch/metricAlarm:MetricAlarm")
    dimensions: list[Mapping[str, Any]] = [
        alarm.inputs.get("dimensions") or {} for alarm in alarms if alarm.inputs.get("metricName") == metric
    ]
    return {each[dimension] for each in dimensions if dimension in each}
