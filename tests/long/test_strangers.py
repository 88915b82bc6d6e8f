"""Ten thousand sign-ups in an hour, from five hundred networks, while a campaign goes out.

The real handlers, brake, limits and pace work here, on a clock that the test moves; tables, queue and SES are in
memory, and domains are looked up at the name server of the laptop. Requests have the gateway's shape.
"""

import heapq
import itertools
import json
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from email_list.people.brake import AT_ONCE, MANY_BOUNCES, WINDOW, Brake, Caps, Cause, note_bounce
from email_list.people.limits import DAY, HOUR, Limit
from email_list.people.mail_exchange import MailExchanges
from email_list.people.signup import SignUps
from email_list.people.subscribers import CONFIRMATION_LIFETIME
from email_list.settings import SignUpPolicy
from handlers import send_confirmation, subscribe
from handlers.wiring import braking, confirming, joining, links, mail, people, queues
from local.names import NameServer
from tests.unit.domain.campaign_world import FakeStore
from tests.unit.domain.test_brake import FakeSlots
from tests.unit.handlers.conftest import LIST, PUBLIC_URL, Context, code_folder, forget_collaborators

NETWORKS, SECONDS = 500, 3600
DEAD_DOMAINS = {"dead-domain": 5800, "dead-mailbox": 200, "catch-all": 3000, "real": 1000}
DEAD_MAILBOXES = {"dead-domain": 200, "dead-mailbox": 7800, "catch-all": 1000, "real": 1000}
CAPS = Caps(per_hour=1000, per_day=5000)
RATE, QUOTA, CAMPAIGN = 14.0, 60_000, 30_000
BOUNCE_AFTER = timedelta(seconds=30)
MOST_BOUNCES = MANY_BOUNCES + AT_ONCE
"""In 24 hours: what stops confirmations, and those that were on their way then."""


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
    """Takes email within the quota, and lets mailboxes bounce that are not there."""

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
    """The stack, its SES, and the clock."""

    now: datetime = datetime(2026, 11, 24, 10, tzinfo=UTC)
    campaign_sent: int = 0
    slots: FakeSlots = field(default_factory=FakeSlots)
    line: FakeStore = field(default_factory=FakeStore)

    def __post_init__(self) -> None:
        self.queue, self.ses = Queue(self), Ses(self)
        self.pace = Pace(self.line, self.account, clock=self.clock, sleep=lambda seconds: None)

    def clock(self) -> datetime:
        return self.now

    def account(self) -> Account:
        day = sum(at > self.now - timedelta(days=1) for at in self.ses.sent.values())
        return Account(RATE, QUOTA, self.campaign_sent + day)

    @property
    def bounced(self) -> list[datetime]:
        """When emails were sent that bounce."""
        return sorted(at for email, at in self.ses.sent.items() if "dead-mailbox" in email)

    def work(self) -> None:
        for message in self.queue.due():
            send_confirmation.handler({"Records": [message]}, Context())
        while self.ses.bounces and self.ses.bounces[0][0] <= self.now:
            _, email = self.ses.bounces.pop(0)
            note_bounce(self.slots, email, self.clock)

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
    brake, express = Brake(world.slots, CAPS, world.account, world.clock), Express(world.line, world.clock)

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


def attack(kinds: Mapping[str, int]) -> list[tuple[str, str]]:
    """Everybody's address and network, in a random order."""
    emails = [f"{kind}-{number}@{kind}.example.org" for kind, count in kinds.items() for number in range(count)]
    random.Random(18).shuffle(emails)
    return [
        (email, f"198.18.{number % NETWORKS // 250}.{number % NETWORKS % 250}") for number, email in enumerate(emails)
    ]


@pytest.fixture
def flood(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Mapping[str, int], int], int]]:
    """Lets so many of each kind sign up in so many seconds of an hour in which the campaign is sent; returns how many
    seconds that took."""

    def run(kinds: Mapping[str, int], seconds: int) -> int:
        asking, everybody, campaign_over = iter(attack(kinds)), sum(kinds.values()), 0
        for second in range(SECONDS):
            so_many = min(everybody, everybody * (second + 1) // seconds) - min(
                everybody, everybody * second // seconds
            )
            for email, ip in itertools.islice(asking, so_many):
                assert subscribe.handler(request(email, ip), Context())["statusCode"] == 202
            world.work()
            world.send_campaign()
            campaign_over = campaign_over or (second if world.campaign_sent >= CAMPAIGN else 0)
            world.now += timedelta(seconds=1)
        return campaign_over

    monkeypatch.setenv("PUBLIC_URL", PUBLIC_URL)
    with NameServer() as names, code_folder(monkeypatch, json.dumps(LIST)):
        forget_collaborators()
        names.set({"dead-domain.example.org": {}})
        exchanges = MailExchanges(Lookups(resolver(names.address)))
        monkeypatch.setattr(confirming, "mail_exchanges", lambda: exchanges)
        yield run
    forget_collaborators()


def assert_within_caps(world: World) -> None:
    """No hour, no 24 hours and no bounces beyond what the brake allows, and a campaign as fast as its share."""
    sent = sorted(world.ses.sent.values())
    assert most_in(sent, WINDOW) <= CAPS.per_day
    assert max(Counter(f"{at:%Y-%m-%dT%H}" for at in sent).values()) <= CAPS.per_hour
    assert most_in(world.bounced, WINDOW) <= MOST_BOUNCES


def most_in(moments: Sequence[datetime], span: timedelta) -> int:
    """The most of these, in order, in any such span."""
    return max((at - bisect_right(moments, moment - span) + 1 for at, moment in enumerate(moments)), default=0)


def assert_the_campaign_had_its_share(world: World, campaign_over: int, started: datetime) -> None:
    alone = CAMPAIGN / RATE
    share = sum(at < started + timedelta(seconds=campaign_over) for at in world.ses.sent.values()) / RATE
    assert alone <= campaign_over + 2
    assert campaign_over <= alone + share + 5
    print(
        f"the campaign took {campaign_over} s, alone {alone:.0f} s, with the confirmations' share {alone + share:.0f} s"
    )


def kinds_of(world: World) -> Counter[str]:
    return Counter(email.rpartition("@")[2].partition(".")[0] for email in world.ses.sent)


def test_a_flood_of_sign_ups_stays_under_the_caps_and_in_the_end_every_real_one_is_asked(
    world: World, flood: Callable[[Mapping[str, int], int], int]
) -> None:
    started = world.now
    campaign_over = flood(DEAD_DOMAINS, SECONDS)
    while world.queue.delayed():
        pass_hours(world, 1)
        if braking.brake().state()["cause"] == Cause.BOUNCES:
            pass_day(world)
    print(f"{len(world.ses.sent)} confirmations until {max(world.ses.sent.values())}, by kind {dict(kinds_of(world))}")
    assert_within_caps(world)
    assert_the_campaign_had_its_share(world, campaign_over, started)
    kinds = kinds_of(world)
    assert (kinds["real"], kinds["dead-domain"]) == (DEAD_DOMAINS["real"], 0)
    assert max(world.ses.sent.values()) < started + CONFIRMATION_LIFETIME


@pytest.mark.parametrize("seconds", [SECONDS, 500])
def test_made_up_mailboxes_at_real_domains_stop_confirmations_each_time_they_go_on(
    world: World, flood: Callable[[Mapping[str, int], int], int], seconds: int
) -> None:
    """No look-up tells these from real ones, so only their bounces do. `seconds` is as quick as the form's limit."""
    started = world.now
    campaign_over = flood(DEAD_MAILBOXES, seconds)
    assert braking.brake().state()["cause"] == Cause.BOUNCES
    assert_the_campaign_had_its_share(world, campaign_over, started)
    first = len(world.bounced)
    assert first <= MOST_BOUNCES

    # A day later they go on by themselves, and stop again.
    pass_day(world)
    pass_hours(world, 1)
    assert braking.brake().state()["cause"] == Cause.BOUNCES
    second = len(world.bounced)
    assert first < second <= first + MOST_BOUNCES

    # An administrator can let them go on before that; nor does that let go more than the next bounces allow.
    braking.brake().release()
    pass_hours(world, 1)
    assert braking.brake().state()["cause"] == Cause.BOUNCES
    assert second < len(world.bounced) <= second + MOST_BOUNCES

    print(f"{first}, {second - first} and {len(world.bounced) - second} bounces; by kind {dict(kinds_of(world))}")
    # Nobody is lost who was not asked yet.
    everybody = sum(DEAD_MAILBOXES.values())
    no_such_domain = DEAD_MAILBOXES["dead-domain"]
    assert everybody - no_such_domain <= len(world.ses.sent) + world.queue.delayed() <= everybody


def pass_hours(world: World, hours: int) -> None:
    for _ in range(hours * 120):
        world.work()
        world.now += timedelta(seconds=30)


def pass_day(world: World) -> None:
    """Until the bounces are a day old; what waits is looked at again only then, which changes nothing."""
    world.now = world.bounced[-1] + WINDOW + timedelta(minutes=10)
