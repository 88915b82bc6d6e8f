"""The statements that functions' policies are made of.

Each function here returns one IAM statement as a dict. Action names and the resources they apply to are those
of the AWS service authorization reference.
"""

from typing import Any

from pulumi import Input, Output

Statement = dict[str, Any]


def policy_document(*statements: Statement) -> Output[str]:
    """The statements as a policy in JSON."""
    return Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def use_table(table_arn: Input[str], *operations: str) -> Statement:
    """DynamoDB operations, such as "GetItem", on the items of one table."""
    return _allow([f"dynamodb:{operation}" for operation in operations], [table_arn])


def query_index(table_arn: Input[str], index: str) -> Statement:
    """Read one index of a table by its keys."""
    return _allow(["dynamodb:Query"], [Output.concat(table_arn, "/index/", index)])


def read_parameter(parameter_arn: Input[str]) -> Statement:
    """Read one SSM parameter, a SecureString under the key `aws/ssm` included.

    That key's own policy lets everyone in the account decrypt through SSM, so kms:Decrypt is not needed here
    (Systems Manager user guide, "Restricting decryption of SecureString parameter values").
    """
    return _allow(["ssm:GetParameter"], [parameter_arn])


def send_bulk_mail(identity_arn: Input[str], configuration_set_arn: Input[str], template_arn: Input[str]) -> Statement:
    """Send stored templates from one sender through one configuration set; SES checks all three resources."""
    return _allow(["ses:SendBulkEmail"], [identity_arn, configuration_set_arn, template_arn])


def use_templates(template_arn: Input[str], *operations: str) -> Statement:
    """SES operations, such as "CreateEmailTemplate", on the templates that the ARN (a pattern) covers."""
    return _allow([f"ses:{operation}" for operation in operations], [template_arn])


def read_sending_limits() -> Statement:
    """Read the account's sending quota and rate; ses:GetAccount knows no resources."""
    return _allow(["ses:GetAccount"], ["*"])


def write_logs(log_group_arn: Input[str]) -> Statement:
    """Write to one log group that exists already."""
    return _allow(["logs:CreateLogStream", "logs:PutLogEvents"], [Output.concat(log_group_arn, ":*")])


def assume_by(service: str) -> Statement:
    """Let an AWS service take the role that carries this statement."""
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}


def _allow(actions: list[str], resources: list[Input[str]]) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}
