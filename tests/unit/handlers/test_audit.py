"""GET /audit: which token did what, through the functions' real doors."""

import json
from typing import Any

import pytest

from email_list.audit.entries import KEPT, Entry
from email_list.aws.audit_table import AuditTable
from email_list.clock import from_iso, utc_now
from email_list.people.subscribers import id_of
from handlers.wiring import audit

from .conftest import Stack

ANN = "ann@example.com"


def entries(stack: Stack, query: str = "") -> list[dict[str, Any]]:
    return stack.http("settings", "GET", f"/audit{query}").json["entries"]


def done(stack: Stack, query: str = "") -> list[tuple[str, str]]:
    return [(entry["operation"], entry["on"]) for entry in entries(stack, query)]


def add(stack: Stack, email: str = ANN) -> None:
    assert stack.http("subscribers", "POST", "/subscribers", json_body={"email": email}).status == 201


def test_an_entry_says_when_who_what_and_on_what(stack: Stack) -> None:
    context = {"authorizer": {"lambda": {"token": "editor", "scope": "write"}}}
    http = {"method": "POST", "sourceIp": "203.0.113.7", "userAgent": ""}
    event = {"rawPath": "/subscribers", "body": json.dumps({"email": ANN}), "requestContext": {"http": http, **context}}
    assert stack.invoke("subscribers", event).status == 201
    (entry,) = entries(stack)
    assert abs((utc_now() - from_iso(entry["at"])).total_seconds()) < 60
    expected = {"token": "editor", "scope": "write", "operation": "add_subscriber", "on": id_of(ANN)}
    assert {name: value for name, value in entry.items() if name != "at"} == expected


def test_what_was_done_comes_newest_first_and_holds_no_address(stack: Stack) -> None:
    add(stack)
    person = f"/subscribers/{ANN.upper()}"
    stack.http("subscribers", "PATCH", person, json_body={"name": "Ann"})
    stack.http("templates", "PUT", "/templates/welcome", json_body={"subject": "Hi", "html": "<p>Hi</p>"})
    stack.http("templates", "DELETE", "/templates/welcome")
    job = stack.http("subscribers", "POST", "/subscribers/export", json_body={}).json["id"]
    assert done(stack) == [
        ("export_subscribers", job),
        ("delete_template", "welcome"),
        ("save_template", "welcome"),
        ("change_subscriber", id_of(ANN)),
        ("add_subscriber", id_of(ANN)),
    ]
    kept = json.dumps(stack.records.scan()["Items"], default=str)
    assert ANN not in kept


def test_operators_are_entered_by_what_they_invoke(stack: Stack) -> None:
    assert stack.invoke("subscribe", {"email": ANN}).status == 200
    assert stack.invoke("unsubscribe", {"email": ANN}).status == 200
    assert [(entry["token"], entry["scope"]) for entry in entries(stack)] == [("operator", "invoke")] * 2
    assert done(stack) == [("unsubscribe", id_of(ANN)), ("subscribe", id_of(ANN))]


def test_readers_and_refused_requests_leave_no_entry(stack: Stack) -> None:
    stack.http("subscribers", "GET", f"/subscribers/{ANN}")
    stack.http("subscribers", "PATCH", f"/subscribers/{ANN}", json_body={"name": "Ann"})
    stack.http("drafts", "POST", "/drafts/preview", json_body={"subject": "Hi", "body": "Hi"})
    stack.http("subscribe", "POST", "/subscribe", json_body={"email": ANN})
    assert entries(stack) == []


def test_pages_follow_each_other_and_one_thing_has_pages_of_its_own(stack: Stack) -> None:
    for number in range(5):
        add(stack, f"{number}@example.com")
    first = stack.http("settings", "GET", "/audit?limit=3").json
    second = stack.http("settings", "GET", f"/audit?limit=3&cursor={first['cursor']}").json
    ids = [entry["on"] for entry in [*first["entries"], *second["entries"]]]
    assert ids == [id_of(f"{number}@example.com") for number in (4, 3, 2, 1, 0)]
    assert second["cursor"] is None
    assert done(stack, f"?on={id_of('3@example.com')}") == [("add_subscriber", id_of("3@example.com"))]
    assert done(stack, "?on=nothing") == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?limit=0", 422, "invalid"),
        ("?limit=501", 422, "invalid"),
        ("?cursor=x", 400, "invalid_cursor"),
        ("?token=first", 400, "malformed"),
    ],
)
def test_what_cannot_be_asked_is_refused(stack: Stack, query: str, status: int, code: str) -> None:
    answer = stack.http("settings", "GET", f"/audit{query}")
    assert (answer.status, answer.json["error"]["code"]) == (status, code)


def test_the_entries_about_a_person_forget_them_when_they_are_erased(stack: Stack) -> None:
    add(stack)
    add(stack, "bob@example.com")
    assert stack.http("subscribers", "DELETE", f"/subscribers/{ANN}").status == 200
    assert stack.work("erase_history", "ERASURES_QUEUE") == 1
    assert done(stack) == [
        ("erase_subscriber", ""),
        ("add_subscriber", id_of("bob@example.com")),
        ("add_subscriber", ""),
    ]
    assert id_of(ANN) not in json.dumps(stack.records.scan()["Items"], default=str)
    audit.entries().forget(id_of(ANN))


def test_forgetting_makes_no_entry_where_the_time_of_one_is_over(stack: Stack) -> None:
    table = AuditTable(stack.records)
    table.add(Entry("2026-01-01T00:00:00.000Z", "first", "full", "add_subscriber", "x"))
    (whole,) = [item for item in stack.records.scan()["Items"] if item["pk"] == "AUDIT"]
    stack.records.delete_item(Key={"pk": "AUDIT", "sk": whole["sk"]})
    table.forget("x")
    assert stack.records.scan()["Items"] == []


def test_entries_expire_after_four_hundred_days(stack: Stack) -> None:
    add(stack)
    for item in stack.records.scan()["Items"]:
        if item["pk"].startswith("AUDIT"):
            assert abs(int(item["expires_at"]) - (utc_now() + KEPT).timestamp()) < 60


def test_a_change_stands_and_is_answered_when_the_audit_takes_no_entry(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: AuditTable, entry: Entry) -> None:
        raise RuntimeError("no table")

    monkeypatch.setattr(AuditTable, "add", broken)
    add(stack)
    assert stack.person(ANN)["status"] == "active"
    assert "a change is missing in the audit" in caplog.text
