"""The demo: ``python -m local.demo`` deploys the product on this machine and uses it for what it is made for.

Every step checks what it shows. The first one that fails ends the demo with a reason and exit status 1.
"""

import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from local.emulator import EmulatorError
from local.engine import DeploymentError
from local.resources import DestroyError
from local.stack import LocalStack

PATIENCE_SECONDS = 20
"""How long a step waits for what happens behind queues."""

ADA, ALAN = "ada@example.com", "alan@example.com"


class DemoError(Exception):
    """A step did not do what it should; the message says what it did instead."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Demo:
    """The main job, step by step, against one running stack."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        self.outputs = outputs

    def run(self) -> None:
        with _step("Subscribe two people over HTTP"):
            for email, name in ((ADA, "Ada"), (ALAN, "Alan")):
                self.subscribe({"email": email, "name": name}, expected=202)
        with _step("Confirm both through the link in their email"):
            for email in (ADA, ALAN):
                self.press(self.link(self.mails_to(email, 1)[0], "/confirm"))
        with _step("Refuse a duplicate and an invalid address"):
            self.subscribe({"email": ADA.upper()}, expected=202)
            duplicate = self.invoke("subscribe_function", {"email": ADA})
            _check(duplicate["statusCode"] == 409, f"a duplicate was answered {duplicate}")
            self.subscribe({"email": "not an address"}, expected=400)
            _check(len(self.mails_to(ADA, 1)) == 1, "a duplicate sign-up sent another email")
        with _step("List the subscribers") as say:
            listing = self.get(self.outputs["subscribers_url"] + "?status=active", token=True).json
            people = [f"{person['name']} <{person['email']}>" for person in listing["subscribers"]]
            _check(len(people) == 2, f"the list has {people}")
            say(", ".join(people))
        with _step("Send a newsletter") as say:
            say(self.send("Issue 1", "The first letter of our list.", expected=2))
        with _step("Read the emails") as say:
            for email, name in ((ADA, "Ada"), (ALAN, "Alan")):
                letter = self.mails_to(email, 2)[-1]
                _check(name in letter["text"] and "The first letter" in letter["text"], f"{email} got {letter['text']}")
                say(f"{letter['subject']!r} to {email}: {_first_lines(letter['text'])}")
        with _step("Unsubscribe through the link in an email, with one click"):
            link = self.link(self.mails_to(ALAN, 2)[-1], "/unsubscribe")
            answer = self.post(link, {"List-Unsubscribe": "One-Click"})
            _check(answer.status == 200, f"unsubscribing was answered {answer.status}")
        with _step("Send again: only one email goes out") as say:
            say(self.send("Issue 2", "The second letter.", expected=1))
            _check(len(self.mails_to(ADA, 3)) == 3, "Ada did not get the second newsletter")
            _check(len(self.mails_to(ALAN, 2)) == 2, "Alan got a newsletter after unsubscribing")

    # What people do

    def subscribe(self, person: dict[str, str], expected: int) -> None:
        answer = self.post(self.outputs["subscribe_url"], json_body=person)
        _check(answer.status == expected, f"{person} was answered {answer.status}: {answer.text}")

    def press(self, link: str) -> None:
        """Open a link and press the button of its page."""
        page = self.get(link)
        _check(page.status == 200 and "<form" in page.text, f"{link} was answered {page.status}")
        address, _, query = link.partition("?")
        answer = self.post(address, dict(urllib.parse.parse_qsl(query)))
        _check(answer.status == 200, f"the button behind {address} was answered {answer.status}")

    def send(self, subject: str, message: str, expected: int) -> str:
        answer = self.invoke("send_newsletter_function", {"subject": subject, "message": message})
        _check(answer["statusCode"] == 200, f"sending was answered {answer}")
        report = json.loads(answer["body"])
        _check(report["sent_count"] == report["total_subscribers"] == expected, f"the report says {report}")
        return f"{report['sent_count']} sent, {report['failed_count']} failed"

    # The doors of the stack

    def invoke(self, output: str, event: dict[str, Any]) -> Any:
        """Direct invocation, as an operator with AWS credentials does it."""
        url = self.outputs["emulator_url"]
        credentials = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        functions = boto3.client("lambda", endpoint_url=url, region_name="us-east-1", **credentials)
        answer = functions.invoke(FunctionName=self.outputs[output], Payload=json.dumps(event))
        return json.load(answer["Payload"])

    def get(self, url: str, *, token: bool = False) -> Answer:
        headers = {"authorization": f"Bearer {self.outputs['admin_token']}"} if token else {}
        return _request(urllib.request.Request(url, headers=headers))

    def post(self, url: str, form: dict[str, str] | None = None, *, json_body: Any = None) -> Answer:
        if form is None:
            body, kind = json.dumps(json_body), "application/json"
        else:
            body, kind = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        return _request(urllib.request.Request(url, body.encode(), {"content-type": kind}))

    # The mailbox

    def mails_to(self, email: str, at_least: int) -> list[dict[str, Any]]:
        """The emails that arrived at an address, oldest first; waits until there are enough."""
        url = f"{self.outputs['mailbox_url']}/messages?{urllib.parse.urlencode({'to': email})}"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            mails = self.get(url).json
            if len(mails) >= at_least:
                return mails
            _check(time.monotonic() < deadline, f"{email} has {len(mails)} mails, {at_least} were expected")
            time.sleep(0.1)

    def link(self, mail: dict[str, Any], path: str) -> str:
        """The link in an email that leads to this page of the API."""
        found = re.search(re.escape(self.outputs["api_endpoint"] + path) + r"\?\S+", mail["text"])
        if found is None:
            raise DemoError(f"the email {mail['subject']!r} has no link to {path}")
        return found.group()


def _request(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode())


@contextmanager
def _step(title: str) -> Generator[Callable[[str], None]]:
    """Print a step, its time, and what it has to say."""
    said: list[str] = []
    started = time.monotonic()
    yield said.append
    print(f"  {title:<48} ok  {time.monotonic() - started:5.1f} s", flush=True)
    for line in said:
        print(f"      {line}", flush=True)


def _first_lines(text: str) -> str:
    return " / ".join(line.strip() for line in text.splitlines() if line.strip())[:100]


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise DemoError(otherwise)


def main() -> int:
    """Run the demo; the exit status is 0 if every step succeeded."""
    print("The email list, on this machine:")
    stack = LocalStack(0)
    try:
        with _step("Deploy the Pulumi program"):
            stack.start()
        try:
            Demo(stack.outputs).run()
        except DemoError:
            print(stack.function_logs()[-4000:], file=sys.stderr)
            raise
        finally:
            with _step("Tear everything down"):
                stack.destroy()
    except (DemoError, EmulatorError, DeploymentError, DestroyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("Done. `make local` keeps the same stack running for you to try.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
