"""A webhook on the local stack: its receiver learns, signed, what happens on the list."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from email_list.people.subscribers import id_of
from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.leaks import assert_logs_are_private
from tests.local.visitor import Visitor, until

KEY = b"a key of thirty-two bytes or so."
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Receiver(BaseHTTPRequestHandler):
    """Takes every event whose signature is right."""

    events: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = b".".join([self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), body])
        digest = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        right = hmac.compare_digest(self.headers["webhook-signature"], f"v1,{digest}")
        if right:
            self.events.append(json.loads(body))
        self.send_response(204 if right else 401)
        self.end_headers()

    def log_message(self, format: str, *values: Any) -> None:
        pass


@pytest.fixture(scope="module")
def receiver() -> Iterator[ThreadingHTTPServer]:
    Receiver.events = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def stack(receiver: ThreadingHTTPServer) -> Iterator[LocalStack]:
    """A stack of its own: no other has a webhook."""
    hook = {"webhookUrl": f"http://127.0.0.1:{receiver.server_port}/hook", "webhookSecret": SECRET}
    with LocalStack(port=0, config=hook, enforce_iam=True) as running:
        yield running
        assert_logs_are_private(running)


def test_a_receiver_is_told_of_people_and_campaigns(stack: LocalStack) -> None:
    visitor, campaigner, email = Visitor(stack), Campaigner(stack), "ada@example.com"
    visitor.join(email)
    campaign = campaigner.admin("POST", "/campaigns", json={"subject": "News", "body": "Hello."}).json()["id"]
    campaigner.wait(campaign)
    visitor.press(visitor.link(email, "/unsubscribe", number=2))
    until(lambda: "subscriber.unsubscribed" in {event["type"] for event in Receiver.events}, "the departure")
    assert visitor.admin("DELETE", f"/subscribers/{email}").status_code == 200
    visitor.sign_up("nobody@example.com")
    wanted = {"subscriber.confirmed", "subscriber.unsubscribed", "subscriber.erased", "campaign.finished"}
    until(lambda: wanted <= {event["type"] for event in Receiver.events}, "the events")
    told = {event["type"]: event["data"] for event in Receiver.events}
    assert told.keys() == wanted
    assert told["subscriber.confirmed"]["email"] == email
    assert told["subscriber.erased"] == {"id": id_of(email), "email": email}
    assert (told["campaign.finished"]["id"], told["campaign.finished"]["status"]) == (campaign, "sent")
    assert len({event["id"] for event in Receiver.events}) == 4
