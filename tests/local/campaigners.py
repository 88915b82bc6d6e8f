"""An administrator who sends campaigns on a running stack, and what SES saw of them."""

import json
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests
from boto3.dynamodb.types import TypeSerializer

from email_list.aws.shards import STATUS_SHARD, with_status
from email_list.people.subscribers import Status
from local.stack import LocalStack

TICK = 0.25
OVER = {"sent", "failed", "cancelled"}
_ITEMS_AT_ONCE = 25


class Campaigner:
    """Creates campaigns for groups of people, so that tests which share a stack do not email each other's people."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self._session = requests.Session()
        self._session.headers["authorization"] = f"Bearer {stack.outputs['admin_token']}"
        self._mailbox = stack.outputs["mailbox_url"]

    # People

    def add_people(self, group: str, count: int) -> list[str]:
        """Active subscribers of a group, in the table at once; their addresses."""
        emails = [f"{group}-{number:06d}@example.com" for number in range(count)]
        self.add(emails, group)
        return emails

    def add(self, emails: list[str], group: str) -> None:
        """Make these addresses active subscribers of a group."""
        serialize = TypeSerializer().serialize
        start = datetime(2026, 1, 1, tzinfo=UTC)
        items = [
            {
                "email": email,
                "initials": email[:2],
                **with_status(email, Status.ACTIVE),
                "subscribed_date": f"{start + timedelta(seconds=number):%Y-%m-%dT%H:%M:%S}.000Z",
                "name": f"Person {number}",
                "topics": [],
                "attributes": {"crowd": group},
            }
            for number, email in enumerate(emails)
        ]
        table, client = self.stack.outputs["subscribers_table"], self.stack.cloud.client("dynamodb")
        for first in range(0, len(items), _ITEMS_AT_ONCE):
            puts = [
                {"PutRequest": {"Item": {name: serialize(value) for name, value in item.items()}}}
                for item in items[first : first + _ITEMS_AT_ONCE]
            ]
            client.batch_write_item(RequestItems={table: puts})

    def remove_people(self, emails: list[str]) -> None:
        """Take people off the list again, so that later walks are not slowed by them."""
        table, client = self.stack.outputs["subscribers_table"], self.stack.cloud.client("dynamodb")
        for first in range(0, len(emails), _ITEMS_AT_ONCE):
            deletes = [
                {"DeleteRequest": {"Key": {"email": {"S": email}}}} for email in emails[first : first + _ITEMS_AT_ONCE]
            ]
            client.batch_write_item(RequestItems={table: deletes})

    def leave(self, email: str, how: str) -> datetime:
        """Let a person leave, and say when that was acknowledged: `unsubscribe`, `erase`, or `bounce`."""
        person = f"{self.stack.outputs['subscribers_url']}/{quote(email)}"
        if how == "unsubscribe":
            answer = self._session.patch(person, json={"status": "unsubscribed"}, timeout=60)
            assert answer.status_code == 200, answer.text
        elif how == "erase":
            answer = self._session.delete(person, timeout=60)
            assert answer.status_code in (200, 202, 204), answer.text
        else:
            bounced = with_status(email, Status.BOUNCED)
            self.stack.cloud.client("dynamodb").update_item(
                TableName=self.stack.outputs["subscribers_table"],
                Key={"email": {"S": email}},
                UpdateExpression="SET #status = :status, #shard = :shard",
                ExpressionAttributeNames={"#status": "status", "#shard": STATUS_SHARD},
                ExpressionAttributeValues={
                    ":status": {"S": bounced["status"]},
                    ":shard": {"S": bounced[STATUS_SHARD]},
                },
            )
        return datetime.now(UTC)

    # Campaigns

    def call(self, method: str, path: str = "", **named: Any) -> requests.Response:
        return self.admin(method, f"/campaigns{path}", **named)

    def admin(self, method: str, path: str, **named: Any) -> requests.Response:
        """A request to the admin API."""
        return self._session.request(method, f"{self.stack.outputs['api_endpoint']}{path}", timeout=60, **named)

    def create(self, group: str, **request: Any) -> str:
        """Start a campaign to a group; its id."""
        audience = {"attributes": {"crowd": group}}
        answer = self.call(
            "POST", json={"subject": f"News for {group}", "body": "Hello.", "audience": audience, **request}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def show(self, campaign: str) -> dict[str, Any]:
        return self.call("GET", f"/{campaign}").json()

    def steer(self, campaign: str, action: str) -> requests.Response:
        return self.call("POST", f"/{campaign}/{action}")

    def wait(
        self, campaign: str, seconds: float = 60, wanted: Callable[[dict[str, Any]], bool] | None = None
    ) -> dict[str, Any]:
        """The campaign once it is over, or as wanted. AssertionError shows it as it is when that does not come."""
        deadline = time.monotonic() + seconds
        while True:
            shown = self.show(campaign)
            if wanted(shown) if wanted else shown["status"] in OVER:
                return shown
            assert time.monotonic() < deadline, f"not in {seconds} s: {shown}"
            time.sleep(TICK)

    def recipients(self, campaign: str, group: str) -> Iterator[dict[str, Any]]:
        """Everybody in a group of a campaign's recipients, page by page."""
        cursor = None
        while True:
            query = {"group": group, "limit": "1000", **({"cursor": cursor} if cursor else {})}
            page = self.call("GET", f"/{campaign}/recipients", params=query).json()
            yield from page["recipients"]
            cursor = page["cursor"]
            if cursor is None:
                return

    def sweep(self) -> None:
        """Run the sweeper now."""
        self.invoke("sweep_campaigns", {})

    def plan(self, campaign: str, **event: int) -> None:
        """Run the planner now, whether or not another one does; it may die."""
        self.stack.cloud.client("lambda").invoke(
            FunctionName=self.function_name("plan_campaign"),
            Payload=json.dumps({"campaign": campaign, **event}).encode(),
        )

    def run_sequence(self, sequence: str) -> None:
        """Run what is due in a sequence, whether or not another run does; it may die."""
        self.stack.cloud.client("lambda").invoke(
            FunctionName=self.function_name("run_sequences"), Payload=json.dumps({"sequence": sequence}).encode()
        )

    def send_newsletter(self, request: dict[str, Any]) -> dict[str, Any]:
        """Invoke `send_newsletter` directly; what it answers."""
        return self.invoke("send_newsletter", request)

    def function_name(self, handler: str) -> str:
        """The physical name of a function."""
        pages = self.stack.cloud.client("lambda").get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        return next(name for name in names if f"-{handler}-" in name)

    def invoke(self, handler: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function directly; what it answers. AssertionError when it fails."""
        answer = self.stack.cloud.client("lambda").invoke(
            FunctionName=self.function_name(handler), Payload=json.dumps(event).encode()
        )
        document = json.loads(answer["Payload"].read() or b"null")
        assert "FunctionError" not in answer, document
        return document

    # SES

    def received(self, group: str) -> Counter[str]:
        """How many emails each person of a group got."""
        return Counter(mail["to"][0] for mail in self.mails(group))

    def mails(self, group: str) -> list[dict[str, Any]]:
        """Every email to a group."""
        mails = requests.get(f"{self._mailbox}/messages", params={"limit": "1000000"}, timeout=120).json()
        return [mail for mail in mails if mail["to"][0].startswith(f"{group}-")]

    def behaviour(self, **settings: Any) -> dict[str, Any]:
        """Change how SES behaves, or just look."""
        if not settings:
            return requests.get(f"{self._mailbox}/behaviour", timeout=60).json()
        answer = requests.put(f"{self._mailbox}/behaviour", json=settings, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def ses(self, **settings: Any) -> Generator[None]:
        """SES that behaves in some way for a while; the functions learn of its rate at once."""
        before = self.behaviour()
        self._set(**settings)
        try:
            yield
        finally:
            self._set(**{name: before[name] for name in settings})

    def _set(self, **settings: Any) -> None:
        self.behaviour(**settings)
        self.forget_line()

    def forget_line(self) -> None:
        """Let functions ask SES anew for its rate, and send in bulk again whatever it has refused."""
        key = {"pk": {"S": "RATE"}, "sk": {"S": "LINE"}}
        self.stack.cloud.client("dynamodb").delete_item(TableName=self.stack.outputs["campaigns_table"], Key=key)

    # Judgement

    def assert_exactly_one_mail_each(self, group: str, emails: list[str], campaign: str) -> None:
        """Everybody got one email, and the campaign says so."""
        shown = self.show(campaign)
        received = self.received(group)
        assert shown["status"] == "sent", shown
        assert {email for email in emails if received[email] != 1} == set()
        assert shown["counts"] == {
            "planned": len(emails),
            "sent": len(emails),
            "failed": 0,
            "skipped": 0,
            "unknown": 0,
            "pending": 0,
        }


UNDER_WAY = timedelta(seconds=2)
"""How long a call to SES that had begun before someone left may take."""


def assert_nobody_was_mailed_after_leaving(campaigner: Campaigner, group: str, left: Mapping[str, datetime]) -> None:
    """No email of a call that began after the person's departure was acknowledged."""
    for mail in campaigner.mails(group):
        gone = left.get(mail["to"][0])
        sent = datetime.fromisoformat(mail["sent_at"].replace("Z", "+00:00"))
        assert gone is None or sent <= gone + UNDER_WAY, f"{mail['to'][0]} left at {gone} and was mailed at {sent}"
