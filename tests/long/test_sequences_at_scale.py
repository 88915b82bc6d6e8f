"""100,000 people enter a sequence at once, while a campaign is sent and people confirm, on a clock that is moved.

Everything but the stores, SES and time is real. The line of turns is shared by all three, as on AWS.
"""

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from email_list.campaigns.line import Express
from email_list.campaigns.pace import PROMISED_TO_STEPS, Full, Pace
from email_list.clock import iso
from email_list.people.changes import PersonChange
from email_list.people.subscribers import Record, Status
from email_list.sequences.places import Group
from tests.unit.domain.sequence_world import SequenceWorld

PEOPLE = 100_000
RATE = 500.0
BATCH = 500
"""Changes that the stream hands over at once."""

CONFIRMATION_EVERY = 0.05
AHEAD = PROMISED_TO_STEPS - 50 / RATE
TICK = 0.02
MICROSECOND = 1e-6
CAMPAIGN = 20_000


@dataclass
class Neighbours:
    """A campaign that takes turns as it can, and people who confirm, while the runner waits for its turns.

    The runner's threads take turns `AHEAD` seconds ahead, one after another, so that a turn which is nearer takes no
    time of its own. `moments` counts emails by the second in which their turn comes.
    """

    world: SequenceWorld
    campaign: Pace
    express: Express
    confirmed: float
    left: int
    finished_at: datetime | None = None
    moments: Counter[int] = field(default_factory=Counter)
    turns: list[float] = field(default_factory=list)
    confirmations: int = 0

    def turn(self, seconds: float) -> None:
        """A batch of the runner waits for its turn."""
        at = self.world.clock().timestamp() + seconds
        self.turns.append(at)
        self.moments[int(at)] += 50
        self.sleep(max(0.0, seconds - AHEAD))

    def sleep(self, seconds: float) -> None:
        """Time passes for everybody."""
        ends = self.world.clock().timestamp() + seconds
        while (left := ends - self.world.clock().timestamp()) > MICROSECOND:
            self.world.clock.forward(min(TICK, left))
            self._meanwhile(self.world.clock().timestamp())

    def _meanwhile(self, now: float) -> None:
        # Nobody confirms while nothing is sent.
        self.confirmed = max(self.confirmed, now - 1.0)
        while self.confirmed + CONFIRMATION_EVERY <= now:
            self.confirmed += CONFIRMATION_EVERY
            self.confirmations += 1
            self.express.make_room()
            self.moments[int(now)] += 1
        while self.left and not isinstance(slot := self.campaign.reserve(50), Full):
            self.moments[int(now + slot.wait)] += 50
            self.left -= 50
            if not self.left:
                self.finished_at = self.world.clock()


def enter(world: SequenceWorld, people: int) -> None:
    """An import, as the stream tells of it."""
    at = iso(world.clock())
    history = [{"at": at, "what": "imported"}]
    records = [Record(f"p{number:06}@example.com", Status.ACTIVE, at, history=history) for number in range(people)]
    world.people.by_email |= {record.email: record for record in records}
    for start in range(0, people, BATCH):
        changes = [
            PersonChange(record.email, at_, at, record.email, None, record)
            for at_, record in enumerate(records[start : start + BATCH])
        ]
        world.entrance.take(changes)


@pytest.fixture
def quiet() -> None:
    logging.getLogger("email_list").setLevel(logging.ERROR)


def test_a_hundred_thousand_enter_at_once_and_hold_up_nobody_else(quiet: None) -> None:
    world = SequenceWorld(rate=RATE)
    world.places.page_size = 512
    sequence = world.active({}, {"days": 1}, on={"on": "added"})
    campaign = Pace(world.editions, lambda: world.account, world.clock, lambda seconds: None)
    beside = Neighbours(world, campaign, Express(world.editions, world.clock), world.clock().timestamp(), CAMPAIGN)
    world.runner._sleep = world.pace._sleep = beside.sleep
    world.sender._sleep = beside.turn
    began = world.clock()

    enter(world, PEOPLE)
    world.tick()
    first = (world.clock() - began).total_seconds()
    before_the_campaign = beside.left
    while beside.left:
        beside.sleep(TICK)
    assert beside.finished_at is not None
    campaign_took = (beside.finished_at - began).total_seconds()
    late = sorted(turn - began.timestamp() for turn in beside.turns)
    busiest = max(beside.moments.values())
    shown = (
        f"{PEOPLE} first steps in {first:.0f} s at {RATE:.0f} a second, lateness at the 95th percentile "
        f"{late[int(len(late) * 0.95)]:.0f} s",
        f"campaign of {CAMPAIGN}: {CAMPAIGN - before_the_campaign} sent meanwhile, done after {campaign_took:.0f} s",
        f"{beside.confirmations} confirmations, none of which waits; at most {busiest} emails in a second",
        f"alarms set: {len(world.alarm.ever)}",
    )
    print("\n" + "\n".join(shown))
    world.forward(days=2)

    assert Counter(email for _, email in world.ses.sent) == dict.fromkeys(world.people.by_email, 2)
    assert {place.group for place in world.places.places.values()} == {Group.FINISHED}
    world.assert_sums_agree(sequence)
    # Confirmations go at once: they take from the others' turns, not from the rate.
    assert first < PEOPLE / (RATE - 1 / CONFIRMATION_EVERY) * 1.1
    assert before_the_campaign > 0.9 * CAMPAIGN
    assert campaign_took < (PEOPLE + CAMPAIGN) / RATE * 1.2
    assert busiest <= 1.3 * RATE
    assert len(world.alarm.ever) < 100
    assert world.alarm.set_for == set()
