"""One stack's tables, queues and secrets in moto, and the two doors of a function."""

import base64
import functools
import gzip
import importlib
import json
import os
import re
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import botocore.endpoint
import pytest
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend
from moto.moto_api._internal.models import moto_api_backend

from components.config import zone_rules
from email_list.aws.background import BackgroundFunction
from email_list.aws.clients import client, dynamodb_table, sending_client
from email_list.aws.shards import with_status
from email_list.aws.subscriber_items import wishes_key
from email_list.clock import iso, utc_now
from email_list.people.subscribers import Status
from local.names import NameServer
from local.ses import SesStandIn
from tests import api_description

REGION = "eu-central-1"
LINK_KEYS: dict[str, Any] = {"current": "2", "keys": {"1": "old-key", "2": "new-key"}, "erasure": "erasure-key"}
PUBLIC_URL = "https://list.example"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "SUBSCRIBERS_TABLE": "subscribers",
    "RECORDS_TABLE": "records",
    "PLACES_TABLE": "places",
    "RUNNER_FUNCTION": "run_sequences",
    "RUNNER_ARN": "arn:aws:lambda:eu-central-1:123456789012:function:run_sequences",
    "ALARM_GROUP": "alarms",
    "ALARM_ROLE": "arn:aws:iam::123456789012:role/alarms",
    "SETTLEMENT_GRACE_SECONDS": "20",
    "SCHEDULE_LATENESS_MINUTES": "60",
    "CONFIGURATION_SET": "list-set",
    "TRACKED_CONFIGURATION_SET": "list-set-tracked",
    "PUBLIC_URL": PUBLIC_URL,
    "DOUBLE_OPT_IN": "true",
    "CONFIRMATION_COOLDOWN_MINUTES": "15",
    "SIGNUPS_PER_IP_AND_HOUR": "1000",
    "CONFIRMATIONS_PER_HOUR": "1000",
    "CONFIRMATIONS_PER_DAY": "5000",
    "LINK_KEYS_PARAMETER": "/list/link-keys",
    "ADMIN_TOKENS_PARAMETER": "/list/admin-tokens",
    "STACK": "list-test",
    "FILES_BUCKET": "list-files",
    "PICTURES_BUCKET": "list-pictures",
    "PICTURES_URL": "https://pictures.example",
    "ARCHIVE_BUCKET": "list-archive",
    "EXPORT_FUNCTION": "export_subscribers",
    "AWS_LAMBDA_FUNCTION_NAME": "itself",
}
LIST = {
    "name": "Garden Letters",
    "postal_address": "1 Hill Road, Springfield",
    "sender": '"Garden Letters" <letters@list.example>',
    "reply_to": None,
    "language": "en",
    "time_zone": {"name": "Europe/Berlin", "rules": zone_rules("Europe/Berlin")},
    "accent_color": "#1a5fb4",
    **dict.fromkeys(("privacy_url", "logo_url", "website_url", "description")),
    "archive": False,
    "archive_noindex": False,
    "topics": [{"name": "News", "description": "What is new"}, {"name": "Events", "description": ""}],
    "report_recipients": ["ann@example.com", "bob@example.com"],
    "track_engagement": "nobody",
}
QUEUES = ("SIGNUPS_QUEUE", "ERASURES_QUEUE", "IMPORTS_QUEUE")


@dataclass
class Context:
    """What a handler asks of Lambda's context."""

    aws_request_id: str = "request-1"
    remaining: int = 300_000
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:itself"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


@dataclass
class Answer:
    """A handler's answer, read as a client would."""

    status: int
    body: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Stack:
    """Calls handlers as API Gateway, an operator or a queue would."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.started: list[Any] = []
        """The events with which functions were started in the background, until they are taken."""
        self.subscribers = dynamodb_table("subscribers")
        self.records = dynamodb_table("records")

    def http(
        self,
        handler: str,
        method: str,
        url: str,
        *,
        body: str = "",
        json_body: Any = None,
        form: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        ip: str = "203.0.113.7",
    ) -> Answer:
        """An HTTP request, in payload format 2.0. `url` may be a whole link out of an email.

        The answer must be one that the API's description knows.
        """
        sent = dict(headers or {})
        if json_body is not None:
            body, sent["content-type"] = json.dumps(json_body), "application/json"
        if form is not None:
            body, sent["content-type"] = urlencode(form, doseq=True), "application/x-www-form-urlencoded"
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True)) or None
        event = {
            "version": "2.0",
            # Decoded, except for the percent sign, as API Gateway hands it over.
            "rawPath": unquote(parts.path.replace("%25", "%2525")),
            "rawQueryString": parts.query,
            "queryStringParameters": query,
            "headers": sent,
            "body": body,
            "isBase64Encoded": False,
            "requestContext": {
                "http": {"method": method, "sourceIp": ip, "userAgent": "Browser/1.0"},
                "authorizer": {"lambda": {"token": "first", "scope": "full"}},
            },
        }
        answer = self.invoke(handler, event)
        packed = "content-encoding" in answer.headers
        shown = gzip.decompress(base64.b64decode(answer.body)).decode() if packed else answer.body
        api_description.check(method, unquote(parts.path), answer.status, answer.headers, shown)
        return answer

    def invoke(self, handler: str, event: Any, context: Context | None = None) -> Answer:
        """Direct invocation."""
        answer = self.run(handler, event, context)
        return Answer(answer["statusCode"], answer["body"], answer.get("headers", {}))

    def run(self, handler: str, event: Any, context: Context | None = None) -> Any:
        """Call a handler and give back whatever it gives."""
        return importlib.import_module(f"handlers.{handler}").handler(event, context or Context())

    def put(self, email: str, status: str, **fields: Any) -> None:
        """Put a person into the table as they might have come there."""
        item = {"email": email, **with_status(email, Status(status)), "initials": email[:2]}
        item["subscribed_date"] = "2026-01-01T00:00:00.000Z"
        self.subscribers.put_item(Item={**item, **fields})

    def person(self, email: str) -> Any:
        return self.subscribers.get_item(Key={"email": email}).get("Item")

    def wishes(self, email: str) -> dict[str, Any]:
        """What was asked for with an address and is not confirmed, by reference."""
        return self.subscribers.get_item(Key=wishes_key(email)).get("Item", {}).get("wishes", {})

    def wait(self, email: str) -> None:
        """Let the cooldown after a confirmation pass."""
        past = iso(utc_now() - timedelta(hours=1))
        self.subscribers.update_item(
            Key=wishes_key(email),
            UpdateExpression="SET sent = :past",
            ExpressionAttributeValues={":past": past},
        )

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Take everything out of a queue, in the shape in which Lambda gets it."""
        sqs, taken = client("sqs"), []
        while True:
            batch = sqs.receive_message(QueueUrl=self.environment[queue], MaxNumberOfMessages=10).get("Messages", [])
            if not batch:
                return taken
            for message in batch:
                sqs.delete_message(QueueUrl=self.environment[queue], ReceiptHandle=message["ReceiptHandle"])
                taken.append({"messageId": message["MessageId"], "body": message["Body"]})

    def work_in_background(self, handler: str, context: Context | None = None) -> None:
        """Let a function do what it was started for, and what it then starts itself for."""
        while self.started:
            self.run(handler, self.started.pop(0), context)

    def work(self, handler: str, queue: str) -> int:
        """Let a worker take every message of its queue, one at a time; how many there were."""
        messages = self.messages(queue)
        for message in messages:
            self.run(handler, {"Records": [message]})
        return len(messages)


@pytest.fixture(scope="package")
def moto() -> Iterator[None]:
    """One mocked AWS for all tests of this folder: a client costs more time than a test."""
    with pytest.MonkeyPatch.context() as patch, mock_aws(), NameServer() as names:
        patch.setenv("NAME_SERVER", names.address)
        for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, ENVIRONMENT[name])
        patch.setattr(DynamoDBBackend, "batch_execute_statement", _insert_statements)
        yield


@pytest.fixture
def stack(moto: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack as if freshly deployed, and what handlers are told of it."""
    with fresh_stack(monkeypatch) as stack:
        yield stack


@contextmanager
def fresh_stack(patch: pytest.MonkeyPatch) -> Generator[Stack]:
    """A stack of its own in the mocked AWS, in place of any other."""
    moto_api_backend.reset()
    environment = dict(ENVIRONMENT)
    _tables()
    client("ssm").put_parameter(Name="/list/link-keys", Value=json.dumps(LINK_KEYS), Type="SecureString")
    for name in QUEUES:
        environment[name] = client("sqs").create_queue(QueueName=name.lower().replace("_", "-"))["QueueUrl"]
    for bucket in ("list-files", "list-pictures", "list-archive"):
        client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for name, value in environment.items():
        patch.setenv(name, value)
    forget_collaborators()
    with code_folder(patch, json.dumps(LIST)):
        stack = Stack(environment)
        patch.setattr(BackgroundFunction, "start", lambda function, event: stack.started.append(dict(event)))
        yield stack
    forget_collaborators()


@pytest.fixture
def listed(stack: Stack) -> Callable[..., None]:
    """Configures the list otherwise, as from the next request on."""

    def change(**changes: Any) -> None:
        (Path(os.environ["LAMBDA_TASK_ROOT"]) / "list.json").write_text(json.dumps({**LIST, **changes}))
        forget_collaborators()

    return change


@contextmanager
def code_folder(patch: pytest.MonkeyPatch, list_document: str) -> Generator[None]:
    """Where functions find what comes with their code."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "list.json").write_text(list_document)
        patch.setenv("LAMBDA_TASK_ROOT", folder)
        yield


def forget_collaborators() -> None:
    """What handlers keep for the life of a Lambda environment belongs to one test here."""
    for name, module in list(sys.modules.items()):
        if name.startswith("handlers."):
            for value in vars(module).values():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


def _insert_statements(backend: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """PartiQL's INSERT, which moto reads only without parameters and lets overwrite what is there."""
    answers = []
    for statement in statements:
        insert = re.fullmatch(r'INSERT INTO "(\S+)" VALUE \{(.+)\}', statement["Statement"])
        assert insert, statement
        table, names = insert.groups()
        keys = re.findall(r"'(\w+)': \?", names)
        item = dict(zip(keys, statement["Parameters"], strict=True))
        if backend.get_item(table, {"email": item["email"]}):
            answers.append({"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}})
        else:
            backend.tables[table].put_item(item)
            answers.append({"TableName": table})
    return answers


def _tables() -> None:
    dynamodb = client("dynamodb")

    def key(name: str, kind: str = "HASH") -> dict[str, str]:
        return {"AttributeName": name, "KeyType": kind}

    dynamodb.create_table(
        TableName="subscribers",
        KeySchema=[key("email")],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("email", "status_shard", "subscribed_date", "initials")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_status",
                "KeySchema": [key("status_shard"), key("subscribed_date", "RANGE")],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "by_address",
                "KeySchema": [key("initials"), key("email", "RANGE")],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.create_table(
        TableName="places",
        KeySchema=[key("email"), key("sequence", "RANGE")],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("email", "sequence", "place_shard", "at")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_due",
                "KeySchema": [key("place_shard"), key("at", "RANGE")],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.create_table(
        TableName="records",
        KeySchema=[key("pk"), key("sk", "RANGE")],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch, stack: Stack) -> Iterator[Any]:
    """The stand-in for SES, which the functions reach as they do on the laptop; a client of it.

    Their clients try again at once: the pauses between attempts took 20 seconds of a test.
    """
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda seconds: None))
    with SesStandIn() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", running.url)
        for cached in (client, sending_client):
            cached.cache_clear()
        yield client("sesv2")
    for cached in (client, sending_client):
        cached.cache_clear()
