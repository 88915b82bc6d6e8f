"""AWS clients with the time-outs and retries that suit a short-lived function."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_PATIENT = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})
_ONCE = Config(
    connect_timeout=2,
    read_timeout=10,
    max_pool_connections=50,
    retries={"mode": "standard", "total_max_attempts": 1},
)


@cache
def client(service: str) -> Any:
    """A client for calls that are safe to repeat."""
    return boto3.client(service, config=_PATIENT)


@cache
def sending_client() -> Any:
    """An SES client that never repeats a call by itself: a call whose answer was lost may have sent its mails."""
    return boto3.client("sesv2", config=_ONCE)


def dynamodb_table(name: str) -> Any:
    """A DynamoDB table that takes and gives Python values."""
    return _dynamodb().Table(name)


@cache
def _dynamodb() -> Any:
    return boto3.resource("dynamodb", config=_PATIENT)


def read_secret(name: str) -> str:
    """The value of an SSM SecureString parameter."""
    return client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
