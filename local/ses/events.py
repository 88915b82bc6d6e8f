"""Events about emails, published to the SNS topics of their configuration set.

Shapes: SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS" and the examples
beside it.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from local.ses import addresses
from local.ses.behaviour import Behaviour
from local.ses.configuration_sets import ConfigurationSets
from local.ses.handlebars import RenderingError
from local.ses.identities import REGION
from local.ses.mailbox import Mail, iso_time

ACCOUNT_ID = "000000000000"
ATTEMPTS = 5
FIRST_PAUSE = 0.05  # seconds before the second attempt; doubled after each

Publish = Callable[[str, dict[str, Any]], None]
log = logging.getLogger(__name__)


class Event(NamedTuple):
    kind: str  # one of `EVENT_KINDS`
    details: dict[str, Any]
    recipients: tuple[str, ...]  # whom it is about

    @property
    def matching_type(self) -> str:
        """Its name among the types an event destination matches, such as `RENDERING_FAILURE`."""
        return self.kind.upper().replace(" ", "_")


def send(mail: Mail) -> Event:
    return Event("Send", {}, mail.recipients)


def delivery(recipients: Iterable[str]) -> Event:
    details = {
        "timestamp": iso_time(time.time()),
        "processingTimeMillis": 1,
        "recipients": list(recipients),
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "a0-1.smtp-out.amazonses.com",
    }
    return Event("Delivery", details, tuple(recipients))


def bounce(mail: Mail, address: str, kind: str, subtype: str, diagnostic: str) -> Event:
    status = "5.1.1" if kind == "Permanent" else "4.0.0"
    details = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [
            {"emailAddress": address, "action": "failed", "status": status, "diagnosticCode": diagnostic}
        ],
        "timestamp": iso_time(time.time()),
        "feedbackId": mail.id,
        "reportingMTA": "dns; amazonses.com",
    }
    return Event("Bounce", details, (address,))


def complaint(mail: Mail, address: str, subtype: str | None, feedback: str = "abuse") -> Event:
    now = iso_time(time.time())
    details: dict[str, Any] = {
        "complainedRecipients": [{"emailAddress": address}],
        "timestamp": now,
        "feedbackId": mail.id,
        "complaintSubType": subtype,
    }
    if subtype is None:
        details |= {
            "userAgent": "Amazon SES Mailbox Simulator",
            "complaintFeedbackType": feedback,
            "arrivalDate": now,
        }
    return Event("Complaint", details, (address,))


def rendering_failure(mail: Mail, template: str, error: RenderingError) -> Event:
    return Event("Rendering Failure", {"templateName": template, "errorMessage": str(error)}, mail.recipients)


def opened(mail: Mail, bot: str | None = None) -> Event:
    """`bot` is SES's verdict, `Likely` or `Unlikely`; None is an event from before there was one."""
    return Event("Open", _reader(bot), mail.recipients)


def clicked(mail: Mail, link: str, bot: str | None = None) -> Event:
    return Event("Click", {**_reader(bot), "link": link, "linkTags": None}, mail.recipients)


def _reader(bot: str | None) -> dict[str, str]:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    reader = {"timestamp": iso_time(time.time()), "ipAddress": "192.0.2.1", "userAgent": agent}
    return {**reader, "isBotEvent": bot} if bot else reader


def record(mail: Mail, event: Event) -> dict[str, Any]:
    """The JSON object that SES publishes."""
    key = "failure" if event.kind == "Rendering Failure" else event.kind.lower()
    return {"eventType": event.kind, "mail": _mail_object(mail, event), key: event.details}


def _mail_object(mail: Mail, event: Event) -> dict[str, Any]:
    described: dict[str, Any] = {
        "timestamp": iso_time(mail.sent_at),
        "source": mail.envelope.sender,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT_ID}:identity/{mail.envelope.identity}",
        "sendingAccountId": ACCOUNT_ID,
        "messageId": mail.id,
        "destination": list(mail.recipients),
        "headersTruncated": False,
    }
    if event.kind != "Rendering Failure":  # such an email never had headers
        headers = mail.header_fields()
        described["headers"] = [{"name": name, "value": value} for name, value in headers]
        described["commonHeaders"] = _common_headers(mail, dict(headers))
    described["tags"] = _tags(mail, event)
    return described


def _common_headers(mail: Mail, headers: dict[str, str]) -> dict[str, Any]:
    common: dict[str, Any] = {"from": [mail.envelope.sender], "date": headers["Date"], "messageId": mail.id}
    if mail.envelope.reply_to:
        common["replyTo"] = list(mail.envelope.reply_to)
    common["to"] = list(mail.destination.to)
    common["subject"] = headers.get("Subject", "")
    return common


def _tags(mail: Mail, event: Event) -> dict[str, list[str]]:
    tags = {
        "ses:operation": [mail.envelope.operation],
        "ses:configuration-set": [mail.envelope.configuration_set or ""],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [addresses.domain_of(addresses.bare(mail.envelope.sender))],
        "ses:caller-identity": ["local"],
    }
    if event.kind == "Delivery":
        tags["ses:outgoing-ip"] = ["192.0.2.2"]
    return tags | {name: [value] for name, value in mail.tags.items()}


class EventPublisher:
    """Publishes in the background, in order, so that sending is not slowed by the topic.

    An event that cannot be published is tried `ATTEMPTS` times, then given up and counted. Stopping gives up
    the rest.
    """

    def __init__(self, publish: Publish | None, configuration_sets: ConfigurationSets, behaviour: Behaviour) -> None:
        self._publish = publish
        self._configuration_sets = configuration_sets
        self._behaviour = behaviour
        self._queue: list[tuple[float, int, str, Mail, Event]] = []  # a heap: due time, then order
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ses-events", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        with self._changed:
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def emit(self, mail: Mail, event: Event) -> int:
        """Queue the event for each topic that wants it, and say for how many."""
        if self._publish is None:
            return 0
        topics = self._configuration_sets.topics_for(mail.envelope.configuration_set, event.matching_type)
        if not topics:
            return 0
        faults = self._behaviour.event_faults(event.kind, event.recipients)
        if "lose_events" in faults:
            self._behaviour.counters.add("events_dropped", len(topics))
            return 0
        due = time.monotonic() + (faults["delay_events"].seconds if "delay_events" in faults else 0)
        copies = 2 if "duplicate_events" in faults else 1
        with self._changed:
            for topic in topics * copies:
                heapq.heappush(self._queue, (due, next(self._order), topic, mail, event))
            self._changed.notify()
        return len(topics)

    def _run(self) -> None:
        while (queued := self._next()) is not None:
            topic, mail, event = queued
            if self._delivered(topic, record(mail, event)):
                self._behaviour.counters.add("events_published")
            else:
                self._behaviour.counters.add("events_dropped")

    def _next(self) -> tuple[str, Mail, Event] | None:
        with self._changed:
            while not self._stopping.is_set():
                wait = self._queue[0][0] - time.monotonic() if self._queue else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._queue)[2:]
                self._changed.wait(wait)
        return None

    def _delivered(self, topic: str, event: dict[str, Any]) -> bool:
        assert self._publish is not None
        for attempt in range(ATTEMPTS):
            try:
                self._publish(topic, event)
            except Exception as error:  # whatever the caller's publisher raises, the next event must go out
                log.warning("publishing a %s event to %s failed: %s", event["eventType"], topic, error)
                if self._stopping.wait(FIRST_PAUSE * 2**attempt):
                    return False
            else:
                return True
        return False
