"""Campaigns that pause themselves before they harm the sender."""

import json

import pytest

from contract import OwnMetric
from email_list.campaigns.campaign import RUNNING, Campaign, Reason, ReasonCode, Status, Tally
from email_list.campaigns.feedback import Results
from email_list.campaigns.store import Move
from email_list.campaigns.watching import MIN_COMPLAINTS, Limits, Seen, Watch, judge
from email_list.metrics import Metrics
from tests.unit.domain.campaign_world import FakeClock, FakeStore

AT = "2026-11-24T10:00:00.000Z"
LIMITS = Limits(bounce_percent=4, complaint_percent=0.08, minimum_mails=500)


class World:
    """One campaign, and what has come back of it."""

    def __init__(self, status: Status = Status.SENDING) -> None:
        self.store = FakeStore()
        self.store.create(Campaign("C1", status, "News", AT, AT))
        self.so_far = Results()
        self.seen = Seen()
        self.metrics: list[str] = []
        self._watch = Watch(self.store, self, LIMITS, Metrics("test", self.metrics.append), FakeClock())

    def results(self, campaign_id: str) -> Results:
        return self.so_far

    def watched(self, campaign_id: str) -> Seen:
        return self.seen

    def set_watched(self, campaign_id: str, seen: Seen) -> None:
        self.seen = seen

    def come_back(self, mails: int, bounced: int = 0, complained: int = 0) -> Campaign:
        """So much has been sent and has come back in all; the campaign after the watch has looked at it."""
        self.store.tallies["C1"] = Tally(sent=mails)
        self.so_far = Results(bounced=bounced, complained=complained)
        self._watch.look_at("C1")
        return self.store.campaigns["C1"]

    def resume(self) -> None:
        self.store.move("C1", {Status.PAUSED}, Move(Status.SENDING, at=AT))


@pytest.mark.parametrize("status", sorted(RUNNING))
def test_a_campaign_with_too_many_bounces_pauses_and_says_what_to_do(status: Status) -> None:
    world = World(status)
    campaign = world.come_back(1000, bounced=41)
    assert campaign.status is Status.PAUSED
    assert campaign.reason is not None
    assert campaign.reason.code is ReasonCode.BOUNCES
    assert "41 of 1000 emails (4.1 %) were hard bounces" in campaign.reason.message
    assert "before you resume" in campaign.reason.message
    counted = [json.loads(line) for line in world.metrics]
    assert [(each[OwnMetric.HARMFUL], each[OwnMetric.PAUSED]) for each in counted] == [(1, 1)], (
        "its own, and its alarm's"
    )


def test_a_campaign_that_people_report_as_spam_pauses() -> None:
    campaign = World().come_back(3000, complained=MIN_COMPLAINTS)
    assert campaign.status is Status.PAUSED
    assert campaign.reason is not None
    assert campaign.reason.code is ReasonCode.COMPLAINTS
    assert "3 of 3000 emails (0.10 %) were reported" in campaign.reason.message


@pytest.mark.parametrize(
    ("mails", "bounced", "complained"),
    [
        (499, 499, 0),  # too few emails to judge by
        (1000, 40, 0),  # at the limit, not over it
        (1000, 0, MIN_COMPLAINTS - 1),  # perhaps chance
        (10_000, 0, 8),
    ],
)
def test_a_campaign_within_its_limits_goes_on(mails: int, bounced: int, complained: int) -> None:
    assert judge(Seen(mails, bounced, complained), LIMITS) is None


def test_a_resumed_campaign_is_judged_by_what_comes_after() -> None:
    world = World()
    world.come_back(1000, bounced=80)
    world.come_back(1000, bounced=120)  # still coming in, while the campaign is paused
    world.resume()
    assert world.come_back(1499, bounced=200).status is Status.SENDING
    assert world.come_back(2000, bounced=160).status is Status.SENDING
    assert world.come_back(2000, bounced=161).status is Status.PAUSED


def test_a_pause_for_another_reason_does_not_forget_what_came_before() -> None:
    world = World()
    world.come_back(400, bounced=40)
    quota = Move(Status.PAUSED, at=AT, reason=Reason(ReasonCode.DAILY_QUOTA, "full"))
    world.store.move("C1", RUNNING, quota)
    world.come_back(400, bounced=40)
    world.resume()
    assert world.come_back(600, bounced=40).status is Status.PAUSED


def test_a_campaign_that_is_over_or_unknown_is_left_alone() -> None:
    world = World(Status.SENT)
    assert world.come_back(1000, bounced=1000).status is Status.SENT
    world.store.campaigns.clear()
    world._watch.look_at("C1")
    assert world.metrics == []
