"""The clients' own tries, against answers that an emulator does not give."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from email_list.aws import clients

KEY = {"pk": "a", "sk": "b"}


class Answers:
    """DynamoDB's side of the connection: a number of collisions with a transaction, then success."""

    def __init__(self, collisions: int) -> None:
        self.collisions = collisions
        self.calls = 0

    def __call__(self, request: Any, **_: Any) -> AWSResponse:
        self.calls += 1
        collides = self.calls <= self.collisions
        body = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException"} if collides else {}
        return AWSResponse(request.url, 400 if collides else 200, {}, _Raw(json.dumps(body).encode()))


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    clients._dynamodb.cache_clear()
    yield clients.dynamodb_table("campaigns")
    clients._dynamodb.cache_clear()


def answer_with(table: Any, collisions: int) -> Answers:
    answers = Answers(collisions)
    table.meta.client.meta.events.register("before-send.dynamodb", answers)
    return answers


def test_a_write_that_meets_a_transaction_is_tried_again(table: Any) -> None:
    answers = answer_with(table, collisions=2)
    table.put_item(Item=KEY)
    assert answers.calls == 3


def test_a_write_that_meets_one_transaction_after_another_fails(table: Any) -> None:
    answers = answer_with(table, collisions=99)
    with pytest.raises(ClientError, match="TransactionConflictException"):
        table.put_item(Item=KEY)
    assert answers.calls == 4
