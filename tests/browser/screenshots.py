"""Takes the pictures of the docs: ``python -m tests.browser.screenshots`` (`make screenshots`).

A stack on this machine gets people as if in a month, sends them a letter through its API, and hears of readers who open
it over two days. The pictures go to `docs/images/`.
"""

import json
import random
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import requests
from playwright.sync_api import Page, ViewportSize, sync_playwright

from email_list.aws.subscriber_table import SubscriberTable
from email_list.clock import iso
from email_list.people.subscribers import Evidence, Status, Subscriber
from local.emulator import ACCESS_KEY, SECRET_KEY
from local.stack import LocalStack
from tests.browser.conftest import ARGUMENTS, CHROMIUM, TOPICS
from tests.local.campaigners import Campaigner
from tests.local.visitor import until

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES = 150_000
OVERVIEW: ViewportSize = {"width": 1400, "height": 750}
PAGE: ViewportSize = {"width": 1180, "height": 820}
LETTER: ViewportSize = {"width": 660, "height": 400}
PATIENCE = 60_000
"""Milliseconds, for a machine that is busy with other things."""

DAYS = 29
SEED = 11
CONFIG = {"listName": "Garden Letters", "accentColor": "#2f6b3a", "topics": json.dumps(TOPICS)}
FIRST_NAMES = (
    *("Ada", "Alan", "Barbara", "Dennis", "Edsger", "Frances", "Grace", "Hedy", "Ivan", "Jean", "Katherine", "Leslie"),
    *("Lynn", "Margaret", "Niklaus", "Radia", "Sophie", "Tim"),
)
LAST_NAMES = ("Ashby", "Brook", "Cole", "Dale", "East", "Field", "Grove", "Hill", "Kent", "Lane", "Marsh", "North")
BOUNCING = ["hedy.*h@example.com", "ivan.f*@example.com"]

SUBJECT = "Winter in the garden"
BODY = """\
# The beds are asleep

Hello {{name}},

the last leeks are in, and the beds lie under straw. Before the year ends, three things:

- **Seed swap** on Saturday at two, in the glass house. Bring what you saved, take what you need.
- **Compost** is free from Monday on. Bring a bucket.
- The [plan for spring](https://www.example.org/spring) is ready: write to us which bed you would like.

> Who plants a garden believes in tomorrow.

See you in the glass house!

Marta and Jonas
"""


def main() -> int:
    """Take all pictures; exit status 1, after a word, when there is no browser or a picture is too large."""
    if not CHROMIUM.exists():
        print(f"error: there is no {CHROMIUM}; `apt-get install chromium` brings it", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with LocalStack(0, CONFIG) as stack:
        campaigner = Campaigner(stack)
        campaigner.behaviour(bounce_addresses=BOUNCING)
        people_come_and_go(stack)
        letter = send(campaigner, SUBJECT, BODY)
        readers_open(campaigner)
        with a_browser(stack) as page:
            picture_the_console(page, letter)
            picture_the_letter(page, stack)
    large = [file.name for file in sorted(IMAGES.glob("*.png")) if file.stat().st_size > MOST_BYTES]
    if large:
        print(f"error: more than {MOST_BYTES} bytes: {', '.join(large)}", file=sys.stderr)
    return 1 if large else 0


def people_come_and_go(stack: LocalStack) -> None:
    """Some people a day for a month, and now and then one who leaves, as the product stores them."""
    chance = random.Random(SEED)
    credentials = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
    database = boto3.resource("dynamodb", endpoint_url=stack.cloud.url, region_name=stack.cloud.region, **credentials)
    people = SubscriberTable(database.Table(stack.outputs["subscribers_table"]))
    names = [(first, last) for last in LAST_NAMES for first in FIRST_NAMES]
    chance.shuffle(names)
    morning = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    active = 0
    for day in range(DAYS):
        today = morning + timedelta(days=day)
        for number in range(min(len(names), chance.randint(3, 9))):
            first, last = names.pop()
            email, at = f"{first}.{last}@example.com".lower(), iso(today + timedelta(minutes=20 * number))
            source = chance.choice(("form", "form", "api"))
            person = Subscriber(email, Status.ACTIVE, at, first, ["News", "Events"], source=source)
            assert people.add(person, Evidence(at=at, source=source))
            leaves = chance.random() < 0.08
            active += not leaves
            if leaves:
                assert people.unsubscribe(email, iso(today + timedelta(hours=9)), "too_often")
    campaigner = Campaigner(stack)

    def counted() -> bool:
        return campaigner.admin("GET", "/analytics").json()["totals"].get("active") == active

    until(counted, "the count of all people", seconds=60)


def send(campaigner: Campaigner, subject: str, body: str) -> str:
    """Send a letter to everybody, wait until SES has told of it, and plan another one; the letter's id."""
    answer = campaigner.admin("POST", "/campaigns", json={"subject": subject, "body": body})
    campaign: str = answer.json()["id"]
    campaigner.wait(campaign)

    def delivered() -> bool:
        shown = campaigner.show(campaign)
        return shown["results"]["delivered"] + shown["results"]["bounced"] == shown["counts"]["sent"]

    until(delivered, "the deliveries", seconds=60)
    next_week = iso(datetime.now(UTC) + timedelta(days=7))
    campaigner.admin("POST", "/campaigns", json={"subject": "Seeds for spring", "body": body, "schedule_at": next_week})
    return campaign


def readers_open(campaigner: Campaigner) -> None:
    """Let readers open the letter, and follow its link, within two days, as SES tells it."""
    chance = random.Random(SEED)
    records = []
    for number, mail in enumerate(mails(campaigner.stack)):
        sent = datetime.fromisoformat(mail["sent_at"])
        if chance.random() < 0.55:
            opened = sent + timedelta(hours=min(47, chance.expovariate(1 / 6)))
            records.append(_event("Open", mail, number, opened))
            if chance.random() < 0.35:
                records.append(_event("Click", mail, number, opened + timedelta(minutes=5)))
    campaigner.invoke("record_event", {"Records": records})


def _event(kind: str, mail: dict[str, Any], number: int, at: datetime) -> dict[str, Any]:
    told = {"timestamp": iso(at), "userAgent": "Thunderbird", "link": "https://www.example.org/spring"}
    about = {
        "messageId": mail["id"],
        "timestamp": mail["sent_at"],
        "destination": mail["to"],
        "tags": {name: [value] for name, value in mail["tags"].items()},
    }
    body = json.dumps({"eventType": kind, "mail": about, kind.lower(): told})
    return {"messageId": f"{kind}-{number}", "body": body}


@contextmanager
def a_browser(stack: LocalStack) -> Generator[Page]:
    """The console, signed in."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = chromium.new_page(locale="en-GB", viewport=OVERVIEW)
        page.set_default_timeout(PATIENCE)
        page.goto(stack.outputs["console_url"])
        page.get_by_label("Admin token").fill(stack.outputs["admin_token"])
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("navigation").wait_for()
        yield page
        chromium.close()


def picture_the_console(page: Page, campaign: str) -> None:
    page.get_by_role("heading", name="List health").wait_for()
    shoot(page, "console")
    visit(page, "/drafts/new")
    page.get_by_label("Subject").fill(SUBJECT)
    page.get_by_role("textbox", name="Text", exact=True).fill(BODY)
    page.frame_locator("iframe[title^='The letter']").get_by_role("heading", name="The beds").wait_for()
    page.set_viewport_size(PAGE)
    page.evaluate("() => { document.activeElement.scrollTop = 0; document.activeElement.blur(); scrollTo(0, 0) }")
    shoot(page, "writing")
    visit(page, f"/campaigns/{campaign}")
    page.get_by_role("img", name="Readers by hour").wait_for()
    shoot(page, "results")


def picture_the_letter(page: Page, stack: LocalStack) -> None:
    page.set_viewport_size(LETTER)
    page.goto(f"{stack.outputs['mailbox_url']}/messages/{mails(stack)[0]['id']}/html")
    page.screenshot(path=IMAGES / "letter.png", full_page=True)


def mails(stack: LocalStack) -> list[dict[str, Any]]:
    """What SES was given."""
    found: list[dict[str, Any]] = requests.get(f"{stack.outputs['mailbox_url']}/messages", timeout=30).json()
    return found


def visit(page: Page, path: str) -> None:
    page.evaluate("path => { location.hash = path }", path)


def shoot(page: Page, name: str) -> None:
    """A picture of the console's window, once everything in it has come."""
    page.locator("[aria-busy]").first.wait_for(state="detached")
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
