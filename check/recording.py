"""`--record`: what SES answered and published during a check, as shapes that contain nobody's data.

A shape is a document with the type in place of each value; only words that SES chooses from a short list, such as a
bounce's type, are kept. `tests/local/test_check.py` compares recordings with the stand-in for SES.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from check import CheckFailedError
from check.steps import Walk

SES_WORDS = frozenset(
    {
        *("eventType", "bounceType", "bounceSubType", "complaintSubType", "complaintFeedbackType", "action", "status"),
        *("ses:operation", "IdentityType", "VerificationStatus", "Status", "EnforcementStatus"),
    }
)
"""Fields that hold one of SES's own words."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
_LEFT_OUT = ("ResponseMetadata", "Policies")
"""Not SES's own; and a field whose keys are names that people chose."""

_TYPES: Mapping[type, str] = {bool: "boolean", int: "number", float: "number", type(None): "null"}

RETENTION_SECONDS = 3600
QUIET_SECONDS = 2
MOST_READS = 20


def shape(value: Any, field: str = "") -> Any:
    """The shape of a JSON value or of a boto3 response. A list has the shapes of its items, each once."""
    if isinstance(value, Mapping):
        return {name: shape(item, name) for name, item in sorted(value.items()) if name not in _LEFT_OUT}
    if isinstance(value, list):
        shapes = [shape(item, field) for item in value]
        return [item for index, item in enumerate(shapes) if item not in shapes[:index]]
    if isinstance(value, str) and field in SES_WORDS and _WORD.fullmatch(value):
        return f"={value}"
    return _TYPES.get(type(value), "text")


class Recording:
    """Listens to SES's topic through a queue of its own, which exists as long as the check runs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._queue = ""
        self._subscriptions: list[str] = []

    def begin(self, walk: Walk) -> str:
        """SES's events are recorded."""
        try:
            self._file.touch()
        except OSError as error:
            raise CheckFailedError(f"the file cannot be written: {error}", "RECORD names a file.") from error
        sqs = walk.stack.client("sqs")
        name, keep = f"email-list-{walk.run}", {"MessageRetentionPeriod": str(RETENTION_SECONDS)}
        self._queue = sqs.create_queue(QueueName=name, Attributes=keep)["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        arn, topics = answer["Attributes"]["QueueArn"], _topics(walk)
        sqs.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": _policy(arn, topics)})
        for topic in topics:
            self._subscribe(walk, topic, arn)
        return f"from {len(topics)} topic" + ("s" if len(topics) != 1 else "")

    def end(self, walk: Walk) -> str:
        """The recording is written."""
        try:
            events = self._events(walk) if self._subscriptions else {}
        finally:
            self._close(walk)
        ses, identity = walk.stack.client("sesv2"), walk.settings["sender"]["identity"]
        answers = {
            "GetAccount": shape(ses.get_account()),
            "GetEmailIdentity": shape(ses.get_email_identity(EmailIdentity=identity)),
        }
        document = {"answers": answers, "events": events}
        self._file.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
        return f"{sum(map(len, events.values()))} kinds of events in {self._file}"

    def _subscribe(self, walk: Walk, topic: str, queue_arn: str) -> None:
        """Let only this run's events into the queue."""
        wanted = {"mail": {"destination": [*walk.people.values(), walk.visitor]}}
        attributes = {
            "RawMessageDelivery": "true",
            "FilterPolicyScope": "MessageBody",
            "FilterPolicy": json.dumps(wanted),
        }
        answer = walk.stack.client("sns").subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes=attributes, ReturnSubscriptionArn=True
        )
        self._subscriptions.append(answer["SubscriptionArn"])

    def _events(self, walk: Walk) -> dict[str, dict[str, Any]]:
        """The shapes of the events that have arrived, by recipient (without the label) and kind."""
        found: dict[str, dict[str, Any]] = {}
        for _ in range(MOST_READS):
            answer = walk.stack.client("sqs").receive_message(
                QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=QUIET_SECONDS
            )
            if not answer.get("Messages"):
                break
            for message in answer["Messages"]:
                event = json.loads(message["Body"])
                recipient = event["mail"]["destination"][0].replace(f"+{walk.run}", "").partition("@")[0]
                found.setdefault(recipient, {})[event["eventType"]] = shape(event)
        return found

    def _close(self, walk: Walk) -> None:
        for subscription in self._subscriptions:
            walk.stack.client("sns").unsubscribe(SubscriptionArn=subscription)
        if self._queue:
            walk.stack.client("sqs").delete_queue(QueueUrl=self._queue)


def _topics(walk: Walk) -> list[str]:
    """The topics to which SES publishes what happens to the stack's email; its configuration set has its name."""
    answer = walk.stack.client("sesv2").get_configuration_set_event_destinations(
        ConfigurationSetName=walk.stack.setting("STACK")
    )
    found = [destination.get("SnsDestination", {}).get("TopicArn") for destination in answer["EventDestinations"]]
    return list(dict.fromkeys(filter(None, found)))


def _policy(queue_arn: str, topics: list[str]) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topics}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
