"""What goes into the event lake."""

import gzip
import json
from typing import Any

import boto3
import pytest

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.firehose import MAX_RECORDS, Firehose
from email_list.campaigns.campaign import Campaign, Plan, Status
from email_list.clock import iso, utc_now
from handlers.wiring import lake

from .conftest import Stack

TODAY = iso(utc_now())[:10]


class Delivered:
    """What Firehose was handed, by stream."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def put_record_batch(self, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:
        rows = [json.loads(record["Data"]) for record in Records]
        self.rows.setdefault(DeliveryStreamName, []).extend(rows)
        return {"FailedPutCount": 0, "RequestResponses": [{} for _ in rows]}


@pytest.fixture
def delivered(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Delivered:
    delivered = Delivered()
    for name in ("EVENTS", "GROWTH", "CAMPAIGNS"):
        monkeypatch.setenv(f"{name}_STREAM", name.lower())
    monkeypatch.setattr(lake, "client", lambda service: delivered)
    return delivered


def message(number: int, body: Any) -> dict[str, Any]:
    return {"messageId": f"message-{number}", "body": body if isinstance(body, str) else json.dumps(body)}


def opened(email: str) -> dict[str, Any]:
    mail = {
        "messageId": "m1",
        "timestamp": "2026-11-20T08:00:00.000Z",
        "destination": [email],
        "tags": {"campaign": ["C1"], "batch": ["1"], "recipient": ["0"]},
    }
    open_ = {"timestamp": "2026-11-20T08:05:00.000Z", "ipAddress": "203.0.113.9", "userAgent": "Thunderbird"}
    return {"eventType": "Open", "mail": mail, "open": open_}


def test_events_become_rows_that_name_nobody(stack: Stack, delivered: Delivered) -> None:
    events = [opened("ann@example.com"), opened("bob@example.com"), opened("Ann@Example.com")]
    answer = stack.run("lake_events", {"Records": [message(n, event) for n, event in enumerate(events)]})
    assert answer == {"batchItemFailures": []}
    ann, bob, ann_again = delivered.rows["events"]
    assert ann["recipient"] == ann_again["recipient"] != bob["recipient"]
    assert (ann["kind"], ann["campaign"], ann["happened_at"]) == ("open", "C1", "2026-11-20 08:05:00.000")
    for leak in ("ann@", "203.0.113.9", "Thunderbird"):
        assert leak not in json.dumps(delivered.rows)


def test_what_is_no_event_is_put_aside_and_keeps_nothing_up(stack: Stack, delivered: Delivered) -> None:
    records = [message(1, "no event"), message(2, opened("ann@example.com"))]
    answer = stack.run("lake_events", {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert len(delivered.rows["events"]) == 1


@pytest.mark.parametrize("link", ["http://[", "http://[::1/?token=secret", "http://a]b/"])
def test_a_link_that_cannot_be_read_costs_no_event(stack: Stack, delivered: Delivered, link: str) -> None:
    clicked = opened("ann@example.com")
    clicked |= {"eventType": "Click", "click": {**clicked.pop("open"), "link": link}}
    records = [message(1, opened("bob@example.com")), message(2, clicked)]
    assert stack.run("lake_events", {"Records": records}) == {"batchItemFailures": []}
    assert [row["link"] for row in delivered.rows["events"]] == ["", "(unreadable)"]


def test_a_snapshot_has_the_counters_of_the_days_and_the_campaigns(stack: Stack, delivered: Delivered) -> None:
    stack.records.put_item(Item={"pk": "GROWTH", "sk": f"{TODAY}#joined#a#b", "amount": 3})
    stack.records.put_item(Item={"pk": "GROWTH", "sk": "2020-01-01#joined#form", "amount": 3})
    at = f"{TODAY}T08:00:00.000Z"
    plan = Plan(rows=1, batches=1, people=2, complete=True)
    CampaignTable(stack.records).create(Campaign("C1", Status.SENT, "News", at, at, cutoff=at, plan=plan))
    stack.records.put_item(Item={"pk": "CAMPAIGN#C1", "sk": "TALLY#01", "sent": 2, "updated_at": at})

    assert stack.run("lake_snapshot", {}) == {"growth": 1, "campaigns": 1}
    (growth,) = delivered.rows["growth"]
    assert (growth["happened_on"], growth["kind"], growth["detail"], growth["amount"]) == (TODAY, "joined", "a#b", 3)
    (row,) = delivered.rows["campaigns"]
    assert (row["campaign"], row["planned"], row["sent"], row["delivered"]) == ("C1", 2, 2, 0)


class Stubborn:
    """A Firehose that refuses some records for a while."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.taken: list[bytes] = []
        self.sizes: list[int] = []

    def put_record_batch(self, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:
        self.sizes.append(len(Records))
        answers: list[dict[str, str]] = []
        for record in Records:
            if self.refusals:
                self.refusals -= 1
                answers.append({"ErrorCode": "ServiceUnavailableException"})
            else:
                self.taken.append(record["Data"])
                answers.append({"RecordId": "1"})
        return {"FailedPutCount": sum("ErrorCode" in answer for answer in answers), "RequestResponses": answers}


def firehose(client: Any) -> Firehose:
    return Firehose(client, "stream", wait=lambda seconds: None)


def test_refused_rows_alone_are_handed_over_again() -> None:
    client = Stubborn(refusals=3)
    assert firehose(client).put({"n": n} for n in range(5)) == 5
    assert client.sizes == [5, 3]
    assert sorted(json.loads(data)["n"] for data in client.taken) == [0, 1, 2, 3, 4]


def test_rows_that_are_refused_in_the_end_are_an_error() -> None:
    with pytest.raises(RuntimeError, match="refuses 1 rows"):
        firehose(Stubborn(refusals=100)).put([{"n": 1}])


def test_many_rows_are_several_calls_and_each_row_is_a_line() -> None:
    client = Stubborn(refusals=0)
    firehose(client).put({"n": n} for n in range(MAX_RECORDS + 1))
    assert client.sizes == [MAX_RECORDS, 1]
    assert all(data.endswith(b"\n") and data.count(b"\n") == 1 for data in client.taken)


def test_rows_reach_the_bucket(stack: Stack) -> None:
    client = boto3.client("firehose")
    target = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::list-files", "Prefix": "rows/"}
    client.create_delivery_stream(DeliveryStreamName="rows", ExtendedS3DestinationConfiguration=target)
    Firehose(client, "rows").put([{"subject": "Grüße"}])
    s3 = boto3.client("s3")
    (entry,) = s3.list_objects_v2(Bucket="list-files", Prefix="rows/")["Contents"]
    body = s3.get_object(Bucket="list-files", Key=entry["Key"])["Body"].read()
    text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    assert json.loads(text) == {"subject": "Grüße"}
