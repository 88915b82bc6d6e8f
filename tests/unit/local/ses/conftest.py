"""A running SES stand-in, and the real SDK client that talks to it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.ses import SesStandIn

TOPIC = "arn:aws:sns:us-east-1:000000000000:mail-events"
ALL_EVENTS = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "OPEN", "CLICK", "RENDERING_FAILURE"]


class Recorder:
    """A `publish` that keeps the events, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.topics: list[str] = []
        self.failures_left = 0

    def __call__(self, topic: str, event: dict[str, Any]) -> None:
        if self.failures_left:
            self.failures_left -= 1
            raise ConnectionError("the topic cannot be reached")
        self.topics.append(topic)
        self.events.append(event)

    def wait_for(self, number: int) -> list[dict[str, Any]]:
        """The first `number` events, as soon as they are there."""
        eventually(lambda: len(self.events) >= number)
        return self.events

    def kinds(self) -> list[str]:
        return [event["eventType"] for event in self.events]


def eventually(condition: Callable[[], bool], seconds: float = 3) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.002)


class Mailbox:
    """The mailbox's HTTP interface."""

    def __init__(self, url: str) -> None:
        self.url = url

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[Any, ...]:
        """Status, headers and text of the answer."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def messages(self, query: str = "") -> list[dict[str, Any]]:
        return json.loads(self.request("GET", f"/messages{query}")[2])

    def behave(self, **settings: Any) -> dict[str, Any]:
        status, _, text = self.request("PUT", "/behaviour", settings)
        assert status == 200, text
        return json.loads(text)

    def behaviour(self) -> dict[str, Any]:
        return json.loads(self.request("GET", "/behaviour")[2])

    def counters(self) -> dict[str, int]:
        return self.behaviour()["counters"]


@pytest.fixture(scope="session")
def aws_session() -> boto3.Session:
    return boto3.Session("testing", "testing", region_name="us-east-1")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def stand_in(recorder: Recorder) -> Iterator[SesStandIn]:
    with SesStandIn(publish=recorder) as running:
        yield running


@pytest.fixture
def ses(stand_in: SesStandIn, aws_session: boto3.Session) -> Any:
    """A boto3 client that never retries, in an account that may send from example.com."""
    client = aws_session.client(
        "sesv2", endpoint_url=stand_in.url, config=Config(retries={"total_max_attempts": 1}, read_timeout=5)
    )
    client.create_email_identity(EmailIdentity="example.com")
    return client


@pytest.fixture
def mailbox(stand_in: SesStandIn) -> Mailbox:
    return Mailbox(stand_in.mailbox_url)


@pytest.fixture
def listening(ses: Any) -> str:
    """A configuration set whose every event goes to `TOPIC`."""
    ses.create_configuration_set(ConfigurationSetName="news")
    ses.create_configuration_set_event_destination(
        ConfigurationSetName="news",
        EventDestinationName="sns",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ALL_EVENTS,
            "SnsDestination": {"TopicArn": TOPIC},
        },
    )
    return "news"


@pytest.fixture
def greeting(ses: Any) -> str:
    """A stored template with the variable `name`."""
    content = {"Subject": "Hi {{name}}", "Text": "Hello {{name}}", "Html": "<p>Hello {{name}}</p>"}
    ses.create_email_template(TemplateName="greeting", TemplateContent=content)
    return "greeting"


@pytest.fixture
def send(ses: Any) -> Callable[..., str]:
    """Sends a small email to one address and returns the message id; keywords change the request."""

    def send_mail(to: str = "ann@example.org", **changes: Any) -> str:
        request: dict[str, Any] = {
            "FromEmailAddress": "news@example.com",
            "Destination": {"ToAddresses": [to]},
            "Content": {"Simple": {"Subject": {"Data": "News"}, "Body": {"Text": {"Data": "Good news."}}}},
        }
        return ses.send_email(**{**request, **changes})["MessageId"]

    return send_mail


@pytest.fixture
def send_bulk(ses: Any, greeting: str) -> Callable[..., list[dict[str, str]]]:
    """Sends the greeting to each address, or with the entries given, and returns the results."""

    def send_mails(
        *recipients: str, entries: list[dict[str, Any]] | None = None, **changes: Any
    ) -> list[dict[str, str]]:
        request: dict[str, Any] = {
            "FromEmailAddress": "news@example.com",
            "DefaultContent": {"Template": {"TemplateName": greeting, "TemplateData": '{"name": "friend"}'}},
            "BulkEmailEntries": entries or [{"Destination": {"ToAddresses": [address]}} for address in recipients],
        }
        return ses.send_bulk_email(**{**request, **changes})["BulkEmailEntryResults"]

    return send_mails
