"""Sequences over their tables: kept, entered, run, and forgotten."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.clients import client, dynamodb_table
from email_list.aws.picture_uses import PictureUses
from email_list.aws.place_table import PlaceTable
from email_list.clock import iso, utc_now
from email_list.pictures.pictures import Use
from email_list.sequences.places import Group, Place
from tests.unit.handlers.conftest import Context, Stack
from tests.unit.handlers.test_analytics import person, record

ANN, BOB = "ann@example.com", "bob@example.com"
LETTER = {"subject": "Welcome, {{name}}", "body": "Hello {{name}}.", "defaults": {"name": "reader"}}
WRITTEN: dict[str, Any] = {
    "name": "Welcome",
    "trigger": {"on": "confirmed"},
    "steps": [
        {"wait": {"days": 0, "hours": 0, "minutes": 0}, "letter": LETTER},
        {"wait": {"days": 2, "hours": 0, "minutes": 0}, "at": "09:00", "letter": {**LETTER, "subject": "Later"}},
    ],
    "filter": None,
    "exit": None,
}


@pytest.fixture
def places(stack: Stack, ses: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlaceTable]:
    """The stack with its scheduler and SES, and its table of places."""
    for name in ("PLANNER_ARN", "PLANNER_FUNCTION", "SCHEDULE_GROUP", "SCHEDULE_ROLE"):
        monkeypatch.setenv(name, "unused")
    client("scheduler").create_schedule_group(Name="alarms")
    ses.create_configuration_set(ConfigurationSetName="list-set")
    ses.create_email_identity(EmailIdentity="letters@list.example")
    yield PlaceTable(dynamodb_table("places"), CampaignTable(stack.records))
    client.cache_clear()


def call(stack: Stack, method: str, path: str = "", body: Any = None) -> Any:
    return stack.http("sequences", method, f"/sequences{path}", json_body=body)


def create(stack: Stack, **changes: Any) -> Any:
    answer = call(stack, "POST", "", {**WRITTEN, **changes})
    assert answer.status == 201, answer.body
    return answer.json


def active(stack: Stack, **changes: Any) -> str:
    sequence = create(stack, **changes)["id"]
    answer = call(stack, "POST", f"/{sequence}/activate")
    assert (answer.status, answer.json["status"]) == (200, "active"), answer.body
    stack.started.clear()
    return sequence


def joins(stack: Stack, number: int, email: str, **fields: Any) -> None:
    stack.put(email, "active", nonce="n", **fields)
    came = person(email, history=[{"at": iso(utc_now()), "what": "confirmed"}], **fields)
    stack.run("count_subscribers", {"Records": [record(number, None, came)]})


def run(stack: Stack) -> None:
    stack.work_in_background("run_sequences")


def subjects(stack: Stack, email: str) -> list[str]:
    return [mail["subject"] for mail in mails(email)]


def mails(email: str) -> list[dict[str, Any]]:
    return requests.get(mailbox("messages"), {"to": email}, timeout=10).json()


def mailbox(path: str) -> str:
    return f"{os.environ['AWS_ENDPOINT_URL_SESV2']}/mailbox/{path}"


def test_a_sequence_is_kept_as_it_was_written(stack: Stack, places: PlaceTable) -> None:
    created = create(stack)
    assert created.pop("warnings") == []
    assert {name: created[name] for name in WRITTEN} == WRITTEN
    assert (created["status"], created["results"]) == ("draft", [])
    assert call(stack, "GET", f"/{created['id']}").json == created
    (listed,) = call(stack, "GET").json["sequences"]
    assert listed == {name: value for name, value in created.items() if name not in ("steps", "results")}
    changed = call(stack, "PUT", f"/{created['id']}", {**created, "name": "Hello"})
    assert (changed.status, changed.json["name"], changed.json["steps"]) == (200, "Hello", created["steps"])


def test_what_an_author_should_know_of_a_letter_is_said_with_its_step(stack: Stack, places: PlaceTable) -> None:
    first, second = WRITTEN["steps"]
    steps = [first, {**second, "letter": {**LETTER, "body": "Hello.\n\n![](https://list.example/a.png)"}}]
    created = create(stack, steps=steps)
    found = created.pop("warnings")
    assert {(each["step"], each["part"], each["line"]) for each in found} == {(2, "body", 3)}
    assert "picture_text" in {each["code"] for each in found}
    assert call(stack, "PUT", f"/{created['id']}", created).json["warnings"] == found
    assert "warnings" not in call(stack, "GET", f"/{created['id']}").json


def test_what_is_not_there_is_404(stack: Stack, places: PlaceTable) -> None:
    gone = "0" * 26
    paths = [("GET", ""), ("DELETE", ""), ("POST", "/activate"), ("POST", "/pause"), ("GET", "/people")]
    assert {call(stack, method, f"/{gone}{path}").status for method, path in paths} == {404}
    assert call(stack, "PUT", f"/{gone}", WRITTEN).status == 404


def test_anyone_who_confirms_gets_the_first_email_and_waits_for_the_second(stack: Stack, places: PlaceTable) -> None:
    sequence = active(stack)
    joins(stack, 1, ANN, name="Ann")
    assert stack.started == [{"sequence": sequence}]
    run(stack)
    assert subjects(stack, ANN) == ["Welcome, Ann"]
    shown = call(stack, "GET", f"/{sequence}").json
    assert shown["counts"] == {"entered": 1, "inside": 1, "finished": 0, "left": 0}
    assert [(step["inside"], step["sent"]) for step in shown["results"]] == [(0, 1), (1, 0)]
    (ann,) = call(stack, "GET", f"/{sequence}/people").json["people"]
    assert (ann["email"], ann["step"], ann["group"]) == (ANN, 2, "inside")
    schedules = client("scheduler").list_schedules(GroupName="alarms")["Schedules"]
    due = ann["due_at"][:16].replace("-", "").replace(":", "")
    assert f"{sequence}-{due}" in {schedule["Name"] for schedule in schedules}
    assert not any(schedule["Name"].endswith("watch") for schedule in schedules)


def test_a_change_that_comes_twice_lets_in_once(stack: Stack, places: PlaceTable) -> None:
    sequence = active(stack)
    for _ in range(3):
        joins(stack, 1, ANN)
        run(stack)
    assert subjects(stack, ANN) == ["Welcome, reader"]
    assert call(stack, "GET", f"/{sequence}").json["counts"]["entered"] == 1


def test_anyone_who_leaves_has_left_at_once(stack: Stack, places: PlaceTable) -> None:
    sequence = active(stack)
    joins(stack, 1, ANN)
    run(stack)
    stack.run("count_subscribers", {"Records": [record(2, person(ANN), person(ANN, "unsubscribed"))]})
    (ann,) = call(stack, "GET", f"/{sequence}/people?group=left").json["people"]
    assert ann["reason"] == "unsubscribed"
    assert call(stack, "GET", f"/{sequence}").json["counts"] == {"entered": 1, "inside": 0, "finished": 0, "left": 1}


def test_an_answer_that_is_lost_sends_nothing_twice(stack: Stack, places: PlaceTable) -> None:
    sequence = active(stack)
    requests.put(mailbox("behaviour"), json={"faults": [{"fault": "drop_after", "times": 1}]}, timeout=10)
    joins(stack, 1, ANN)
    run(stack)
    for _ in range(2):
        stack.run("run_sequences", {"sequence": sequence})
    assert subjects(stack, ANN) == ["Welcome, reader"]
    (ann,) = call(stack, "GET", f"/{sequence}/people").json["people"]
    assert ann["step"] == 1


def test_a_run_whose_time_is_up_goes_on_in_a_fresh_one(stack: Stack, places: PlaceTable) -> None:
    sequence = active(stack)
    joins(stack, 1, ANN)
    stack.started.clear()
    stack.run("run_sequences", {"sequence": sequence}, Context(remaining=1000))
    assert stack.started == [{"sequence": sequence}]
    assert subjects(stack, ANN) == []
    run(stack)
    assert subjects(stack, ANN) == ["Welcome, reader"]


def test_one_click_headers_and_tags_are_those_of_a_campaign(stack: Stack, places: PlaceTable) -> None:
    active(stack)
    joins(stack, 1, ANN)
    run(stack)
    ((mail,), (place,)) = mails(ANN), places.of(ANN)
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe?token=" in mail["headers"]["List-Unsubscribe"]
    assert (mail["tags"]["campaign"], mail["tags"]["batch"]) == (place.sent[0].edition, "1")


def test_a_step_is_no_campaign_to_look_at(stack: Stack, places: PlaceTable) -> None:
    sequence = active(stack)
    joins(stack, 1, ANN)
    run(stack)
    (place,) = places.of(ANN)
    edition = place.sent[0].edition
    assert stack.http("campaigns", "GET", f"/campaigns/{edition}").status == 404
    assert stack.http("campaigns", "POST", f"/campaigns/{edition}/cancel").status == 404
    assert stack.http("campaigns", "GET", "/campaigns").json["campaigns"] == []
    assert sequence != edition


def test_a_picture_is_in_use_while_anybody_may_be_sent_it(stack: Stack, places: PlaceTable) -> None:
    uses = PictureUses(stack.records)
    steps = [{"wait": {"days": 1}, "letter": {**LETTER, "body": "![](https://pictures.example/old.jpg)"}}]
    sequence = active(stack, steps=steps)
    joins(stack, 1, ANN)
    newer = [{"wait": {}, "letter": {**LETTER, "body": "![](https://pictures.example/new.jpg)"}}]
    assert call(stack, "PUT", f"/{sequence}", {**WRITTEN, "steps": newer}).status == 200
    for picture in ("old.jpg", "new.jpg"):
        assert uses.first(picture) == Use("sequence", sequence)
    assert uses.first("none.jpg") is None


def test_of_an_erased_person_nothing_is_left(stack: Stack, places: PlaceTable) -> None:
    sequence = active(stack)
    joins(stack, 1, ANN)
    run(stack)
    stack.run("erase_history", {"Records": [{"messageId": "m", "body": json.dumps({"email": ANN})}]})
    tables = [stack.records, dynamodb_table("places")]
    assert ANN not in json.dumps([table.scan()["Items"] for table in tables], default=str)
    assert call(stack, "GET", f"/{sequence}").json["counts"] == {"entered": 1, "inside": 0, "finished": 0, "left": 1}


def test_anyone_who_is_erased_while_they_wait_for_their_first_email_leaves_nothing(
    stack: Stack, places: PlaceTable
) -> None:
    active(stack)
    joins(stack, 1, ANN)
    stack.run("count_subscribers", {"Records": [record(2, person(ANN), None)]})
    assert places.of(ANN) == []


def test_a_deleted_sequence_gives_up_everything(stack: Stack, places: PlaceTable, ses: Any) -> None:
    sequence = active(stack)
    for number in range(5):
        joins(stack, number, f"p{number}@example.com")
    run(stack)
    assert call(stack, "DELETE", f"/{sequence}").status == 409
    assert call(stack, "POST", f"/{sequence}/pause").status == 200
    assert call(stack, "DELETE", f"/{sequence}").status == 204
    assert call(stack, "GET", f"/{sequence}").status == 404
    assert call(stack, "GET").json["sequences"] == []
    run(stack)
    assert dynamodb_table("places").scan()["Items"] == []
    assert not [item for item in stack.records.scan()["Items"] if item["pk"].startswith(("SEQUENCE", "STEPS"))]
    assert ses.list_email_templates()["TemplatesMetadata"] == []


@pytest.mark.parametrize("group", list(Group))
def test_people_are_listed_page_by_page_in_their_order(stack: Stack, places: PlaceTable, group: Group) -> None:
    sequence = create(stack)["id"]
    at = [f"2026-01-01T00:00:{second:02d}.000Z" for second in (3, 1, 1, 1, 2, 1, 0)]
    there = [
        Place(f"p{number}@example.com", sequence, 1, 0, "line", moment, at[0], group)
        for number, moment in enumerate(at)
    ]
    places.enter(there)
    found, cursor = [], ""
    while cursor is not None:
        page = call(stack, "GET", f"/{sequence}/people?group={group}&limit=2&cursor={cursor}").json
        assert len(page["people"]) <= 2
        found += [(one["due_at"] or one["ended_at"], one["email"]) for one in page["people"]]
        cursor = page["cursor"]
    assert [moment for moment, _ in found] == sorted(at)
    assert sorted(email for _, email in found) == sorted(place.email for place in there)


def test_places_that_changed_meanwhile_are_left_out_of_a_plan(stack: Stack, places: PlaceTable) -> None:
    entered = [Place(f"p{number}@example.com", "s", 1, 0, "line", "2026", "2026") for number in range(60)]
    places.enter(entered)
    places.enter(entered)
    known = places.get("s", [place.email for place in entered])
    first = known["p0@example.com"]
    places.move([(first, first.over(Group.LEFT, "2027"))])
    taken = places.plan("S1", [(place, place.taken("S1", 1, "2027")) for place in known.values()])
    assert len(taken) == 59
    (row,) = CampaignTable(stack.records).plan_rows("S1", 1, 1)
    assert set(row.recipients) == known.keys() - {first.email}
    assert places.plan("S1", [(place, place.taken("S1", 2, "2027")) for place in known.values()]) == []
    assert places.counters("s") == {"entered": 60, "inside_line": 59, "left": 1, "left_line": 1}


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": ""}, "name"), ({"steps": []}, "steps"), ({"colour": "red"}, "colour"), ({"exit": {"a": 1}}, "exit")],
)
def test_what_is_wrong_with_a_sequence_is_named(stack: Stack, places: PlaceTable, change: Any, field: str) -> None:
    answer = call(stack, "POST", "", {**WRITTEN, **change})
    assert (answer.status, answer.json["error"]["details"]) == (422, {"field": field})


def test_a_step_whose_letter_cannot_be_sent_is_named_when_it_is_activated(stack: Stack, places: PlaceTable) -> None:
    steps = [*WRITTEN["steps"], {"wait": {}, "letter": {"subject": "No content"}}]
    answer = call(stack, "POST", f"/{create(stack, steps=steps)['id']}/activate")
    assert answer.status == 422
    assert answer.json["error"]["details"]["field"].startswith("steps[2].letter")
    assert answer.json["error"]["message"].startswith("Step 3: ")
