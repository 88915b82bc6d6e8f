"""Every declared resource obeys the rules of `policy`, and each rule is shown to bite."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.components import policy
from tests.unit.components.recording import Declared, Deployment


@pytest.mark.parametrize("rule", policy.RULES, ids=lambda rule: rule.__name__)
def test_all_resources_obey(everything: Deployment, rule: policy.Rule) -> None:
    assert sorted(rule(everything)) == []


def changed(deployment: Deployment, type_: str, change: dict[str, Any], **fields: Any) -> Deployment:
    """The deployment with other inputs for the last resource of a type."""
    victim = deployment.all(type_)[-1]
    inputs = {**copy.deepcopy(victim.inputs), **change}
    mutant = replace(victim, inputs=inputs, **fields)
    return Deployment([mutant if resource is victim else resource for resource in deployment.resources])


def without(deployment: Deployment, type_: str, which: Callable[[Declared], bool] = lambda _: True) -> Deployment:
    return Deployment([each for each in deployment.resources if each.type != type_ or not which(each)])


def statement(**change: Any) -> dict[str, str]:
    whole = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn"], "Principal": {"Service": "x"}}
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [{**whole, **change}]})}


def trust(**change: Any) -> dict[str, str]:
    return {"assumeRolePolicy": statement(**change)["policy"]}


TABLE, QUEUE, FUNCTION = "aws:dynamodb/table:Table", "aws:sqs/queue:Queue", "aws:lambda/function:Function"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
INVOKED = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
STAGE = "aws:apigatewayv2/stage:Stage"
Mutation = Callable[[Deployment], Deployment]


def alarms_of(metric: str) -> Callable[[Declared], bool]:
    return lambda alarm: alarm.inputs.get("metricName") == metric


MUTATIONS: list[tuple[policy.Rule, Mutation]] = [
    (policy.tables_can_be_restored_to_any_moment, lambda d: changed(d, TABLE, {"pointInTimeRecovery": None})),
    (policy.what_is_precious_is_guarded_twice, lambda d: changed(d, TABLE, {"deletionProtectionEnabled": False})),
    (policy.what_is_precious_is_guarded_twice, lambda d: changed(d, TABLE, {}, protect=False)),
    (policy.queues_are_encrypted, lambda d: changed(d, QUEUE, {"sqsManagedSseEnabled": False})),
    (
        policy.secrets_are_secure_strings_and_reach_no_environment,
        lambda d: changed(d, "aws:ssm/parameter:Parameter", {"type": "String"}),
    ),
    (
        policy.secrets_are_secure_strings_and_reach_no_environment,
        lambda d: changed(d, FUNCTION, {}, secrets=frozenset({"environment"})),
    ),
    (policy.buckets_are_private_encrypted_and_forgetful, lambda d: changed(d, BLOCK, {"blockPublicPolicy": False})),
    (policy.buckets_are_private_encrypted_and_forgetful, lambda d: without(d, ENCRYPTION)),
    (
        policy.buckets_are_private_encrypted_and_forgetful,
        lambda d: changed(d, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"rules": []}),
    ),
    (
        policy.buckets_are_reached_over_tls_only,
        lambda d: changed(d, "aws:s3/bucketPolicy:BucketPolicy", statement()),
    ),
    (
        policy.mail_is_handed_over_encrypted,
        lambda d: changed(d, "aws:sesv2/configurationSet:ConfigurationSet", {"deliveryOptions": {}}),
    ),
    (policy.logs_end, lambda d: changed(d, "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 0})),
    (
        policy.functions_run_on_supported_runtimes_within_lambdas_bounds,
        lambda d: changed(d, FUNCTION, {"runtime": "python3.8"}),
    ),
    (
        policy.functions_run_on_supported_runtimes_within_lambdas_bounds,
        lambda d: changed(d, FUNCTION, {"timeout": 901}),
    ),
    (policy.functions_log_to_groups_that_are_declared, lambda d: changed(d, FUNCTION, {"loggingConfig": {}})),
    (
        policy.work_that_fails_for_good_is_put_aside,
        lambda d: Deployment(
            [
                replace(each, inputs={**each.inputs, "redrivePolicy": None}) if each.type == QUEUE else each
                for each in d.resources
            ]
        ),
    ),
    (
        policy.work_that_fails_for_good_is_put_aside,
        lambda d: changed(d, MAPPING, {"eventSourceArn": "arn:stream", "destinationConfig": None}),
    ),
    (
        policy.messages_are_not_seen_twice_while_they_are_worked_on,
        lambda d: Deployment(
            [
                replace(each, inputs={**each.inputs, "visibilityTimeoutSeconds": 1}) if each.type == QUEUE else each
                for each in d.resources
            ]
        ),
    ),
    (
        policy.work_leaves_functions_to_people,
        lambda d: Deployment(
            [
                replace(each, inputs={**each.inputs, "scalingConfig": {}}) if each.type == MAPPING else each
                for each in d.resources
            ]
        ),
    ),
    (
        policy.a_dead_letter_outlives_its_queue,
        lambda d: Deployment(
            [
                replace(each, inputs={**each.inputs, "messageRetentionSeconds": 60}) if each.type == QUEUE else each
                for each in d.resources
            ]
        ),
    ),
    (
        policy.somebody_hears_of_dead_letters,
        lambda d: without(d, ALARM, alarms_of("ApproximateNumberOfMessagesVisible")),
    ),
    (policy.somebody_hears_of_background_work_that_fails, lambda d: changed(d, INVOKED, {"destinationConfig": None})),
    (policy.alarms_say_what_to_do, lambda d: changed(d, ALARM, {"alarmDescription": "Something is wrong."})),
    (
        policy.policies_name_their_actions_and_principals,
        lambda d: changed(d, "aws:iam/rolePolicy:RolePolicy", statement(Action=["dynamodb:*"])),
    ),
    (
        policy.policies_name_their_actions_and_principals,
        lambda d: changed(d, "aws:sqs/queuePolicy:QueuePolicy", statement(Principal="*")),
    ),
    (
        policy.services_act_on_other_resources_only_for_ours,
        lambda d: changed(d, "aws:sns/topicPolicy:TopicPolicy", statement()),
    ),
    (
        policy.services_act_on_other_resources_only_for_ours,
        lambda d: changed(d, "aws:lambda/permission:Permission", {"sourceArn": None}),
    ),
    (
        policy.schedules_run_for_our_account_alone,
        lambda d: changed(
            d, "aws:iam/role:Role", trust(Principal={"Service": "scheduler.amazonaws.com"}, Condition={})
        ),
    ),
    (
        policy.services_speak_tls_to_queues_and_topics,
        lambda d: changed(d, "aws:sqs/queuePolicy:QueuePolicy", statement()),
    ),
    (
        policy.only_the_sender_sends,
        lambda d: changed(d, "aws:iam/rolePolicy:RolePolicy", statement(Action=["ses:SendBulkTemplatedEmail"])),
    ),
    (policy.the_api_is_throttled_and_logged, lambda d: changed(d, STAGE, {"defaultRouteSettings": None})),
    (policy.the_api_is_throttled_and_logged, lambda d: changed(d, STAGE, {"accessLogSettings": None})),
    (policy.everything_says_whose_it_is, lambda d: changed(d, QUEUE, {"tags": {"project": "email-list"}})),
]


@pytest.mark.parametrize(("rule", "mutate"), MUTATIONS, ids=[str(rule).split()[1] for rule, _ in MUTATIONS])
def test_a_resource_that_breaks_the_rule_is_named(everything: Deployment, rule: policy.Rule, mutate: Mutation) -> None:
    assert list(rule(mutate(everything))) != []


def test_every_rule_is_shown_to_bite() -> None:
    assert {rule for rule, _ in MUTATIONS} == set(policy.RULES)
