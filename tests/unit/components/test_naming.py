"""Names of stacks, every name that is made of one, and what else grows with the configuration."""

import json
import re
from collections.abc import Callable, Iterator

import pulumi
import pytest

from components.config import (
    MAX_ITEMS,
    MAX_LIST_NAME,
    MAX_POSTAL_ADDRESS,
    MAX_SANDBOX_IDENTITIES,
    MAX_TOKENS,
    MAX_TOPIC_DESCRIPTION,
    MAX_TOPICS,
    MAX_URL,
)
from components.naming import MAX_PREFIX, stack_prefix
from local.resources.lambda_ import MAX_ENVIRONMENT
from tests.unit.components.conftest import EVERYTHING
from tests.unit.components.recording import Declared, Deployment

LONGEST = "s" * (MAX_PREFIX - len("email-list-"))

MAX_POLICY = 10_240
"""Characters of all inline policies of a role (IAM user guide, "IAM and AWS STS quotas")."""

MAX_PARAMETER = 4096
"""Characters of a standard parameter (Systems Manager API reference, PutParameter)."""

AUTOMATIC = len("-0123456")
"""What Pulumi appends to a name that the program leaves to it."""

LIMITS = {
    "aws:apigatewayv2/api:Api": ("name", 128, r".+"),
    "aws:budgets/budget:Budget": ("name", 100, r"[^:\\]+"),
    "aws:athena/workgroup:Workgroup": ("name", 128, r"[a-zA-Z0-9._-]+"),
    "aws:cloudfront/originAccessControl:OriginAccessControl": ("name", 64, r".+"),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardName", 255, r"[a-zA-Z0-9_-]+"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", 512, r"[a-zA-Z0-9._/#-]+"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", 255, r".+"),
    "aws:dynamodb/table:Table": ("name", 255, r"[a-zA-Z0-9_.-]+"),
    "aws:glue/catalogDatabase:CatalogDatabase": ("name", 255, r"[a-z0-9_]+"),
    "aws:iam/role:Role": ("name", 64, r"[\w+=,.@-]+"),
    "aws:iam/rolePolicy:RolePolicy": ("name", 128, r"[\w+=,.@-]+"),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ("name", 64, r"[a-zA-Z0-9_.-]+"),
    "aws:lambda/function:Function": ("name", 64, r"[a-zA-Z0-9_-]+"),
    "aws:lambda/permission:Permission": ("statementId", 100, r"[a-zA-Z0-9_-]+"),
    "aws:quicksight/dataSet:DataSet": ("dataSetId", 512, r"[\w-]+"),
    "aws:quicksight/dataSource:DataSource": ("dataSourceId", 512, r"[\w-]+"),
    "aws:s3/bucket:Bucket": ("bucket", 63, r"[a-z0-9][a-z0-9-]+[a-z0-9]"),
    "aws:scheduler/schedule:Schedule": ("name", 64, r"[0-9a-zA-Z_.-]+"),
    "aws:scheduler/scheduleGroup:ScheduleGroup": ("name", 64, r"[0-9a-zA-Z_.-]+"),
    "aws:sesv2/configurationSet:ConfigurationSet": ("configurationSetName", 64, r"[a-zA-Z0-9_-]+"),
    "aws:sns/topic:Topic": ("name", 256, r"[a-zA-Z0-9_-]+"),
    "aws:sqs/queue:Queue": ("name", 80, r"[a-zA-Z0-9_-]+"),
    "aws:ssm/parameter:Parameter": ("name", 1011, r"[a-zA-Z0-9_.-]+|(/[a-zA-Z0-9_.-]+)+"),
}
"""The property with a resource's name, how long it may be and of what (API references of the services; for SSM its
ARN counts too)."""

NAMELESS = {
    *("acm/certificate:Certificate", "acm/certificateValidation:CertificateValidation"),
    *("apigatewayv2/apiMapping:ApiMapping", "apigatewayv2/domainName:DomainName"),
    *("cloudfront/distribution:Distribution", "route53/record:Record"),
    "sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes",
    *("apigatewayv2/authorizer:Authorizer", "apigatewayv2/integration:Integration", "apigatewayv2/route:Route"),
    *("apigatewayv2/stage:Stage", "glue/catalogTable:CatalogTable", "lambda/eventSourceMapping:EventSourceMapping"),
    *("lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "lambda/invocation:Invocation"),
    "lambda/functionRecursionConfig:FunctionRecursionConfig",
    *("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "s3/bucketNotification:BucketNotification"),
    "s3/bucketCorsConfiguration:BucketCorsConfiguration",
    *("s3/bucketPolicy:BucketPolicy", "s3/bucketPublicAccessBlock:BucketPublicAccessBlock"),
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
    "sesv2/emailIdentityFeedbackAttributes:EmailIdentityFeedbackAttributes",
    *("sesv2/emailIdentity:EmailIdentity", "sns/topicPolicy:TopicPolicy", "sns/topicSubscription:TopicSubscription"),
    *("sqs/queuePolicy:QueuePolicy", "quicksight/refreshSchedule:RefreshSchedule", "cloudcontrol/resource:Resource"),
}
"""Types whose resources AWS names, or whose names hold nothing of the stack's."""


LARGEST = {
    "adminTokens": json.dumps([f"{number:a>32}" for number in range(MAX_TOKENS)]),
    "linkKeys": json.dumps([f"{number:a>32}" for number in range(MAX_ITEMS)]),
    "listName": "読" * MAX_LIST_NAME,
    "postalAddress": "読" * MAX_POSTAL_ADDRESS,
    "privacyUrl": f"https://example.org/{'x' * (MAX_URL - 20)}",
    "readOnlyTokens": json.dumps([f"{number:a>32}" for number in range(MAX_TOKENS)]),
    "reportRecipients": json.dumps([f"{number:x>64}@{'d' * 60}.example.org" for number in range(MAX_ITEMS)]),
    "sandboxIdentities": json.dumps(
        [f"{number:x>64}@{'d' * 60}.example.org" for number in range(MAX_SANDBOX_IDENTITIES)]
    ),
    "topics": json.dumps(
        [{"name": f"{number:読>50}", "description": "読" * MAX_TOPIC_DESCRIPTION} for number in range(MAX_TOPICS)]
    ),
    "webhookUrl": f"https://example.org/{'x' * (MAX_URL - 20)}",
    "writeTokens": json.dumps([f"{number:a>32}" for number in range(MAX_TOKENS)]),
}
"""The longest values that `components/config.py` lets through."""


@pytest.fixture(scope="module")
def longest(deploy: Callable[..., Deployment]) -> Deployment:
    """What a stack with the longest name declares, with every feature and the longest values."""
    return deploy(stack=LONGEST, **{**EVERYTHING, **LARGEST})


def names(deployment: Deployment) -> Iterator[tuple[Declared, str, int, str]]:
    """Every name that AWS gets to see, with its limits."""
    for resource in deployment.resources:
        if resource.type in LIMITS:
            key, most, pattern = LIMITS[resource.type]
            logical = f"email-list-{LONGEST}-{resource.name}" + "x" * AUTOMATIC
            yield resource, resource.inputs.get(key, logical), most, pattern


def test_every_type_is_known_to_have_a_limit_or_no_name(longest: Deployment) -> None:
    declared = {resource.type for resource in longest.resources if resource.type.startswith("aws:")}
    assert declared == LIMITS.keys() | {f"aws:{type_}" for type_ in NAMELESS}


def test_every_name_of_a_stack_with_the_longest_name_is_one_that_aws_takes(longest: Deployment) -> None:
    assert [
        (resource.type, name)
        for resource, name, most, pattern in names(longest)
        if len(name) > most or not re.fullmatch(pattern, name)
    ] == []


def test_no_name_that_aws_would_take_is_refused(longest: Deployment) -> None:
    assert any(len(name) == most for _, name, most, _ in names(longest))


def test_no_function_has_more_environment_than_lambda_takes(longest: Deployment) -> None:
    """Lambda developer guide, "Lambda quotas". What is left is for regions and endpoints with longer names."""
    sizes = {name: len(json.dumps(longest.environment(name))) for name in longest.functions}
    assert max(sizes.values()) <= MAX_ENVIRONMENT - 500


def test_no_role_has_a_larger_policy_than_iam_takes(longest: Deployment) -> None:
    """IAM counts no white space (IAM user guide, "IAM and AWS STS quotas")."""
    policies = [policy.inputs["policy"] for policy in longest.all("aws:iam/rolePolicy:RolePolicy")]
    assert max(len("".join(policy.split())) for policy in policies) <= MAX_POLICY


def test_no_parameter_holds_more_than_ssm_takes(longest: Deployment) -> None:
    values = [parameter.inputs["value"] for parameter in longest.all("aws:ssm/parameter:Parameter")]
    assert max(map(len, values)) <= MAX_PARAMETER


@pytest.mark.parametrize("stack", ["production", "a", "2026", "museum-shop", LONGEST])
def test_a_stack_may_have_any_name_that_aws_takes(stack: str) -> None:
    assert stack_prefix("email-list", stack) == f"email-list-{stack}"


@pytest.mark.parametrize(
    ("stack", "reason"),
    [
        (f"{LONGEST}s", "has 22 characters, and AWS allows no more than 21"),
        ("my_stack", "lower-case letters, digits and hyphens"),
        ("v1.0", "lower-case letters, digits and hyphens"),
        ("Production", "lower-case letters, digits and hyphens"),
    ],
)
def test_another_name_is_refused_with_the_reason_before_anything_is_declared(
    deploy: Callable[..., Deployment], stack: str, reason: str
) -> None:
    with pytest.raises(pulumi.RunError, match=reason) as refused:
        stack_prefix("email-list", stack)
    assert "pulumi stack rename NAME" in str(refused.value)
    with pytest.raises(Exception, match=reason):
        deploy(stack=stack)
