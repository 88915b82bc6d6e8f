"""The demo: ``python -m local.demo`` deploys the product on this machine and uses it for what it is made for.

Every step checks what it shows. The first one that fails ends the demo with a reason and exit status 1.
"""

import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urljoin

import boto3
import requests

from local.emulator import ACCESS_KEY, SECRET_KEY, EmulatorError
from local.engine import DeploymentError
from local.resources import DestroyError
from local.stack import ROOT, LocalStack

CONFIG = {"listName": "Garden Letters", "archive": "true"}
ADA, ALAN = "ada@example.com", "alan@example.com"
PHOTO = ROOT / "docs/images/letter.png"

WELCOME = {
    "name": "Welcome",
    "trigger": {"on": "confirmed"},
    "steps": [{"letter": {"subject": "Welcome, {{name}}", "body": "Good to have you here, {{name}}."}}],
}
IN_BATH = {"name": "Readers in Bath", "filter": {"attribute": "city", "is": "Bath"}}

PATIENCE_SECONDS = 60
"""How long a step waits for what happens behind queues."""


class DemoError(Exception):
    """A step did not do what it should; the message says what it did instead."""


class Demo:
    """The main job, step by step, against one running stack."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        self.outputs = outputs
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands between this machine and itself

    def run(self) -> None:
        with _step("Switch on a welcome email, a sequence of one"):
            sequence = self.admin("POST", "/sequences", WELCOME)["id"]
            self.admin("POST", f"/sequences/{sequence}/activate")
        with _step("Two people subscribe, and confirm by the link in their email"):
            for email, name, city in ((ADA, "Ada", "Bath"), (ALAN, "Alan", "Leeds")):
                self.subscribe({"email": email, "name": name, "attributes": {"city": city}}, expected=202)
            for email in (ADA, ALAN):
                self.press(self.link(self.emails_to(email, 1)[0], "/confirm"))
        with _step("A duplicate and an invalid address are refused") as say:
            self.subscribe({"email": ADA.upper()}, expected=202)
            duplicate = self.invoke("subscribe_function", {"email": ADA})
            _check(duplicate["statusCode"] == 409, f"a duplicate was answered {duplicate}")
            say(self.subscribe({"email": "not an address"}, expected=400)["error"]["message"])
        with _step("The list has two subscribers") as say:
            people = self.admin("GET", "/subscribers?status=active")["subscribers"]
            _check(len(people) == 2, f"the list has {people}")
            say(", ".join(f"{person['name']} <{person['email']}>" for person in people))
        with _step("An editor uploads a picture, which readers get from CloudFront's stand-in") as say:
            picture = self.upload(PHOTO.read_bytes())
            say(picture)
        with _step("A newsletter with the picture goes to everybody, and into the public archive") as say:
            letter = {"subject": "Winter in the garden", "body": f"Hello {{{{name}}}},\n\n![The beds]({picture})\n"}
            say(self.send({**letter, "public": True}, expected=2))
        with _step("Another one goes to a segment, the readers in Bath") as say:
            segment = self.admin("POST", "/segments", IN_BATH)["id"]
            letter = {"subject": "Seed swap on Saturday", "body": "Hello {{name}}, see you at the Pump Room."}
            say(self.send({**letter, "audience": {"segment": segment}}, expected=1))
        with _step("The mailbox: each reader got what is theirs, the welcome email by itself") as say:
            for email, name, expected in ((ADA, "Ada", 4), (ALAN, "Alan", 3)):
                got = self.emails_to(email, expected)
                subjects = [each["subject"] for each in got]
                _check(f"Welcome, {name}" in subjects, f"{email} got {subjects}")
                _check(("Seed swap on Saturday" in subjects) == (email == ADA), f"{email} got {subjects}")
                _check(any(picture in each["html"] for each in got), f"no email to {email} shows the picture")
                say(f"{email}: {' | '.join(subjects)}")
        with _step("Anyone can read the newsletter on the web, with no trace of a reader") as say:
            say(self.read_archive("Winter in the garden"))
        with _step("Alan unsubscribes with one click, and gets no other email") as say:
            newsletter = next(each for each in self.emails_to(ALAN, 3) if each["subject"].startswith("Winter"))
            one_click = self._session.post(
                self.link(newsletter, "/unsubscribe"), data={"List-Unsubscribe": "One-Click"}, timeout=30
            )
            _check(one_click.status_code == 200, f"unsubscribing was answered {one_click.status_code}")
            say(self.send({"subject": "Spring", "body": "Hello {{name}}, it is warm."}, expected=1))
            _check(len(self.emails_to(ALAN, 3)) == 3, "Alan got a newsletter after unsubscribing")

    # What people do

    def subscribe(self, person: dict[str, Any], expected: int) -> Any:
        answer = self._session.post(self.outputs["subscribe_url"], json=person, timeout=30)
        _check(answer.status_code == expected, f"{person} was answered {answer.status_code}: {answer.text}")
        return answer.json()

    def press(self, link: str) -> None:
        """Open a link and press the button of its page."""
        page = self._session.get(link, timeout=30)
        _check(page.status_code == 200 and "<form" in page.text, f"{link} was answered {page.status_code}")
        address, _, query = link.partition("?")
        answer = self._session.post(address, data=dict(parse_qsl(query)), timeout=30)
        _check(answer.status_code == 200, f"the button behind {address} was answered {answer.status_code}")

    def upload(self, content: bytes) -> str:
        """Upload a picture as the console does; its address once readers can see it."""
        about = {"type": "image/png", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        picture = self.admin("POST", "/pictures", about)
        form = picture["upload"]
        stored = self._session.post(form["url"], data=form["fields"], files={"file": content}, timeout=30)
        _check(stored.status_code == 204, f"the upload was answered {stored.status_code}: {stored.text}")
        ready = self.wait_for(f"/pictures/{picture['id']}", lambda shown: shown["status"] != "waiting")
        served = self._session.get(ready["url"], timeout=30)
        _check(served.headers["content-type"] == "image/png", f"{ready['url']} was answered {served.status_code}")
        return ready["url"]

    def send(self, letter: dict[str, Any], expected: int) -> str:
        campaign = self.admin("POST", "/campaigns", letter)["id"]
        shown = self.wait_for(f"/campaigns/{campaign}", lambda shown: shown["status"] in ("sent", "failed", "paused"))
        counts = shown["counts"]
        _check(counts["sent"] == counts["planned"] == expected, f"the campaign says {shown}")
        return f"{shown['subject']!r}: {counts['sent']} sent, {counts['failed']} failed"

    def read_archive(self, subject: str) -> str:
        """Follow the archive's list to the issue with this subject; its address."""
        listed = self._session.get(self.outputs["archive_url"], timeout=30).text
        found = re.search(rf'href="([^"]+)"[^>]*>\s*{re.escape(subject)}', listed)
        if found is None:
            raise DemoError(f"the archive does not list {subject!r}: {listed[:500]}")
        page = self._session.get(urljoin(self.outputs["archive_url"], found[1]), timeout=30)
        _check(page.status_code == 200 and "The beds" in page.text, f"the web version is {page.text[:500]}")
        _check("Ada" not in page.text and "token=" not in page.text, "the web version tells of a reader")
        return page.url

    # The doors of the stack

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the admin API."""
        token = {"authorization": f"Bearer {self.outputs['admin_token']}"}
        url = self.outputs["api_endpoint"] + path
        answer = self._session.request(method, url, json=body, headers=token, timeout=60)
        _check(answer.ok, f"{method} {path} was answered {answer.status_code}: {answer.text}")
        return answer.json()

    def wait_for(self, path: str, wanted: Callable[[Any], bool]) -> Any:
        """What the admin API shows there, once it is as wanted."""
        return _until(lambda: self.admin("GET", path), wanted, path)

    def invoke(self, output: str, event: dict[str, Any]) -> Any:
        """Direct invocation, as an operator with AWS credentials does it."""
        url = self.outputs["emulator_url"]
        credentials = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        functions = boto3.client("lambda", endpoint_url=url, region_name="us-east-1", **credentials)
        answer = functions.invoke(FunctionName=self.outputs[output], Payload=json.dumps(event))
        return json.load(answer["Payload"])

    # The mailbox

    def emails_to(self, email: str, at_least: int) -> list[dict[str, Any]]:
        """The emails that arrived at an address, oldest first; waits until there are enough."""
        url = f"{self.outputs['mailbox_url']}/messages"

        def look() -> Any:
            return self._session.get(url, params={"to": email}, timeout=30).json()

        return _until(look, lambda found: len(found) >= at_least, f"email {at_least} to {email}")

    def link(self, email: dict[str, Any], path: str) -> str:
        """The link in an email that leads to this page of the API."""
        found = re.search(re.escape(self.outputs["api_endpoint"] + path) + r"\?\S+", email["text"])
        if found is None:
            raise DemoError(f"the email {email['subject']!r} has no link to {path}")
        return found.group()


def _until(look: Callable[[], Any], wanted: Callable[[Any], bool], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not wanted(found := look()):
        _check(time.monotonic() < deadline, f"{what} did not come in {PATIENCE_SECONDS} seconds; there is {found}")
        time.sleep(0.1)
    return found


@contextmanager
def _step(title: str) -> Generator[Callable[[str], None]]:
    """Print a step, its time, and what it has to say."""
    said: list[str] = []
    started = time.monotonic()
    yield said.append
    print(f"{time.monotonic() - started:6.1f} s  {title}", flush=True)
    for line in said:
        print(f"          {line}", flush=True)


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise DemoError(otherwise)


def main() -> int:
    """Run the demo; the exit status is 0 if every step succeeded."""
    print("The email list, on this machine:")
    started = time.monotonic()
    stack = LocalStack(0, CONFIG)
    try:
        with _step("The Pulumi program is deployed"):
            stack.start()
        try:
            Demo(stack.outputs).run()
        except DemoError:
            print(stack.function_logs()[-4000:], file=sys.stderr)
            raise
        finally:
            with _step("Everything is torn down"):
                stack.destroy()
    except (DemoError, EmulatorError, DeploymentError, DestroyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - started:6.1f} s in all. `make local DEMO=1` keeps such a list running for you to try.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
