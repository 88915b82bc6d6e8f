"""AWS clients with the timeouts and retries that suit a short-lived function."""

import random
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_TRIES = 4
_PATIENT = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": _TRIES})
_ONCE = Config(
    connect_timeout=2,
    read_timeout=10,
    max_pool_connections=50,
    retries={"mode": "standard", "total_max_attempts": 1},
)

_STORAGE = _PATIENT.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"})
)
"""Signed links then lead to the bucket's own region; otherwise S3 refuses or redirects them while a bucket is new
(https://github.com/boto/boto3/pull/4768). That of us-east-1 is in them as well, so that the console's page can be told
where they lead."""

_UNCHECKED = _PATIENT.merge(Config(parameter_validation=False))
"""DynamoDB checks parameters itself. The SDK's own check takes a fifth of an import's processor time."""


@cache
def client(service: str) -> Any:
    """A client for calls that are safe to repeat."""
    return boto3.client(service, config=_PATIENT)


@cache
def storage_client() -> Any:
    """An S3 client whose signed links work in every region."""
    return boto3.client("s3", config=_STORAGE)


@cache
def waiting_client(service: str) -> Any:
    """A client for calls that take as long as the work they ask for, and are asked once."""
    return boto3.client(service, config=_ONCE.merge(Config(read_timeout=60)))


@cache
def sending_client() -> Any:
    """An SES client that never repeats a call by itself: a call whose response was lost may have sent its emails."""
    return boto3.client("sesv2", config=_ONCE)


def dynamodb_table(name: str) -> Any:
    """A DynamoDB table that accepts and returns Python values."""
    return _dynamodb().Table(name)


@cache
def _dynamodb() -> Any:
    resource = boto3.resource("dynamodb", config=_UNCHECKED)
    resource.meta.client.meta.events.register("needs-retry.dynamodb", _when_a_transaction_is_over)
    return resource


def _when_a_transaction_is_over(response: Any, attempts: int, **_: Any) -> float | None:
    """Seconds until a single write is retried whose item a transaction is changing; None for any other response.

    DynamoDB refuses it with TransactionConflictException, which the SDK does not retry by itself.
    """
    code = response[1].get("Error", {}).get("Code") if response else None
    if code != "TransactionConflictException" or attempts >= _TRIES:
        return None
    return random.uniform(0, 0.02 * 2**attempts)  # noqa: S311


def read_secret(name: str) -> str:
    """The value of an SSM SecureString parameter."""
    return client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
