"""The statements that functions' policies are made of.

Each function here returns one IAM statement as a dict. Action names and the resources they apply to are taken from the
AWS service authorization reference.
"""

from collections.abc import Sequence
from typing import Any

from pulumi import Input, Output

Statement = dict[str, Any]


def policy_document(*statements: Statement) -> Output[str]:
    """The statements as a policy in JSON."""
    return Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def use_table(table_arn: Input[str], *operations: str) -> Statement:
    """DynamoDB operations, such as "GetItem", on the items of one table."""
    return _allow([f"dynamodb:{operation}" for operation in operations], [table_arn])


def read_parameter(parameter_arn: Input[str]) -> Statement:
    """Read one SSM parameter, including a SecureString under the key `aws/ssm`.

    That key's own policy lets everyone in the account decrypt through SSM, so kms:Decrypt is not needed here (Systems
    Manager user guide, "Restricting decryption of SecureString parameter values").
    """
    return _allow(["ssm:GetParameter"], [parameter_arn])


def read_parameter_named(name: str, neighbour_arn: Input[str]) -> Statement:
    """The same for a parameter that the function cannot wait for; its region and account are those of
    `neighbour_arn`."""

    def parameter(arn: str) -> str:
        partition, _, region, account = arn.split(":")[1:5]
        return f"arn:{partition}:ssm:{region}:{account}:parameter{name}"

    return read_parameter(Output.from_input(neighbour_arn).apply(parameter))


def use_templates(template_arn: Input[str], *operations: str) -> Statement:
    """SES operations, such as "CreateEmailTemplate", on the templates that the ARN (a pattern) covers."""
    return _allow([f"ses:{operation}" for operation in operations], [template_arn])


def list_templates() -> Statement:
    """List the names of all SES templates; ses:ListEmailTemplates has no resource-level permissions."""
    return _allow(["ses:ListEmailTemplates"], ["*"])


def read_sending_limits() -> Statement:
    """Read the account's sending quota and rate; ses:GetAccount has no resource-level permissions."""
    return _allow(["ses:GetAccount"], ["*"])


def read_recommendations() -> Statement:
    """Read what SES recommends; a call names no resource, whatever identities the recommendations are about."""
    return _allow(["ses:ListRecommendations"], ["*"])


def read_suppression_list() -> Statement:
    """Read the account's suppression list; this has no resource-level permissions."""
    return _allow(["ses:ListSuppressedDestinations"], ["*"])


def lift_suppression() -> Statement:
    """Look up an address on the account's suppression list, and remove it; these have no resource-level permissions."""
    return _allow(["ses:GetSuppressedDestination", "ses:DeleteSuppressedDestination"], ["*"])


def read_identity(identity_arn: Input[str]) -> Statement:
    """Read whether SES has verified one sender, and the state of its DKIM."""
    return _allow(["ses:GetEmailIdentity"], [identity_arn])


def send_mail(from_address: str, *arns: Input[str]) -> Statement:
    """Send single emails from one address. SES checks the sender's identity and the configuration set.

    Both actions are required (AWS knowledge center, "Unauthorized error when I send emails in Amazon SES").
    """
    return _from(from_address, _allow(["ses:SendEmail", "ses:SendRawEmail"], [*arns]))


def send_templates(from_address: str, *arns: Input[str]) -> list[Statement]:
    """Send stored templates from one address, to one or to many. SES checks the template as well.

    Each call of API version 2 also needs the corresponding action of version 1. `ses:SendBulkEmail` supports no
    condition on addresses, so the action of version 1 carries it (django-anymail's documentation, "Amazon SES", "IAM
    permissions").
    """
    actions = ["ses:SendEmail", "ses:SendTemplatedEmail", "ses:SendBulkTemplatedEmail"]
    return [_allow(["ses:SendBulkEmail"], [*arns]), _from(from_address, _allow(actions, [*arns]))]


def read_stream(table_arn: Input[str]) -> Statement:
    """What Lambda needs to feed a function from a table's stream, with the function's own role."""
    operations = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    return _allow([f"dynamodb:{operation}" for operation in operations], [Output.concat(table_arn, "/stream/*")])


def put_work(queue_arn: Input[str]) -> Statement:
    """Send messages to one queue."""
    return _allow(["sqs:SendMessage"], [queue_arn])


def take_work(queue_arn: Input[str]) -> Statement:
    """What Lambda needs to feed a function from one queue, with the function's own role."""
    return _allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [queue_arn])


def delay_work(queue_arn: Input[str]) -> Statement:
    """Decide when a failed message comes back."""
    return _allow(["sqs:ChangeMessageVisibility"], [queue_arn])


def measure_queue(queue_arn: Input[str]) -> Statement:
    """Read how many messages a queue holds."""
    return _allow(["sqs:GetQueueAttributes"], [queue_arn])


def invoke(*function_arns: Input[str]) -> Statement:
    """Start functions."""
    return _allow(["lambda:InvokeFunction"], list(function_arns))


def invoke_itself(name: str, neighbour_arn: Input[str]) -> Statement:
    """Start the function of this logical name: the one that gets the statement, which a policy cannot wait for.

    Its region and account are those of `neighbour_arn`.
    """

    def pattern(arn: str) -> str:
        partition, _, region, account = arn.split(":")[1:5]
        return f"arn:{partition}:lambda:{region}:{account}:function:{name}-*"

    return invoke(Output.from_input(neighbour_arn).apply(pattern))


def use_schedules(group_arn: Input[str], *operations: str) -> Statement:
    """EventBridge Scheduler operations, such as "CreateSchedule", on the schedules of one group."""
    schedules = Output.from_input(group_arn).apply(lambda arn: arn.replace(":schedule-group/", ":schedule/") + "/*")
    return _allow([f"scheduler:{operation}" for operation in operations], [schedules])


def pass_role(role_arn: Input[str], service: str) -> Statement:
    """Pass one role to one AWS service."""
    condition = {"StringEquals": {"iam:PassedToService": service}}
    return {**_allow(["iam:PassRole"], [role_arn]), "Condition": condition}


def allow_publishing(service: str, topic_arn: Input[str], *source_arns: Input[str]) -> Statement:
    """Let an AWS service publish to a topic on behalf of these resources only."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arns[0] if len(source_arns) == 1 else list(source_arns)}},
    }


def use_objects(bucket_arn: Input[str], prefix: str, *operations: str) -> Statement:
    """S3 operations, such as "GetObject", on the objects of a bucket whose keys begin with `prefix`."""
    return _allow([f"s3:{operation}" for operation in operations], [Output.concat(bucket_arn, f"/{prefix}*")])


def admit_distribution(bucket_arn: Input[str], prefix: str, distribution_arn: Input[str]) -> Statement:
    """Let one distribution of CloudFront read some objects (CloudFront developer guide, "Restrict access to an Amazon
    S3 origin")."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": Output.concat(bucket_arn, f"/{prefix}*"),
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution_arn}},
    }


def put_records(*stream_arns: Input[str]) -> Statement:
    """Put rows into Firehose streams."""
    return _allow(["firehose:PutRecordBatch"], list(stream_arns))


def store_in_lake(bucket_arn: Input[str], prefixes: Sequence[str]) -> list[Statement]:
    """What Firehose needs to store rows under some prefixes of a bucket (Firehose guide, "Controlling access")."""
    return [
        _allow(
            ["s3:PutObject", "s3:AbortMultipartUpload"],
            [Output.concat(bucket_arn, f"/{prefix}/*") for prefix in prefixes],
        ),
        _allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], [bucket_arn]),
    ]


def query_lake(
    workgroup_arn: Input[str],
    catalog_arns: Sequence[Input[str]],
    bucket_arn: Input[str],
    prefixes: Sequence[str],
    results: str,
) -> list[Statement]:
    """What Athena's caller needs: its workgroup, some tables, their objects, and a place for results.

    These are the reading actions of AWSQuicksightAthenaAccess, which AWS manages, limited to the stack's own resources
    and without those that AWS no longer documents.

    `catalog_arns` are those of the Glue catalog, the database and its tables; Glue checks all of them (Glue guide,
    "Access to the Data Catalog").
    """
    queries = (
        *("StartQueryExecution", "StopQueryExecution", "GetQueryExecution", "BatchGetQueryExecution"),
        *("ListQueryExecutions", "GetQueryResults", "GetQueryResultsStream", "GetWorkGroup"),
    )
    tables = (
        *("GetDatabase", "GetDatabases", "GetTable", "GetTables"),
        *("GetPartition", "GetPartitions", "BatchGetPartition"),
    )
    metadata = ("GetDataCatalog", "GetDatabase", "ListDatabases", "GetTableMetadata", "ListTableMetadata")
    data_catalog = Output.from_input(workgroup_arn).apply(
        lambda arn: arn.partition(":workgroup/")[0] + ":datacatalog/AwsDataCatalog"
    )
    return [
        _allow([f"athena:{operation}" for operation in queries], [workgroup_arn]),
        _allow([f"athena:{operation}" for operation in metadata], [data_catalog]),
        _allow(["athena:ListDataCatalogs", "athena:ListWorkGroups"], ["*"]),
        _allow([f"glue:{operation}" for operation in tables], list(catalog_arns)),
        _allow(["s3:GetObject"], [Output.concat(bucket_arn, f"/{prefix}/*") for prefix in prefixes]),
        _allow(
            ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            [Output.concat(bucket_arn, f"/{results}/*")],
        ),
        _allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], [bucket_arn]),
    ]


def list_objects(bucket_arn: Input[str]) -> Statement:
    """List the keys of one bucket; without this, S3 answers 403 instead of 404 for a key that does not exist."""
    return _allow(["s3:ListBucket"], [bucket_arn])


def write_logs(log_group_arn: Input[str]) -> Statement:
    """Write to one existing log group."""
    return _allow(["logs:CreateLogStream", "logs:PutLogEvents"], [Output.concat(log_group_arn, ":*")])


def receive_notices(service: str, queue_arn: Input[str], source_arn: Input[str]) -> Statement:
    """Let an AWS service put messages into a queue on behalf of one resource only."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }


def deny_plain_http(action: str, *arns: Input[str]) -> Statement:
    """Refuse access to a bucket, a queue or a topic without TLS."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": list(arns),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def assume_by(service: str) -> Statement:
    """Let an AWS service assume the role that carries this statement."""
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}


def assume_for_account(service: str, arn: Input[str]) -> Statement:
    """The same, but only on behalf of the account in the ARN.

    A service that acts for all its customers could otherwise be tricked into assuming this role for another of them
    (EventBridge Scheduler user guide, "Confused deputy prevention").
    """
    account = Output.from_input(arn).apply(lambda arn: arn.split(":")[4])
    return {**assume_by(service), "Condition": {"StringEquals": {"aws:SourceAccount": account}}}


def _allow(actions: list[str], resources: list[Input[str]]) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _from(address: str, statement: Statement) -> Statement:
    """Only with this address as the sender: in the sandbox, recipients' identities are among the resources too."""
    return {**statement, "Condition": {"StringEquals": {"ses:FromAddress": address}}}
