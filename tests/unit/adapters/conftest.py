"""The records table, as moto emulates DynamoDB."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.moto_api._internal.models import moto_api_backend


@pytest.fixture(scope="module")
def mocked() -> Iterator[None]:
    """moto, once a file: it takes longer to start than a test takes."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield


@pytest.fixture
def tables(mocked: None) -> Any:
    """DynamoDB, where no table is yet; a client of its own, whose events a test may change."""
    moto_api_backend.reset()
    return boto3.resource("dynamodb")


@pytest.fixture
def table(tables: Any) -> Any:
    return tables.create_table(
        TableName="records",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    )
