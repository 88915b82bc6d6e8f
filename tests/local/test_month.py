"""A scripted month on the local stack: what the counters say equals what somebody counted who kept a diary."""

import csv
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.import_table import ImportTable
from email_list.aws.subscriber_table import SubscriberTable
from email_list.campaigns.campaign import Campaign, Plan, Position, Status, new_id
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch, Result
from email_list.campaigns.store import Move
from email_list.clock import iso
from email_list.people.subscribers import Evidence, Imported, Subscriber
from email_list.people.subscribers import Status as Standing
from local.emulator import ACCESS_KEY, SECRET_KEY
from local.stack import LocalStack
from tests.local.conftest import private_stack

DAYS = 30
PATIENCE = 60.0
ADMINISTRATOR = "office@example.org"
SEED = 20261124
DELAYS = (0, 1, 5, 23, 30, 100)
"""Hours after which the readers of a newsletter open it."""


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """A stack of its own: these counters are those of the whole list."""
    with private_stack({"reportRecipients": f'["{ADMINISTRATOR}"]'}) as running:
        yield running


@dataclass
class Diary:
    """What happened, noted as it was done."""

    by_day: Counter[tuple[str, str]] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    standing: dict[str, str] = field(default_factory=dict)
    campaigns: dict[str, Counter[str]] = field(default_factory=dict)
    read: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """Readers of a campaign who first opened or clicked so many hours after it was sent."""

    def joins(self, email: str, at: str, source: str) -> None:
        self.by_day[at[:10], "joined"] += 1
        self.sources[source] += 1
        self.standing[email] = "active"

    def leaves(self, email: str, at: str, status: str, reason: str) -> None:
        self.by_day[at[:10], "left"] += 1
        self.reasons[reason] += 1
        self.standing[email] = status


class Script:
    """Thirty days up to yesterday, with people and newsletters, done through the stack's own code and functions."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.diary = Diary()
        credentials = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        database = boto3.resource(
            "dynamodb", endpoint_url=stack.emulator.url, region_name=stack.cloud.region, **credentials
        )
        people = database.Table(stack.outputs["subscribers_table"])
        self.subscribers, self._imported = SubscriberTable(people), ImportTable(people)
        self._campaigns = database.Table(stack.outputs["campaigns_table"])
        self._chance = random.Random(SEED)
        self._first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
        self._events: list[dict[str, Any]] = []

    def run(self) -> None:
        for day in range(DAYS):
            morning = self._first + timedelta(days=day)
            self._people_come(day, morning + timedelta(hours=7))
            if day in (4, 11, 18, 25):
                self._newsletter_goes_out(day, morning + timedelta(hours=12))
            self._people_leave(morning + timedelta(hours=20))
        self._deliver_events()
        self._someone_is_erased()

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        functions = self.stack.cloud.client("lambda")
        names = [each["FunctionName"] for each in functions.list_functions(MaxItems=100)["Functions"]]
        (name,) = [name for name in names if name.startswith(f"email-list-local-{function}-")]
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
        payload = json.load(answer["Payload"])
        assert "FunctionError" not in answer, payload
        return payload

    def _people_come(self, day: int, at: datetime) -> None:
        for number in range(self._chance.randint(0, 4)):
            email, moment = f"form-{day}-{number}@example.com", iso(at + timedelta(minutes=number))
            wanted = Subscriber(email, Standing.PENDING, moment, source="form")
            evidence = Evidence(at=moment, source="form")
            assert self.subscribers.begin_confirmation(wanted, evidence, f"ref-{email}", moment, 2**31)
            self.diary.by_day[moment[:10], "requested"] += 1
            self.diary.standing[email] = "pending"
            if self._chance.random() < 0.8:
                later = iso(at + timedelta(hours=1, minutes=number))
                self.subscribers.confirm(email, f"ref-{email}", Evidence(at=later))
                self.diary.joins(email, later, "form")
        if day % 9 == 0:
            people = [
                Imported(
                    Subscriber(f"import-{day}-{row}@example.com", Standing.ACTIVE, iso(at), source=f"import:{day}"), row
                )
                for row in range(8)
            ]
            assert not self._imported.insert_new(people, Evidence(at=iso(at)))
            for row in people:
                self.diary.joins(row.person.email, iso(at), "import")
        gone = sorted(email for email, status in self.diary.standing.items() if status == "unsubscribed")
        if gone and self._chance.random() < 0.3:
            email, moment = gone[0], iso(at + timedelta(hours=2))
            assert self.subscribers.add(
                Subscriber(email, Standing.ACTIVE, moment, source="api"), Evidence(at=moment, source="api")
            )
            self.diary.joins(email, moment, "api")

    def _people_leave(self, at: datetime) -> None:
        for number, email in enumerate(self._active()):
            if self._chance.random() < 0.04:
                moment = iso(at + timedelta(seconds=number))
                reason = self._chance.choice(["", "too_often", "other: moving away"])
                assert self.subscribers.unsubscribe(email, moment, reason)
                self.diary.leaves(email, moment, "unsubscribed", reason.partition(":")[0] or "unsubscribed")

    def _newsletter_goes_out(self, day: int, at: datetime) -> None:
        """A campaign with its ledger as the engine leaves it, and the events that SES will publish about it."""
        moment, people = iso(at), self._active()
        table, campaign_id = CampaignTable(self._campaigns, clock=lambda: at), new_id(at)
        plan = Plan(rows=1, batches=1, people=len(people), position=Position(moment, people[-1]), complete=True)
        campaign = Campaign(
            id=campaign_id, status=Status.SENDING, subject=f"Letter of day {day}", created_at=moment, updated_at=moment
        )
        table.create(campaign)
        table.freeze(campaign_id, moment, 50)
        table.add_plan_rows(campaign_id, [PlannedBatch(1, people, plan.position, last=True)])
        table.planned(campaign_id, plan, moment)
        untouched = Batch(number=1, outcomes=Outcome.PENDING * len(people))
        results = {at: Result(Outcome.SENT) for at in range(1, len(people))} | {0: Result(Outcome.FAILED, "refused")}
        assert table.save(campaign_id, untouched, untouched.with_results(results).released(), moment)
        assert table.move(campaign_id, {Status.SENDING}, Move(Status.SENT, at=moment))
        counts = Counter(planned=len(people), sent=len(people) - 1, failed=1)
        for position, email in enumerate(people[1:], 1):
            counts += self._reader(campaign_id, position, email, at)
        self.diary.campaigns[campaign_id] = counts

    def _reader(self, campaign_id: str, position: int, email: str, at: datetime) -> Counter[str]:
        """What one recipient does, as SES will tell it."""
        after = at + timedelta(minutes=1, seconds=position)
        if self._chance.random() < 0.05:
            self._event("Bounce", campaign_id, position, email, at, after)
            self.diary.leaves(email, iso(after), "bounced", "bounced")
            return Counter(bounced=1)
        self._event("Delivery", campaign_id, position, email, at, after)
        found = Counter(delivered=1)
        if self._chance.random() < 0.5:
            hours = DELAYS[position % len(DELAYS)]
            for again in range(self._chance.randint(1, 2)):
                self._event("Open", campaign_id, position, email, at, after + timedelta(hours=hours + 9 * again))
            found["opened"] += 1
            self.diary.read[campaign_id, "opened", hours] += 1
            if self._chance.random() < 0.4:
                self._event("Click", campaign_id, position, email, at, after + timedelta(hours=hours + 2))
                found["clicked"] += 1
                self.diary.read[campaign_id, "clicked", hours + 2] += 1
        return found

    def _event(self, kind: str, campaign: str, position: int, email: str, sent: datetime, at: datetime) -> None:
        details: dict[str, dict[str, Any]] = {
            "Bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": email}]},
            "Delivery": {"recipients": [email]},
            "Open": {"userAgent": "Thunderbird"},
            "Click": {"userAgent": "Firefox", "link": "https://example.org/"},
        }
        tags = {"campaign": [campaign], "batch": ["1"], "recipient": [str(position)]}
        mail = {"messageId": f"{campaign}-{position}", "timestamp": iso(sent), "destination": [email], "tags": tags}
        moment = {"timestamp": iso(at)}
        self._events.append({"eventType": kind, "mail": mail, kind.lower(): {**details[kind], **moment}})

    def _deliver_events(self) -> None:
        """In any order, and a third of them twice."""
        events = self._events + self._chance.sample(self._events, len(self._events) // 3)
        self._chance.shuffle(events)
        for start in range(0, len(events), 100):
            records = [
                {"messageId": f"message-{number}", "body": json.dumps(event)}
                for number, event in enumerate(events[start : start + 100], start)
            ]
            assert self.invoke("record_event", {"Records": records}) == {"batchItemFailures": []}

    def _someone_is_erased(self) -> None:
        email = self._active()[0]
        now = iso(datetime.now(UTC))
        assert self.subscribers.erase(email, "hash", now)
        self.diary.leaves(email, now, "", "erased")
        del self.diary.standing[email]

    def _active(self) -> list[str]:
        return sorted(email for email, status in self.diary.standing.items() if status == "active")

    def count_again(self) -> int:
        """Hand changes that are counted to the counting function once more; how many."""
        table = self.stack.cloud.client("dynamodb").describe_table(TableName=self.stack.outputs["subscribers_table"])
        arn, streams = table["Table"]["LatestStreamArn"], self.stack.cloud.client("dynamodbstreams")
        records: list[dict[str, Any]] = []
        for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            records += streams.get_records(ShardIterator=iterator, Limit=1000)["Records"]
        for record in records:
            moment = record["dynamodb"]["ApproximateCreationDateTime"]
            record["dynamodb"]["ApproximateCreationDateTime"] = moment.timestamp()
        for start in range(0, len(records), 70):
            self.invoke("count_subscribers", {"Records": records[start : start + 70]})
        return len(records)

    def get(self, path: str, query: dict[str, str]) -> requests.Response:
        """What the admin API answers."""
        answer = requests.get(
            f"{self.stack.outputs['api_endpoint']}/{path}",
            query,
            headers={"authorization": f"Bearer {self.stack.outputs['admin_token']}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return answer

    def analytics(self) -> Any:
        last = datetime.now(UTC).date()
        return self.get("analytics", {"from": self._first.date().isoformat(), "to": last.isoformat()}).json()

    def settled(self) -> Any:
        """The analytics once the totals no longer move towards the diary."""
        wanted, deadline = Counter(self.diary.standing.values()), time.monotonic() + PATIENCE
        while True:
            found = self.analytics()
            if Counter(found["totals"]) == wanted or time.monotonic() > deadline:
                return found
            time.sleep(0.25)


@pytest.fixture(scope="module")
def month(stack: LocalStack) -> Script:
    script = Script(stack)
    script.run()
    return script


@pytest.fixture(scope="module")
def told(month: Script) -> Any:
    """What GET /analytics says about the month."""
    return month.settled()


def test_the_month_was_one_in_which_things_happened(month: Script) -> None:
    diary = month.diary
    assert len(diary.campaigns) == 4
    assert diary.reasons.keys() >= {"unsubscribed", "too_often", "other", "bounced", "erased"}
    assert diary.sources.keys() == {"form", "import", "api"}
    assert set(diary.standing.values()) == {"active", "pending", "unsubscribed", "bounced"}


def test_people_by_status_are_those_of_the_diary(month: Script, told: Any) -> None:
    assert Counter(told["totals"]) == Counter(month.diary.standing.values())


def test_every_day_is_that_of_the_diary(month: Script, told: Any) -> None:
    active = 0
    for day in told["days"]:
        noted = {kind: month.diary.by_day[day["date"], kind] for kind in ("requested", "joined", "left")}
        active += noted["joined"] - noted["left"]
        assert day == {"date": day["date"], **noted, "net": noted["joined"] - noted["left"], "active": active}
    assert len(told["days"]) == DAYS + 1


def test_sources_and_reasons_are_those_of_the_diary(month: Script, told: Any) -> None:
    assert told["growth"]["joined_by_source"] == month.diary.sources
    assert told["growth"]["left_by_reason"] == month.diary.reasons


def test_every_newsletter_has_the_results_of_the_diary(month: Script, told: Any) -> None:
    assert {campaign["id"]: +Counter(campaign["counts"]) for campaign in told["campaigns"]} == month.diary.campaigns
    together = sum(month.diary.campaigns.values(), Counter())
    assert +Counter(told["engagement"]["counts"]) == together


def test_every_newsletter_was_read_when_the_diary_says(month: Script, told: Any) -> None:
    for campaign in month.diary.campaigns:
        noted = [(what, hours, count) for (of, what, hours), count in month.diary.read.items() if of == campaign]
        for table, unit, most in (("hours", 1, 24), ("days", 24, 30)):
            rows = csv.DictReader(
                month.get(f"campaigns/{campaign}", {"format": "csv", "table": table}).text.splitlines()
            )
            periods = [{name: int(value) for name, value in row.items()} for row in rows]
            assert periods == month.get(f"campaigns/{campaign}", {}).json()["engagement"][table]
            for number, period in enumerate(periods):
                for what in ("opened", "clicked"):
                    wanted = sum(count for of, hours, count in noted if of == what and hours // unit == number)
                    assert period[what] == wanted, (table, period)
            read = sum(count for _, hours, count in noted if hours // unit < most)
            assert sum(period["opened"] + period["clicked"] for period in periods) == read


def test_changes_that_come_again_change_nothing_and_a_recount_finds_nothing(month: Script, told: Any) -> None:
    assert month.count_again() > 100
    assert month.analytics() == told
    answer = month.invoke("recount", {"settling_seconds": 0})
    found = json.loads(answer["body"])
    assert (found["status"], found["corrections"], found["busy"]) == ("done", [], [])


def test_the_report_tells_of_the_last_week(month: Script, told: Any) -> None:
    assert month.invoke("send_report", {}) == {"sent": 1}
    (mail,) = requests.get(f"{month.stack.outputs['mailbox_url']}/messages", {"to": ADMINISTRATOR}, timeout=30).json()
    week = told["days"][-8:-1]
    joined, left = (sum(day[kind] for day in week) for kind in ("joined", "left"))
    assert f"Joined: {joined}. Left: {left}." in mail["text"]
    assert f"{week[-1]['active']}\nsubscribers" in mail["text"]
    assert "Letter of day 25" in mail["text"]
