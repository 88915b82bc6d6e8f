"""What calls of AWS's API need in IAM: actions and resources, as the service authorization reference lists them.

An operation that is not known here is an error: anyone who begins to use it looks up what it needs.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.unit.components.recording import arn

Permission = tuple[str, str]
"""An action and the ARN of a resource, "*" where the action knows none."""

Parameters = Mapping[str, Any]

_TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def needed(service: str, operation: str, parameters: Parameters) -> set[Permission]:
    """What one call needs. KeyError for an operation that is not known here."""
    return set(_NEEDS[f"{service}:{operation}"](parameters))


def _on_table(action: str) -> Callable[[Parameters], Iterator[Permission]]:
    def permissions(parameters: Parameters) -> Iterator[Permission]:
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        yield f"dynamodb:{action}", arn("dynamodb", parameters["TableName"]) + index

    return permissions


def _on_tables(action: str) -> Callable[[Parameters], Iterator[Permission]]:
    return lambda parameters: ((f"dynamodb:{action}", arn("dynamodb", name)) for name in parameters["RequestItems"])


def _transaction(parameters: Parameters) -> Iterator[Permission]:
    """A transaction needs what its parts need by themselves."""
    for item in parameters["TransactItems"]:
        ((kind, details),) = item.items()
        yield f"dynamodb:{_TRANSACTED[kind]}", arn("dynamodb", details["TableName"])


def _statements(parameters: Parameters) -> Iterator[Permission]:
    for item in parameters["Statements"]:
        verb = item["Statement"].split()[0]
        yield f"dynamodb:PartiQL{verb.capitalize()}", arn("dynamodb", item["Statement"].split('"')[1])


def _on_queue(action: str) -> Callable[[Parameters], Iterator[Permission]]:
    return lambda parameters: iter([(f"sqs:{action}", arn("sqs", parameters["QueueUrl"].rpartition("/")[2]))])


def _on_object(action: str) -> Callable[[Parameters], Iterator[Permission]]:
    return lambda parameters: iter([(f"s3:{action}", f"{arn('s3', parameters['Bucket'])}/{parameters['Key']}")])


def _on_template(action: str) -> Callable[[Parameters], Iterator[Permission]]:
    return lambda parameters: iter([(f"ses:{action}", arn("ses", f"template/{parameters['TemplateName']}"))])


def _mail(parameters: Parameters) -> Iterator[Permission]:
    """SES checks two actions, the call's own and that of API version 1, on sender, configuration set and template."""
    sender = parameters["FromEmailAddress"].rpartition("<")[2].rstrip(">")
    resources = [f"identity/{sender}", f"configuration-set/{parameters['ConfigurationSetName']}"]
    if "DefaultContent" in parameters:
        actions, template = ("SendBulkEmail", "SendBulkTemplatedEmail"), parameters["DefaultContent"]["Template"]
    elif template := parameters["Content"].get("Template"):
        actions = ("SendEmail", "SendTemplatedEmail")
    else:
        actions = ("SendEmail", "SendRawEmail")
    if template:
        resources.append(f"template/{template['TemplateName']}")
    for action in actions:
        for resource in resources:
            yield f"ses:{action}", arn("ses", resource)


def _on_schedule(action: str) -> Callable[[Parameters], Iterator[Permission]]:
    """Making a schedule also hands its role to the scheduler."""

    def permissions(parameters: Parameters) -> Iterator[Permission]:
        yield f"scheduler:{action}", arn("scheduler", f"{parameters['GroupName']}/{parameters['Name']}")
        if "Target" in parameters:
            yield "iam:PassRole", parameters["Target"]["RoleArn"]

    return permissions


def _on_no_resource(action: str) -> Callable[[Parameters], Iterator[Permission]]:
    return lambda parameters: iter([(action, "*")])


_NEEDS: Mapping[str, Callable[[Parameters], Iterator[Permission]]] = {
    **{
        f"dynamodb:{name}": _on_table(name)
        for name in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")
    },
    "dynamodb:BatchGetItem": _on_tables("BatchGetItem"),
    "dynamodb:BatchWriteItem": _on_tables("BatchWriteItem"),
    "dynamodb:TransactWriteItems": _transaction,
    "dynamodb:BatchExecuteStatement": _statements,
    "sqs:SendMessage": _on_queue("SendMessage"),
    "sqs:SendMessageBatch": _on_queue("SendMessage"),
    "sqs:ChangeMessageVisibility": _on_queue("ChangeMessageVisibility"),
    "sqs:GetQueueAttributes": _on_queue("GetQueueAttributes"),
    "s3:GetObject": _on_object("GetObject"),
    "s3:DeleteObject": _on_object("DeleteObject"),
    "s3:HeadObject": _on_object("GetObject"),
    "s3:PutObject": _on_object("PutObject"),
    "s3:ListObjectsV2": lambda parameters: iter([("s3:ListBucket", arn("s3", parameters["Bucket"]))]),
    "ssm:GetParameter": lambda parameters: iter([("ssm:GetParameter", arn("ssm", parameters["Name"]))]),
    "firehose:PutRecordBatch": lambda parameters: iter(
        [("firehose:PutRecordBatch", arn("kinesis", parameters["DeliveryStreamName"]))]
    ),
    "lambda:Invoke": lambda parameters: iter([("lambda:InvokeFunction", arn("lambda", parameters["FunctionName"]))]),
    "scheduler:CreateSchedule": _on_schedule("CreateSchedule"),
    "scheduler:UpdateSchedule": _on_schedule("UpdateSchedule"),
    "scheduler:DeleteSchedule": _on_schedule("DeleteSchedule"),
    "sesv2:SendEmail": _mail,
    "sesv2:SendBulkEmail": _mail,
    **{
        f"sesv2:{name}": _on_no_resource(f"ses:{name}")
        for name in (
            "DeleteSuppressedDestination",
            "GetAccount",
            "GetSuppressedDestination",
            "ListEmailTemplates",
            "ListRecommendations",
            "ListSuppressedDestinations",
        )
    },
    "sesv2:GetEmailIdentity": lambda parameters: iter(
        [("ses:GetEmailIdentity", arn("ses", f"identity/{parameters['EmailIdentity']}"))]
    ),
    **{
        f"sesv2:{name}": _on_template(name)
        for name in (
            "CreateEmailTemplate",
            "DeleteEmailTemplate",
            "GetEmailTemplate",
            "TestRenderEmailTemplate",
            "UpdateEmailTemplate",
        )
    },
}
