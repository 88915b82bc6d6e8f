"""What the check does, in this order. A step's docstring says what it proves; it returns what it saw, in words."""

import secrets
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from check import CheckFailedError
from check.stack import Stack, unexpected, until

SIMULATOR = "simulator.amazonses.com"
SCENARIOS = ("success", "bounce", "complaint", "suppressionlist")
"""Mailboxes of SES's simulator. They accept email from accounts in the sandbox too, and do not affect reputation, daily
quota or suppression list (SES developer guide, "Using the mailbox simulator")."""

ECHOES = {"bounce": {"bounced"}, "complaint": {"complained"}, "suppressionlist": {"bounced", "suppressed"}}
"""The feedback of which one must come back from each. Whether `success` is reported depends on `deliveryEvents`."""

NEW_ACCOUNT_CONCURRENCY = 100
"""Functions at once, below which Lambda holds an account to the limit of a new one. The default is 1,000."""

STACK_SECONDS = 60
"""How long to wait for what the stack does by itself."""

FINAL = ("sent", "failed", "cancelled")
OVERDUE_SECONDS = 3600


def new_run() -> str:
    """The label that everything in one run carries; it contains the time at which the run began."""
    return f"check-{int(time.time())}-{secrets.token_hex(3)}"


def is_overdue(run: str) -> bool:
    """Whether the run with this label must be over by now."""
    word, _, rest = run.partition("-")
    began = rest.partition("-")[0]
    return word == "check" and began.isdigit() and time.time() - int(began) > OVERDUE_SECONDS


def simulated(scenario: str, label: str) -> str:
    """An address of the mailbox simulator. The stack is never given any other."""
    if scenario not in SCENARIOS:
        raise ValueError(f"the mailbox simulator has no {scenario!r}")
    return f"{scenario}+{label}@{SIMULATOR}"


def subject(run: str) -> str:
    """The subject that identifies a run's campaign."""
    return f"Deployment {run}"


def person_path(email: str) -> str:
    return f"/subscribers/{quote(email, safe='')}"


@dataclass
class Walk:
    """One run: the stack, how many seconds to wait for SES, and what is known so far."""

    stack: Stack
    patience: float
    run: str = field(default_factory=new_run)
    began: float = field(default_factory=time.time)
    settings: Mapping[str, Any] = field(default_factory=dict)
    campaign: str = ""
    confirmation: bool = False
    """A confirmation email is on its way to the visitor."""
    awaited: Callable[[], object] | None = None
    """Finds what was asked for and has not been seen yet: a call that was cut off may still take effect."""

    @property
    def people(self) -> dict[str, str]:
        """The addresses that an operator subscribes, by scenario."""
        return {scenario: simulated(scenario, self.run) for scenario in SCENARIOS}

    @property
    def visitor(self) -> str:
        """The address that signs up. It bounces, which proves that its confirmation email was sent."""
        return simulated("bounce", f"{self.run}-signup")

    def person(self, email: str) -> dict[str, Any] | None:
        """A subscriber as the API shows them; None if there is no such subscriber."""
        answer = self.stack.request("GET", person_path(email), token=self.stack.outputs["admin_token"])
        if answer.status_code not in (200, 404):
            raise unexpected("GET /subscribers/{email}", answer.status_code, answer.text)
        return answer.json() if answer.status_code == 200 else None

    def status(self, email: str) -> str:
        return (self.person(email) or {}).get("status", "")

    def campaigns(self) -> list[dict[str, Any]]:
        """The campaigns of checks, this one's and earlier ones', among the newest 50."""
        page = self.stack.admin("GET", "/campaigns", params={"limit": 50})
        return [found for found in page["campaigns"] if found["subject"].startswith(subject("check-"))]

    def own_campaigns(self) -> list[dict[str, Any]]:
        return [found for found in self.campaigns() if found["subject"] == subject(self.run)]

    @contextmanager
    def awaiting(self, look: Callable[[], object]) -> Generator[None]:
        """Remember, until there is a response, that the block asks for what `look` finds."""
        self.awaited = look
        try:
            yield
        except CheckFailedError:
            self.awaited = None
            raise
        self.awaited = None


# Looking: these change nothing.


def pages_answer(walk: Walk) -> str:
    """The public pages and the console answer."""
    outputs, api = walk.stack.outputs, walk.stack.outputs["api_endpoint"]
    # The pages behind links answer a link without a token with 400, and with a page that says so.
    links = [outputs["confirm_url"], outputs["unsubscribe_url"], f"{api}/preferences"]
    pages = {outputs["subscribe_url"]: 200, outputs["console_url"]: 200, **dict.fromkeys(links, 400)}
    for url, expected in pages.items():
        answer = walk.stack.request("GET", url)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        if answer.status_code != expected or not is_page:
            raise unexpected(f"GET {url}", answer.status_code, answer.text)
    return f"{len(pages)} pages at {api}"


def token_opens(walk: Walk) -> str:
    """The admin API accepts its token and nothing else."""
    token = walk.stack.outputs["admin_token"]
    answer = walk.stack.request("GET", "/settings", token=token)
    if answer.status_code in (401, 403):
        raise CheckFailedError(
            f"the API refuses the token in the output admin_token ({answer.status_code}).",
            "Read the outputs again: the token has been rotated, or the outputs belong to another stack.",
        )
    if answer.status_code != 200:
        raise unexpected("GET /settings", answer.status_code, answer.text)
    walk.settings = answer.json()
    for wrong in (None, f"{token}x"):
        status = walk.stack.request("GET", "/settings", token=wrong).status_code
        if status not in (401, 403):
            raise CheckFailedError(
                f"GET /settings answers {status} {'to a wrong token' if wrong else 'without a token'}.",
                "The admin API may be open to everybody. Take the stack down, and report this as described in "
                "SECURITY.md.",
            )
    return "200 with the token, refused with a wrong one and with none"


def sender_is_verified(walk: Walk) -> str:
    """SES has verified the sender."""
    found = walk.stack.admin("GET", "/deliverability")
    sender, identity = found["sender"], found["sender"]["identity"]
    records = [
        f"{record['name']} {record['type']} {record['value'] or ''}: {record['state']}" for record in found["records"]
    ]
    if not sender["verified"]:
        advice = [f"AWS has emailed a link to {identity}, which is valid for 24 hours: open it."]
        if sender["domain"] == identity:
            advice = ["Add these records to the domain's DNS, then wait a few minutes to a few hours:", *records]
        raise CheckFailedError(f"SES has not verified {identity} yet.", "\n".join(advice))
    if walk.stack.is_local:
        return f"{identity}, DKIM {sender['dkim']}"
    right = sum(record["state"] == "found" for record in found["records"])
    return f"{identity}, DKIM {sender['dkim']}, {right} of {len(records)} DNS records found. {found['next']['message']}"


def account_is_ready(walk: Walk) -> str:
    """The account may send email and run functions."""
    account = walk.settings["account"]
    if not account["sending_enabled"] or account["enforcement_status"] == "shutdown":
        raise CheckFailedError(
            "SES has suspended sending for this account and region.",
            "AWS has emailed the account's owner why, and what to reply; the case is in the Support Center.",
        )
    quota = "no daily quota" if account["daily_quota"] is None else f"{account['daily_quota']:,.0f} in 24 hours"
    words = [f"SES takes {account['rate_per_second']:g} emails a second, {quota}"]
    if account["in_sandbox"]:
        words.append("IN THE SANDBOX, so only verified addresses get email: docs/first-deployment.md")
    if account["enforcement_status"] != "healthy":
        words.append(f"UNDER REVIEW by SES ({account['enforcement_status']})")
    functions = walk.stack.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    words.append(f"Lambda runs {functions:,} functions at once")
    if functions < NEW_ACCOUNT_CONCURRENCY and not walk.stack.is_local:
        words.append("ASK FOR MORE before the first campaign: docs/first-deployment.md")
    return "; ".join(words)


# Trying: with people and a campaign of this run's own.


def operators_subscribe(walk: Walk) -> str:
    """An operator subscribes people by invoking the function."""
    for email in walk.people.values():
        person = {"email": email, "name": "Check", "topics": [], "attributes": {"check": walk.run}}
        with walk.awaiting(lambda email=email: walk.status(email)):
            walk.stack.invoke("subscribe", person)
    return f"{', '.join(walk.people)} (+{walk.run}@{SIMULATOR})"


def operators_list(walk: Walk) -> str:
    """An operator lists people by invoking the function."""
    # The search reads an index, which lags a moment behind the table.
    if not until(lambda: not _unlisted(walk), STACK_SECONDS):
        raise CheckFailedError(
            f"list_subscribers does not find {', '.join(_unlisted(walk))}.",
            "Invoke it yourself: the operating guide has the command.",
            logged=True,
        )
    page = walk.stack.invoke("list_subscribers", {"limit": 1})
    return f"they are among {page['total_count']:,} on the list"


def _unlisted(walk: Walk) -> list[str]:
    pages = {email: walk.stack.invoke("list_subscribers", {"search": email}) for email in walk.people.values()}
    return [email for email, page in pages.items() if email not in [found["email"] for found in page["subscribers"]]]


def visitor_signs_up(walk: Walk) -> str:
    """A visitor signs up over the API."""
    wish = {"email": walk.visitor, "topics": [], "source": "check"}
    with walk.awaiting(lambda: walk.status(walk.visitor)):
        answer = walk.stack.request("POST", walk.stack.outputs["subscribe_url"], json=wish)
        if "captcha_required" in answer.text:
            return "skipped, since this list has sign-ups solve a captcha"
        if answer.status_code not in (200, 202):
            raise unexpected("POST /subscribe", answer.status_code, answer.text)
        status = until(lambda: walk.status(walk.visitor), STACK_SECONDS)
        if not status:
            raise CheckFailedError(
                f"answered {answer.status_code}, but nobody was on the list {STACK_SECONDS} s later.",
                "Look at the queue with `signups` in its name, and at the log of send_confirmation.",
                logged=True,
            )
    walk.confirmation = answer.status_code == 202
    return f"answered {answer.status_code}, and the visitor is {status}"


def newsletter_is_sent(walk: Walk) -> str:
    """An operator sends a newsletter to these people, and to nobody else, by invoking the function."""
    audience = {"attributes": {"check": walk.run}}
    size = walk.stack.admin("POST", "/drafts/audience", json={"audience": audience})
    if size["people"] > len(walk.people):
        raise CheckFailedError(
            f"the audience has {size['people']} people instead of {len(walk.people)}, so nothing was sent.",
            f"Someone else on the list has the attribute check={walk.run}. Find out who before you run this again.",
        )
    letter = {"subject": subject(walk.run), "message": "This email checks a deployment.", "audience": audience}
    with walk.awaiting(walk.own_campaigns):
        walk.campaign = walk.stack.invoke("send_newsletter", letter, expected=(200, 202))["campaign_id"]
    until(lambda: _campaign(walk)["status"] in (*FINAL, "paused"), walk.patience)
    campaign = _campaign(walk)
    if campaign["status"] != "sent":
        reason = campaign["reason"]["message"] if campaign["reason"] else f"It began {walk.patience:g} s ago."
        raise CheckFailedError(
            f"the campaign is {campaign['status']}. {reason}",
            "docs/campaigns.md explains the statuses. The logs to read are those of plan_campaign and send_batch.",
            logged=True,
        )
    return f"campaign {walk.campaign} is sent"


def _campaign(walk: Walk) -> dict[str, Any]:
    return walk.stack.admin("GET", f"/campaigns/{walk.campaign}")


def _recipients(walk: Walk) -> dict[str, dict[str, Any]]:
    """What the ledger says about each recipient, by address."""
    page = walk.stack.admin("GET", f"/campaigns/{walk.campaign}/recipients")
    return {recipient["email"]: recipient for recipient in page["recipients"]}


def ledger_adds_up(walk: Walk) -> str:
    """The ledger accounts for every recipient."""
    counts = _campaign(walk)["counts"]
    outcomes = {email: recipient["outcome"] for email, recipient in _recipients(walk).items()}
    if counts["planned"] != len(walk.people) or outcomes != dict.fromkeys(walk.people.values(), "sent"):
        raise CheckFailedError(
            f"it has {_numbers(counts)}, and of each recipient: {outcomes}.",
            "All of them should be `sent`; GET /campaigns/{id}/recipients gives the reason for each that is not.",
            logged=True,
        )
    return _numbers(counts)


def _numbers(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def events_come_back(walk: Walk) -> str:
    """SES's events come back and clean the list."""
    if not until(lambda: not _unheard(walk), walk.patience):
        raise _silence(walk, _unheard(walk))
    recipients = _recipients(walk)
    heard = {name: " and ".join(recipients[email]["feedback"]) for name, email in walk.people.items()}
    words = [f"{name} was {marks}" for name, marks in heard.items() if marks]
    return ", ".join([*words, *(["the visitor's confirmation bounced"] if walk.confirmation else [])])


def _unheard(walk: Walk) -> list[str]:
    """The addresses about which something should have come back but has not."""
    recipients, people = _recipients(walk), walk.people
    missing = [people[name] for name, marks in ECHOES.items() if not marks & set(recipients[people[name]]["feedback"])]
    statuses = {people["bounce"]: "bounced", people["complaint"]: "complained"}
    if walk.confirmation:
        statuses[walk.visitor] = "bounced"
    unchanged = [email for email, status in statuses.items() if walk.status(email) != status]
    return list(dict.fromkeys([*missing, *unchanged]))


def _silence(walk: Walk, missing: Sequence[str]) -> CheckFailedError:
    reason = f"none came about {', '.join(missing)} within {walk.patience:g} s."
    advice = (
        "Look at the queues with `mail-events` and `dead-letters` in their names, and the log of record_event.\n"
        "If SES is merely slow, wait longer: WAIT=600"
    )
    if missing == [walk.visitor]:
        advice = "Look at the log of send_confirmation."
    return CheckFailedError(reason, advice, logged=True)


def operators_unsubscribe(walk: Walk) -> str:
    """An operator unsubscribes someone by invoking the function."""
    email = walk.people["success"]
    walk.stack.invoke("unsubscribe", {"email": email})
    status = walk.status(email)
    if status != "unsubscribed":
        raise CheckFailedError(f"{email} is {status or 'gone'}.", "Read the log of unsubscribe.", logged=True)
    return "success is unsubscribed"


Step = Callable[[Walk], str]

LOOKING: Sequence[Step] = (pages_answer, token_opens, sender_is_verified, account_is_ready)
TRYING: Sequence[Step] = (
    operators_subscribe,
    operators_list,
    visitor_signs_up,
    newsletter_is_sent,
    ledger_adds_up,
    events_come_back,
    operators_unsubscribe,
)
