"""People with a browser and a mailbox, and an administrator with a token, in front of a running stack."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import boto3
import requests

from email_list.aws.shards import with_status
from email_list.aws.subscriber_items import wishes_key
from email_list.people.subscribers import Status
from local.emulator import ACCESS_KEY, SECRET_KEY
from local.stack import LocalStack

PATIENCE_SECONDS = 20
"""How long to wait for what happens behind queues."""

T = TypeVar("T")


def until(look: Callable[[], T], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """The first true answer of `look`; AssertionError names what did not come."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not come in {seconds} s"
        time.sleep(0.05)


class Visitor:
    """What subscribers and administrators do over HTTP, and what they find in their mailbox."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.session = requests.Session()
        self._api = stack.outputs["api_endpoint"]
        everything = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        tables = boto3.resource("dynamodb", endpoint_url=stack.cloud.url, region_name=stack.cloud.region, **everything)
        self._table = tables.Table(stack.outputs["subscribers_table"])

    # The public door

    def sign_up(self, email: str, **fields: Any) -> requests.Response:
        return self.session.post(f"{self._api}/subscribe", json={"email": email, **fields}, timeout=30)

    def get(self, link: str) -> requests.Response:
        return self.session.get(link, allow_redirects=False, timeout=30)

    def press(self, link: str, **fields: str) -> requests.Response:
        """The button of the page behind a link."""
        token = parse_qs(urlsplit(link).query)["token"][0]
        form = {"token": token, **fields}
        return self.session.post(link.partition("?")[0], data=form, allow_redirects=False, timeout=30)

    def join(self, email: str, **fields: Any) -> None:
        """Sign up and confirm."""
        assert self.sign_up(email, **fields).status_code == 202
        assert self.press(self.link(email, "/confirm")).status_code == 200

    # The mailbox

    def mails(self, email: str) -> list[dict[str, Any]]:
        """Every email that has arrived at an address, oldest first."""
        mailbox = f"{self.stack.outputs['mailbox_url']}/messages"
        return self.session.get(mailbox, params={"to": email}, timeout=30).json()

    def mail(self, email: str, number: int = 1) -> dict[str, Any]:
        """The email of this number, once it has arrived."""
        mails = until(lambda: found if len(found := self.mails(email)) >= number else [], f"mail {number} to {email}")
        return mails[number - 1]

    def link(self, email: str, page: str, number: int = 1) -> str:
        """The link to a page of the list in the email of this number."""
        text = self.mail(email, number)["text"]
        (link,) = set(re.findall(re.escape(self._api + page) + r"\?\S+", text))
        return link

    # The administrator

    def admin(self, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"authorization": f"Bearer {self.stack.outputs['admin_token']}", **arguments.pop("headers", {})}
        return self.session.request(method, self._api + path, headers=headers, timeout=60, **arguments)

    # Behind the scenes

    def person(self, email: str) -> dict[str, Any] | None:
        return self._table.get_item(Key={"email": email}, ConsistentRead=True).get("Item")

    def wishes(self, email: str) -> list[dict[str, Any]]:
        """What was asked for with an address and is not confirmed."""
        item = self._table.get_item(Key=wishes_key(email), ConsistentRead=True).get("Item", {"wishes": {}})
        return list(item["wishes"].values())

    def put(self, email: str, status: str, **fields: Any) -> None:
        """A person as they may have come into the table."""
        item = {"email": email, **with_status(email, Status(status)), "initials": email[:2]}
        item["subscribed_date"] = "2026-01-01T00:00:00.000Z"
        self._table.put_item(Item={**item, **fields})

    def everyone(self) -> Mapping[str, dict[str, Any]]:
        """The whole subscribers table by key."""
        items: dict[str, dict[str, Any]] = {}
        start: dict[str, Any] = {}
        while True:
            page = self._table.scan(**start)
            items |= {item["email"]: item for item in page["Items"]}
            if "LastEvaluatedKey" not in page:
                return items
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
