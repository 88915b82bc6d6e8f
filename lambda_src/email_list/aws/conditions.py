"""Writes to DynamoDB that a condition holds back."""

from botocore.exceptions import ClientError


def refused_by_condition(error: ClientError) -> bool:
    """Whether DynamoDB refused the write because its condition did not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
