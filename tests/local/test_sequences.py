"""Sequences on the local stack: people enter through the form, and functions have only the rights of their roles."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from email_list.clock import from_iso, iso, utc_now
from local import forward
from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.visitor import Visitor, until

LETTER = {"subject": "Welcome {{name}}", "body": "Hello {{name}}, [look](https://series.example/)."}
LATER = {"subject": "How is it going?", "body": "Hello again."}


@pytest.fixture
def visitor(stack: LocalStack) -> Visitor:
    return Visitor(stack)


def create(visitor: Visitor, group: str, *steps: dict[str, Any], **fields: Any) -> str:
    """An active sequence for the people of one group, as the tests share a stack."""
    asked = {
        "name": f"Series {group}",
        "trigger": {"on": "confirmed"},
        "filter": {"attribute": "group", "is": group},
        "steps": list(steps),
        **fields,
    }
    answer = visitor.admin("POST", "/sequences", json=asked)
    assert answer.status_code == 201, answer.text
    sequence = answer.json()["id"]
    activated = visitor.admin("POST", f"/sequences/{sequence}/activate")
    assert (activated.status_code, activated.json()["status"]) == (200, "active"), activated.text
    return sequence


def join(visitor: Visitor, group: str, name: str) -> str:
    email = f"{name}.{group}@example.com"
    visitor.join(email, name=name.capitalize(), attributes={"group": group})
    return email


def show(visitor: Visitor, sequence: str) -> dict[str, Any]:
    return visitor.admin("GET", f"/sequences/{sequence}").json()


def people(visitor: Visitor, sequence: str, group: str = "inside") -> list[dict[str, Any]]:
    return visitor.admin("GET", f"/sequences/{sequence}/people", params={"group": group}).json()["people"]


def subjects(visitor: Visitor, email: str) -> list[str]:
    """Of what came after the confirmation."""
    return [mail["subject"] for mail in visitor.mails(email)][1:]


def hurry(stack: LocalStack, visitor: Visitor, sequence: str) -> None:
    """Let the wait of everybody inside be over."""
    (table,) = [name for name in stack.cloud.client("dynamodb").list_tables()["TableNames"] if "places" in name]
    for person in people(visitor, sequence):
        stack.cloud.client("dynamodb").update_item(
            TableName=table,
            Key={"email": {"S": person["email"]}, "sequence": {"S": sequence}},
            UpdateExpression="SET #at = :now",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":now": {"S": iso(utc_now())}},
        )
    if show(visitor, sequence)["status"] == "active":
        until(lambda: is_done(stack, visitor, sequence), "the end of what is due")


def is_done(stack: LocalStack, visitor: Visitor, sequence: str) -> bool:
    """Run what is due, unless another run is at it; whether nothing is due any more."""
    Campaigner(stack).run_sequence(sequence)
    return not any(person["due_at"] <= iso(utc_now()) for person in people(visitor, sequence))


def test_anyone_who_signs_up_gets_the_series_at_their_own_pace(stack: LocalStack, visitor: Visitor) -> None:
    sequence = create(visitor, "pace", {"letter": LETTER}, {"wait": {"days": 3}, "at": "09:00", "letter": LATER})
    ann = join(visitor, "pace", "ann")
    until(lambda: subjects(visitor, ann) == ["Welcome Ann"], "the first email", 90)
    until(lambda: show(visitor, sequence)["results"][0]["delivered"] == 1, "the delivery")
    (waiting,) = people(visitor, sequence)
    assert (waiting["step"], waiting["due_at"][11:16]) == (2, "09:00")
    schedules = stack.cloud.client("scheduler").list_schedules()["Schedules"]
    due = waiting["due_at"][:16].replace("-", "").replace(":", "")
    assert f"{sequence}-{due}" in {schedule["Name"] for schedule in schedules}
    due_at = from_iso(waiting["due_at"])
    while due_at > utc_now():
        assert [from_iso(each["due_at"]) for each in people(visitor, sequence)] == [due_at]
        assert subjects(visitor, ann) == ["Welcome Ann"]
        forward.a_day(stack.cloud)
        due_at -= forward.DAY
    until(lambda: subjects(visitor, ann) == ["Welcome Ann", "How is it going?"], "the second email")
    until(lambda: people(visitor, sequence) == [], "the end")
    shown = show(visitor, sequence)
    assert shown["counts"] == {"entered": 1, "inside": 0, "finished": 1, "left": 0}
    assert [step["sent"] for step in shown["results"]] == [1, 1]
    (mail,) = [mail for mail in visitor.mails(ann) if mail["subject"] == "Welcome Ann"]
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_anyone_who_leaves_by_the_link_of_an_email_gets_no_other(stack: LocalStack, visitor: Visitor) -> None:
    sequence = create(visitor, "leaves", {"letter": LETTER}, {"wait": {"days": 1}, "letter": LATER})
    bob = join(visitor, "leaves", "bob")
    until(lambda: subjects(visitor, bob), "the first email", 90)
    assert visitor.press(visitor.link(bob, "/unsubscribe", 2)).status_code == 200
    until(lambda: people(visitor, sequence, "left"), "the end")
    hurry(stack, visitor, sequence)
    assert subjects(visitor, bob) == ["Welcome Bob"]
    assert show(visitor, sequence)["counts"]["left"] == 1


def test_a_pause_an_exit_and_an_edit_lead_to_the_right_next_email(stack: LocalStack, visitor: Visitor) -> None:
    steps = [{"letter": LETTER}, {"wait": {"days": 1}, "letter": LATER}]
    exit_ = {"attribute": "customer", "is": True}
    sequence = create(visitor, "exit", *steps, exit=exit_)
    eve, fay = join(visitor, "exit", "eve"), join(visitor, "exit", "fay")
    until(lambda: subjects(visitor, eve) and subjects(visitor, fay), "the first emails", 90)
    changed = {"attributes": {"group": "exit", "customer": True}}
    assert visitor.admin("PATCH", f"/subscribers/{eve}", json=changed).status_code == 200
    shown = show(visitor, sequence)
    shown["steps"][1]["letter"] = {**LATER, "subject": "Changed"}
    assert visitor.admin("PUT", f"/sequences/{sequence}", json=shown).status_code == 200
    assert visitor.admin("POST", f"/sequences/{sequence}/pause").json()["status"] == "paused"
    gus = join(visitor, "exit", "gus")
    until(lambda: len(people(visitor, sequence)) == 3, "who entered during the pause")
    hurry(stack, visitor, sequence)
    assert (subjects(visitor, fay), subjects(visitor, gus)) == (["Welcome Fay"], [])
    assert visitor.admin("POST", f"/sequences/{sequence}/activate").status_code == 200
    until(lambda: len(subjects(visitor, fay)) == 2 and subjects(visitor, gus), "what was late")
    hurry(stack, visitor, sequence)
    assert subjects(visitor, eve) == ["Welcome Eve"]
    assert subjects(visitor, fay) == ["Welcome Fay", "How is it going?"]
    assert subjects(visitor, gus) == ["Welcome Gus", "Changed"]
    assert show(visitor, sequence)["counts"] == {"entered": 3, "inside": 0, "finished": 2, "left": 1}


def test_an_address_that_bounces_gets_no_other_email(stack: LocalStack, visitor: Visitor) -> None:
    wait = {"days": 1}
    sequence = create(visitor, "bounces", {"wait": wait, "letter": LETTER}, {"wait": wait, "letter": LATER})
    ida = join(visitor, "bounces", "ida")
    until(lambda: people(visitor, sequence), "the entrance")
    with Campaigner(stack).ses(bounce_addresses=[ida]):
        hurry(stack, visitor, sequence)
        until(lambda: people(visitor, sequence, "left"), "the end")
    assert (visitor.person(ida) or {})["status"] == "bounced"
    hurry(stack, visitor, sequence)
    assert subjects(visitor, ida) == []
    shown = show(visitor, sequence)
    assert [step["sent"] for step in shown["results"]] == [1, 0]
    assert shown["counts"] == {"entered": 1, "inside": 0, "finished": 0, "left": 1}


def test_a_wait_over_a_change_of_the_clocks_ends_at_the_same_time_of_day(whole_list: LocalStack) -> None:
    visitor, zone, now = Visitor(whole_list), ZoneInfo("Europe/Berlin"), utc_now()
    offsets = ((days, (now + days * forward.DAY).astimezone(zone).utcoffset()) for days in range(2, 365))
    beyond = 1 + next(days for days, offset in offsets if offset != now.astimezone(zone).utcoffset())
    sequence = create(visitor, "clocks", {"letter": LETTER}, {"wait": {"days": beyond}, "at": "09:00", "letter": LATER})
    joan = join(visitor, "clocks", "joan")
    until(lambda: subjects(visitor, joan) == ["Welcome Joan"], "the first email", 90)
    until(lambda: [person["step"] for person in people(visitor, sequence)] == [2], "the second step")
    due_at = from_iso(people(visitor, sequence)[0]["due_at"]).astimezone(zone)
    assert due_at.utcoffset() != now.astimezone(zone).utcoffset()
    assert (due_at.hour, due_at.minute, (due_at.date() - now.astimezone(zone).date()).days) == (9, 0, beyond)
    hurry(whole_list, visitor, sequence)
    assert subjects(visitor, joan) == ["Welcome Joan", "How is it going?"]


def test_of_somebody_erased_no_place_is_left(stack: LocalStack, visitor: Visitor) -> None:
    sequence = create(visitor, "erased", {"letter": LETTER}, {"wait": {"days": 1}, "letter": LATER})
    hal = join(visitor, "erased", "hal")
    until(lambda: subjects(visitor, hal), "the first email", 90)
    assert visitor.admin("DELETE", f"/subscribers/{hal}").status_code == 200

    def traces() -> list[str]:
        client = stack.cloud.client("dynamodb")
        tables = [name for name in client.list_tables()["TableNames"] if "places" in name or "records" in name]
        pages = [page for name in tables for page in client.get_paginator("scan").paginate(TableName=name)]
        return [str(item) for page in pages for item in page["Items"] if hal in str(item)]

    until(lambda: not traces(), "the end of all traces")
    assert show(visitor, sequence)["counts"] == {"entered": 1, "inside": 0, "finished": 0, "left": 1}


def test_strangers_and_what_is_wrong_are_refused(stack: LocalStack, visitor: Visitor) -> None:
    assert visitor.session.get(f"{stack.outputs['api_endpoint']}/sequences", timeout=30).status_code == 401
    assert visitor.admin("GET", "/sequences?colour=red").status_code == 400
    answer = visitor.admin("POST", "/sequences", json={"name": "x", "trigger": {"on": "never"}, "steps": []})
    assert (answer.status_code, answer.json()["error"]["details"]) == (422, {"field": "trigger.on"})
