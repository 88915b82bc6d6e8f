"""Ten thousand sign-ups in an hour, from five hundred networks, while a campaign goes out.

The real handlers, brake, limits and pace work here, on a clock that the test moves; tables, queue and SES are in
memory, and domains are looked up at the name server of the laptop. Requests have the gateway's shape.
"""

import heapq
import itertools
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from email_list.account import Account, NotNowError
from email_list.campaigns.line import Express
from email_list.campaigns.pace import Full, Pace
from email_list.lookups import Lookups, resolver
from email_list.people import captcha, signup
from email_list.people.brake import Brake, Caps, note_bounce
from email_list.people.limits import DAY, HOUR, Limit
from email_list.people.mail_exchange import MailExchanges
from email_list.people.signup import SignUps
from email_list.people.subscribers import CONFIRMATION_LIFETIME
from email_list.settings import SignUpPolicy
from handlers import send_confirmation, subscribe
from handlers.wiring import braking, confirming, joining, links, mail, people, queues
from local.names import NameServer
from tests.unit.domain.campaign_world import FakeStore
from tests.unit.domain.test_brake import FakeHours
from tests.unit.handlers.conftest import LIST, PUBLIC_URL, Context, code_folder, forget_collaborators

NETWORKS, SECONDS = 500, 3600
KINDS = {"dead-domain": 5800, "dead-mailbox": 200, "catch-all": 3000, "real": 1000}
CAPS = Caps(per_hour=1000, per_day=5000)
RATE, QUOTA, CAMPAIGN = 14.0, 60_000, 30_000
BOUNCE_AFTER = timedelta(seconds=30)
MOST_BOUNCES = 100
IN_FLIGHT = 10
"""Bounces of confirmations that were on their way when the brake stopped them."""


class Counts(dict[tuple[str, int], int]):
    def increment(self, key: str, window: int, expires_at: int) -> int:
        self[key, window] = self.get((key, window), 0) + 1
        return self[key, window]


class Queue:
    """Messages by the moment at which they are seen."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._waiting: list[tuple[datetime, int, str]] = []
        self._ids = itertools.count()

    def send(self, body: str, delay_seconds: int = 0) -> None:
        seen_at = self._world.now + timedelta(seconds=delay_seconds)
        heapq.heappush(self._waiting, (seen_at, next(self._ids), body))

    def delayed(self) -> int:
        return len(self._waiting)

    def due(self) -> list[dict[str, str]]:
        found = []
        while self._waiting and self._waiting[0][0] <= self._world.now:
            _, number, body = heapq.heappop(self._waiting)
            found.append({"messageId": str(number), "body": body})
        return found


class People:
    """Nobody is known yet, and every wish is for an address of its own."""

    def awaits_confirmation(self, email: str, claim: str, cooled_down: str) -> bool:
        return True

    def begin_confirmation(self, wanted: Any, evidence: Any, claim: str, cooled_down: str, expires_at: int) -> bool:
        return True

    def confirmation_sent(self, email: str, claim: str) -> None:
        pass


class Ses:
    """Takes mail within the quota, and lets mailboxes bounce that are not there."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.sent: dict[str, datetime] = {}
        self.bounces: list[tuple[datetime, str]] = []

    def send(self, email: str, letter: Any, purpose: str) -> None:
        if self._world.account().room < 1:
            raise NotNowError("Daily message quota exceeded.")
        assert email not in self.sent
        self.sent[email] = self._world.now
        if "dead-mailbox" in email:
            self.bounces.append((self._world.now + BOUNCE_AFTER, email))


@dataclass
class World:
    now: datetime = datetime(2026, 11, 24, 10, tzinfo=UTC)
    campaign_sent: int = 0
    hours: FakeHours = field(default_factory=FakeHours)
    line: FakeStore = field(default_factory=FakeStore)

    def __post_init__(self) -> None:
        self.queue, self.ses = Queue(self), Ses(self)
        self.pace = Pace(self.line, self.account, clock=self.clock, sleep=lambda seconds: None)

    def clock(self) -> datetime:
        return self.now

    def account(self) -> Account:
        day = sum(at > self.now - timedelta(days=1) for at in self.ses.sent.values())
        return Account(RATE, QUOTA, self.campaign_sent + day)

    def work(self) -> None:
        for message in self.queue.due():
            send_confirmation.handler({"Records": [message]}, Context())
        while self.ses.bounces and self.ses.bounces[0][0] <= self.now:
            _, email = self.ses.bounces.pop(0)
            note_bounce(self.hours, email, self.clock)

    def send_campaign(self) -> None:
        """As many batches as the pace promises now."""
        while self.campaign_sent < CAMPAIGN:
            size = self.pace.batch_size()
            if isinstance(self.pace.reserve(size), Full):
                return
            self.campaign_sent += size


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    policy = SignUpPolicy(double_opt_in=True, cooldown=timedelta(minutes=15), per_ip_and_hour=20)
    counts = Counts()
    limit = Limit("sign-up", policy.per_ip_and_hour, HOUR, counts, world.clock)
    per_inbox = Limit("confirmation", signup.CONFIRMATIONS_PER_INBOX_AND_DAY, DAY, counts, world.clock)
    sign_ups = SignUps(policy, limit, captcha.off, world.queue, People(), str)  # ty: ignore[invalid-argument-type]
    brake, express = Brake(world.hours, CAPS, world.account, world.clock), Express(world.line, world.clock)

    class Links:
        def confirm(self, email: str, reference: str) -> str:
            return f"{PUBLIC_URL}/confirm?token={reference}"

    class Metrics:
        def count(self, name: str, amount: int = 1) -> None:
            pass

    for module, name, value in (
        (joining, "sign_ups", sign_ups),
        (people, "table", People()),
        (braking, "brake", brake),
        (confirming, "policy", policy),
        (confirming, "express", express),
        (confirming, "metrics", Metrics()),
        (links, "links", Links()),
        (mail, "mailer", world.ses),
    ):
        monkeypatch.setattr(module, name, lambda value=value: value)
    monkeypatch.setattr(confirming, "may_mail", lambda wish: (lambda inbox: True) if wish.claim else per_inbox.use)
    monkeypatch.setattr(queues, "to", lambda variable: world.queue)
    monkeypatch.setattr(signup, "ask_for_confirmation", partial(signup.ask_for_confirmation, clock=world.clock))
    for handler in (subscribe, send_confirmation):
        monkeypatch.setattr(handler, "utc_now", world.clock)
    return world


def request(email: str, ip: str) -> Mapping[str, Any]:
    """A sign-up as the gateway hands it over (payload format 2.0)."""
    http = {"method": "POST", "path": "/subscribe", "protocol": "HTTP/1.1", "sourceIp": ip, "userAgent": "Browser/1.0"}
    return {
        "version": "2.0",
        "routeKey": "ANY /subscribe",
        "rawPath": "/subscribe",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": http, "stage": "$default"},
        "body": json.dumps({"email": email}),
        "isBase64Encoded": False,
    }


def attack() -> list[tuple[str, str]]:
    """Everybody's address and network, in a random order."""
    emails = [f"{kind}-{number}@{kind}.example.org" for kind, count in KINDS.items() for number in range(count)]
    random.Random(18).shuffle(emails)
    return [
        (email, f"198.18.{number % NETWORKS // 250}.{number % NETWORKS % 250}") for number, email in enumerate(emails)
    ]


def test_a_flood_of_sign_ups_stays_under_the_caps_and_in_the_end_every_real_one_is_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking, started, campaign_over = iter(attack()), world.now, 0
    monkeypatch.setenv("PUBLIC_URL", PUBLIC_URL)
    with NameServer() as names, code_folder(monkeypatch, json.dumps(LIST)):
        forget_collaborators()
        names.set({"dead-domain.example.org": {}})
        exchanges = MailExchanges(Lookups(resolver(names.address)))
        monkeypatch.setattr(confirming, "mail_exchanges", lambda: exchanges)
        for second in range(SECONDS):
            so_many = sum(KINDS.values()) * (second + 1) // SECONDS - sum(KINDS.values()) * second // SECONDS
            for email, ip in itertools.islice(asking, so_many):
                assert subscribe.handler(request(email, ip), Context())["statusCode"] == 202
            world.work()
            world.send_campaign()
            campaign_over = campaign_over or (second if world.campaign_sent >= CAMPAIGN else 0)
            world.now += timedelta(seconds=1)
        while world.queue.delayed():
            world.work()
            world.now += timedelta(minutes=5)
    forget_collaborators()

    by_hour = Counter(f"{at:%Y-%m-%dT%H}" for at in world.ses.sent.values())
    hours = [by_hour[f"{started + timedelta(hours=hour):%Y-%m-%dT%H}"] for hour in range(8 * 24)]
    assert max(hours) <= CAPS.per_hour
    assert max(sum(hours[start : start + 24]) for start in range(len(hours))) <= CAPS.per_day
    bounced = sorted(at for email, at in world.ses.sent.items() if "dead-mailbox" in email)
    for at in bounced:
        assert sum(at <= other < at + timedelta(hours=23) for other in bounced) <= MOST_BOUNCES + IN_FLIGHT
    kinds = Counter(email.rpartition("@")[2].partition(".")[0] for email in world.ses.sent)
    assert (kinds["real"], kinds["dead-domain"]) == (KINDS["real"], 0)
    assert max(world.ses.sent.values()) < started + CONFIRMATION_LIFETIME
    alone = CAMPAIGN / RATE
    share = sum(at < started + timedelta(seconds=campaign_over) for at in world.ses.sent.values()) / RATE
    assert alone <= campaign_over + 2
    assert campaign_over <= alone + share + 5
    print(
        f"{len(world.ses.sent)} confirmations until {max(world.ses.sent.values())}, by kind {dict(kinds)}; "
        f"the campaign took {campaign_over} s, alone {alone:.0f} s, with the confirmations' share {alone + share:.0f} s"
    )
