"""Segments: saved filters, whom they choose, and what takes them."""

import csv
import io
from typing import Any

import pytest

from email_list.aws.campaign_table import ledger_key
from email_list.aws.clients import client
from email_list.people import exports

from .conftest import Stack

BERLIN = {"attribute": "city", "is": "berlin"}
CAMPAIGN = "01KB" + "0" * 22


@pytest.fixture
def stack(stack: Stack) -> Stack:
    stack.put("a@example.com", "active", topics=["News"], attributes={"city": "Berlin", "age": "17"})
    stack.put("b@example.com", "active", topics=["Events"], attributes={"city": " BERLIN", "age": 40})
    stack.put("c@example.com", "active", topics=["News"], source="form", opened_on="2026-01-01")
    stack.put("d@example.com", "unsubscribed", topics=["News"], attributes={"city": "Berlin"})
    return stack


def call(stack: Stack, method: str, path: str = "", body: Any = None) -> Any:
    return stack.http("segments", method, f"/segments{path}", json_body=body)


def create(stack: Stack, tree: Any = BERLIN, name: str = "Berliners") -> Any:
    answer = call(stack, "POST", "", {"name": name, "filter": tree})
    assert answer.status == 201
    return answer.json


def test_a_segment_is_kept_as_it_was_written(stack: Stack) -> None:
    segment = create(stack)
    assert (segment["name"], segment["filter"]) == ("Berliners", BERLIN)
    assert call(stack, "GET", f"/{segment['id']}").json == segment
    assert call(stack, "GET").json == {"segments": [segment], "cursor": None}


def test_what_was_read_can_be_sent_back_and_changed(stack: Stack) -> None:
    segment = create(stack)
    changed = call(stack, "PUT", f"/{segment['id']}", {**segment, "name": "Others", "filter": {"not": BERLIN}})
    assert changed.status == 200
    assert changed.json == {
        **segment,
        "name": "Others",
        "filter": {"not": BERLIN},
        "updated_at": changed.json["updated_at"],
    }
    assert call(stack, "GET", f"/{segment['id']}").json == changed.json


def test_a_deleted_segment_is_gone(stack: Stack) -> None:
    path = f"/{create(stack)['id']}"
    assert call(stack, "DELETE", path).status == 204
    answers = [call(stack, "GET", path), call(stack, "DELETE", path), call(stack, "PUT", path, {"name": "x"})]
    assert [answer.status for answer in answers] == [404, 404, 404]


def test_a_listing_goes_on_where_a_page_ended(stack: Stack) -> None:
    names = [create(stack, name=f"Segment {number}")["name"] for number in range(5)]
    found, cursor = [], ""
    while cursor is not None:
        page = call(stack, "GET", f"?limit=2&cursor={cursor}").json
        assert len(page["segments"]) <= 2
        found += [segment["name"] for segment in page["segments"]]
        cursor = page["cursor"]
    assert sorted(found) == names


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filter": BERLIN}, "name"),
        ({"name": " ", "filter": BERLIN}, "name"),
        ({"name": "x" * 101, "filter": BERLIN}, "name"),
        ({"name": "x"}, "filter"),
        ({"name": "x", "filter": {"all": [BERLIN, {"town": "Berlin"}]}}, "filter.all[1]"),
        ({"name": "x", "filter": BERLIN, "colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_with_a_segment_is_named(stack: Stack, body: Any, field: str) -> None:
    answer = call(stack, "POST", "", body)
    assert (answer.status, answer.json["error"]["details"]) == (422, {"field": field})


def test_a_filter_counts_the_active_people_it_chooses_and_shows_some(stack: Stack) -> None:
    found = call(stack, "POST", "/count", {"filter": BERLIN}).json
    assert (found["count"], found["exact"]) == (2, True)
    assert sorted(person["email"] for person in found["sample"]) == ["a@example.com", "b@example.com"]
    assert call(stack, "POST", "/count", {"segment": create(stack)["id"]}).json == found


@pytest.mark.parametrize(
    ("tree", "count"),
    [
        ({"attribute": "age", "above": 17}, 1),
        ({"not": BERLIN}, 1),
        ({"source": "form"}, 1),
        ({"opened": {"within_days": 36500}}, 1),
        ({"all": [{"topic": "news"}, BERLIN]}, 1),
        ({"attribute": "city", "known": False}, 1),
        ({"received": {"campaign": CAMPAIGN}}, 0),
    ],
)
def test_a_count_reads_what_its_filter_asks_for(stack: Stack, tree: Any, count: int) -> None:
    assert call(stack, "POST", "/count", {"filter": tree}).json["count"] == count


def test_what_is_known_of_people_is_told_with_types_and_the_values_that_occur(stack: Stack) -> None:
    stack.put(
        "e@example.com", "active", source="import:1", language="de", attributes={"vip": True, "since": "2026-05-01"}
    )
    found = call(stack, "GET", "/fields").json
    assert (found["people"], found["exact"]) == (4, True)
    assert found["topics"] == [{"value": "News", "people": 2}, {"value": "Events", "people": 1}]
    assert found["sources"] == [{"value": "form", "people": 1}, {"value": "import", "people": 1}]
    assert found["languages"] == [{"value": "de", "people": 1}]
    assert {each["name"]: (each["type"], each["people"]) for each in found["attributes"]} == {
        "age": ("number", 2),
        "city": ("text", 2),
        "since": ("date", 1),
        "vip": ("yes_no", 1),
    }
    assert found["attributes"][0]["values"] == [{"value": "17", "people": 1}, {"value": 40, "people": 1}]


def test_a_description_of_very_many_people_says_that_it_is_of_the_first(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("email_list.people.known.LOOKED_AT", 2)
    found = call(stack, "GET", "/fields").json
    assert (found["people"], found["exact"]) == (2, False)


def test_whom_a_campaign_reached_is_read_in_its_ledger(stack: Stack) -> None:
    def put(kind: str, row: int, **known: Any) -> None:
        stack.records.put_item(Item={**ledger_key(CAMPAIGN, kind, row), **known})

    put("PLAN", 1, recipients=["a@example.com", "b@example.com"], last=False)
    put("BATCH", 1, outcomes="sk", revision=1)
    put("PLAN", 2, recipients=["c@example.com"], last=True)
    put("BATCH", 2, outcomes="s", revision=1)
    put("FEEDBACK", 1, opened=3, revision=1)
    put("FEEDBACK", 2, machine_opened=1, clicked=1, revision=1)

    def chosen(reach: str) -> list[str]:
        found = call(stack, "POST", "/count", {"filter": {reach: {"campaign": CAMPAIGN}}}).json
        assert found["count"] == len(found["sample"])
        return sorted(person["email"][0] for person in found["sample"])

    assert chosen("received") == ["a", "c"]
    assert chosen("opened") == ["a", "b"]
    assert chosen("clicked") == ["c"]


@pytest.mark.parametrize("body", [{}, {"filter": None}, {"filter": BERLIN, "segment": "1"}])
def test_a_count_takes_a_filter_or_a_segment(stack: Stack, body: Any) -> None:
    assert call(stack, "POST", "/count", body).status == 422


def test_a_segment_there_is_not_is_not_found_by_anyone_who_names_it(stack: Stack) -> None:
    named = {"segment": "0193f2"}
    answers = [
        call(stack, "POST", "/count", named),
        stack.http("subscribers", "POST", "/subscribers/export", json_body=named),
        stack.http("drafts", "POST", "/drafts/audience", json_body={"audience": named}),
    ]
    assert [answer.status for answer in answers] == [404, 404, 404]


def test_counting_ends_in_time_and_says_that_there_may_be_more(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.segments.COUNTING_SECONDS", 0)
    for number in range(120):
        stack.put(f"p{number}@example.com", "active", name="x" * 100_000)
    found = call(stack, "POST", "/count", {"filter": {"not": {"topic": "x"}}}).json
    assert not found["exact"]
    assert 0 < found["count"] < 123


def test_an_audience_of_a_segment_is_counted(stack: Stack) -> None:
    def size(audience: Any) -> Any:
        return stack.http("drafts", "POST", "/drafts/audience", json_body={"audience": audience}).json

    segment = create(stack)["id"]
    assert size({"segment": segment}) == {"people": 2, "exact": True}
    assert size({"segment": segment, "topics": ["News"]}) == {"people": 1, "exact": True}
    assert size({"filter": {"not": BERLIN}}) == {"people": 1, "exact": True}


def test_an_export_holds_the_people_whom_a_filter_chooses(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 1)

    def exported(**asked: Any) -> list[str]:
        started = stack.http("subscribers", "POST", "/subscribers/export", json_body=asked).json
        stack.work_in_background("export_subscribers")
        job = stack.http("subscribers", "GET", f"/subscribers/export/{started['id']}").json
        body = client("s3").get_object(Bucket="list-files", Key=exports.file_key(job["id"]))["Body"].read()
        emails = [line["email"][0] for line in csv.DictReader(io.StringIO(body.decode()))]
        assert job["rows"] == len(emails)
        return sorted(emails)

    assert exported(filter=BERLIN) == ["a", "b", "d"]
    assert exported(segment=create(stack)["id"], status="active") == ["a", "b"]
    assert exported(filter={"topic": "Cats"}) == []
