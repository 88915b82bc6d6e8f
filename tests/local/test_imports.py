"""Importing a large file that holds every kind of row: exact counts, no change the second time, flat memory.

`make test` imports 2,000 rows; `make proof` sets FULL_SIZE, for 100,000, and shows what it measured.
"""

import csv
import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from email_list.people.jobs import OUTCOMES
from local.stack import LocalStack

from .visitor import Visitor, until

ROWS = 100_000 if "FULL_SIZE" in os.environ else 2_000
SECONDS_A_ROW = 0.01
"""When an import counts as stuck; ten times as long as it takes on a busy machine of two cores."""

MALFORMED = (
    "not an address,,",
    "missing-at.example.org,,",
    "two@at@example.org,,",
    f"long-name@example.org,{'x' * 101},",
    "too,many,cells,here,and there",
    '"quoted"trailing@example.org,,',
    ",No address,",
    "bad\x01address@example.org,,",
)
SUPPRESSED = {
    "left@suppressed.example": "unsubscribed",
    "bounced@suppressed.example": "bounced",
    "complained@suppressed.example": "complained",
}
ERASED = "erased@suppressed.example"
THERE = "there@already.example"


def rows_of_every_kind(count: int) -> Iterator[tuple[str, str]]:
    """Rows, each with what must become of it: of twenty, fourteen are new people, the others of every other kind."""
    for number in range(count):
        kind, round_ = number % 20, number // 20
        match kind:
            case 3 | 17:
                yield MALFORMED[round_ % len(MALFORMED)], "invalid"
            case 7:
                yield f"  PERSON{number - 1}@Import.Example ,The row above,", "duplicate"
            case 9:
                yield f"person{number % 1000 - 1}@import.example,Far above,", "duplicate"
            case 11:
                yield f"{[*SUPPRESSED, ERASED][round_ % 4]},Back again,", "suppressed"
            case 15:
                yield THERE.upper() + ",,", "existing"
            case _:
                yield f'person{number}@import.example,"Person, ""{number}""",Ulm', "added"


@pytest.fixture(scope="module")
def visitor(stack: LocalStack) -> Visitor:
    visitor = Visitor(stack)
    for email, status in SUPPRESSED.items():
        visitor.put(email, status)
    visitor.put(THERE, "active")
    visitor.put(ERASED, "active")
    assert visitor.admin("DELETE", f"/subscribers/{ERASED}").status_code == 200
    return visitor


def named_in_the_file(visitor: Visitor) -> dict[str, dict[str, Any]]:
    """The rows of its people; the stack's other people may still be changed by what other tests have begun."""
    domains = ("@import.example", "@suppressed.example", "@already.example")
    return {email: row for email, row in visitor.everyone().items() if email.endswith(domains)}


def upload(visitor: Visitor, file: Path) -> str:
    """Send a file by an upload link, as an administrator does with one that is too large for a request; the id."""
    opened = visitor.admin("POST", "/subscribers/import").json()
    with file.open("rb") as body:
        answer = requests.put(opened["upload_url"], data=body, timeout=120)
        assert answer.status_code == 200, answer.text
    return opened["id"]


def finished(
    visitor: Visitor, job_id: str, seen: Callable[[dict[str, Any]], None] = lambda job: None
) -> dict[str, Any]:
    """The import when it is over; `seen` is told of its progress."""

    def over() -> dict[str, Any] | None:
        job = visitor.admin("GET", f"/subscribers/import/{job_id}").json()
        seen(job)
        return job if job["status"] in ("done", "failed") else None

    return until(over, "the end of the import", max(60, ROWS * SECONDS_A_ROW)) or {}


def resident_megabytes(function: str) -> float:
    """What the emulator's largest worker of a function holds in memory."""
    sizes = [0]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if function in (process / "cmdline").read_text() and "_worker" in (process / "cmdline").read_text():
                status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
                sizes.append(int(status["VmRSS"].split()[0]))
        except (OSError, KeyError):
            continue
    return max(sizes) / 1024


def report(job: dict[str, Any]) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(requests.get(job["report_url"], timeout=60).text))


def test_a_file_of_every_kind_of_row_is_imported_exactly_and_only_once(visitor: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    first: list[str] = []
    with file.open("w", newline="") as lines:
        lines.write("email,name,city\r\n")
        for row, outcome in rows_of_every_kind(ROWS):
            lines.write(row + "\r\n")
            first.append(outcome)
    second = ["existing" if outcome in ("added", "duplicate") else outcome for outcome in first]
    before = named_in_the_file(visitor)

    for expected in (first, second):
        memory: dict[int, float] = {}
        started = time.monotonic()
        job = finished(
            visitor,
            upload(visitor, file),
            lambda job, memory=memory: memory.update({job["rows"]: resident_megabytes("import_subscribers")}),
        )
        print(f"{job['rows']} rows, {job['rows'] / (time.monotonic() - started):.0f} a second")
        sizes = memory.values()
        print(f"the worker takes {min(sizes):.0f} to {max(sizes):.0f} MB of memory, whatever it has read")
        print({name: job[name] for name in OUTCOMES})
        assert (job["status"], job["rows"]) == ("done", ROWS)
        assert {name: job[name] for name in OUTCOMES} == {name: expected.count(name) for name in OUTCOMES}
        refused = {number: outcome for number, outcome in enumerate(expected, 2) if outcome != "added"}
        assert {int(line["row"]): line["outcome"] for line in report(job)} == refused
        if expected is first:
            after = named_in_the_file(visitor)
            assert len(after) == len(before) + first.count("added")
            assert {email: after[email] for email in before} == before
        else:
            assert named_in_the_file(visitor) == after


def import_text(visitor: Visitor, text: str) -> dict[str, Any]:
    """Import a file that is the request itself; the job when it is over."""
    headers = {"content-type": "text/csv; charset=utf-8"}
    answer = visitor.admin("POST", "/subscribers/import", data=text.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    return finished(visitor, answer.json()["id"])


def test_what_one_file_says_of_leaving_no_later_file_undoes(visitor: Visitor) -> None:
    names = ("gone", "hard", "spam", "stays")
    everyone = "email\n" + "".join(f"{name}@steps.example\n" for name in names)
    left = "email,status\ngone@steps.example,unsubscribed\nhard@steps.example,bounced\nspam@steps.example,complained\n"
    assert import_text(visitor, everyone)["added"] == 4
    assert import_text(visitor, left)["stopped"] == 3
    again = import_text(visitor, everyone)
    assert (again["suppressed"], again["existing"], again["added"]) == (3, 1, 0)
    two_rows = import_text(visitor, "email,status\ntwo@steps.example,active\ntwo@steps.example,unsubscribed\n")
    assert (two_rows["added"], two_rows["suppressed"]) == (0, 2)
    found = {name: visitor.admin("GET", f"/subscribers/{name}@steps.example").json()["status"] for name in names}
    assert found == {"gone": "unsubscribed", "hard": "bounced", "spam": "complained", "stays": "active"}
    assert visitor.admin("GET", "/subscribers/two@steps.example").json()["status"] == "unsubscribed"


def test_letters_lost_on_the_way_are_refused_with_advice_and_never_stored(visitor: Visitor) -> None:
    file = "email,name\numlaut@bytes.example,J\u00f6rg\nplain@bytes.example,Ann\n".encode("windows-1252")
    headers = {"content-type": "text/csv"}
    direct = visitor.admin("POST", "/subscribers/import", data=file, headers=headers).json()
    opened = visitor.admin("POST", "/subscribers/import").json()
    assert requests.put(opened["upload_url"], data=file, timeout=60).status_code == 200
    for job in (finished(visitor, direct["id"]), finished(visitor, opened["id"])):
        (line,) = [line for line in report(job) if line["outcome"] == "invalid"]
        assert (line["row"], 'Save the file as "CSV UTF-8"' in line["reason"]) == ("2", True)
    assert visitor.admin("GET", "/subscribers/umlaut@bytes.example").status_code == 404
    assert visitor.admin("GET", "/subscribers/plain@bytes.example").json()["name"] == "Ann"


def exported(visitor: Visitor) -> dict[str, Any]:
    """The finished export of everybody, with its text."""
    job = visitor.admin("POST", "/subscribers/export").json()

    def over() -> dict[str, Any] | None:
        export = visitor.admin("GET", f"/subscribers/export/{job['id']}").json()
        return export if export["status"] == "done" else None

    export = until(over, "the end of the export", max(60, ROWS * SECONDS_A_ROW)) or {}
    return {**export, "text": requests.get(export["url"], timeout=60).text}


def test_the_whole_list_comes_out_again(visitor: Visitor) -> None:
    export = exported(visitor)
    lines = csv.DictReader(io.StringIO(export["text"]))
    people = {email: item["status"] for email, item in visitor.everyone().items() if "status" in item}
    assert {line["email"]: line["status"] for line in lines} == people
    assert export["rows"] == len(people)


def test_no_topics_stay_no_topics_on_every_way_in_and_out(visitor: Visitor) -> None:
    people = {
        "none": {"topics": [], "name": "'=1+1", "attributes": {"zip": "01067", "score": 4, "vip": True}},
        "one": {"topics": ["News"], "name": '"Ann", the first'},
    }
    for name, fields in people.items():
        assert visitor.admin("POST", "/subscribers", json={"email": f"{name}@out.example", **fields}).ok
    header, *lines = exported(visitor)["text"].splitlines()
    moved = [line.replace("@out.example", "@in.example") for line in lines if "@out.example" in line]
    assert import_text(visitor, "\n".join([header, *moved]))["added"] == 2
    for name in people:
        before, after = (visitor.admin("GET", f"/subscribers/{name}@{side}.example").json() for side in ("out", "in"))
        kept = ("name", "topics", "attributes", "status")
        assert {field: after[field] for field in kept} == {field: before[field] for field in kept}

    assert import_text(visitor, "email,topics\nempty@in.example,\n")["added"] == 1
    assert import_text(visitor, "email\nabsent@in.example\n")["added"] == 1
    topics = {
        name: visitor.admin("GET", f"/subscribers/{name}@in.example").json()["topics"] for name in ("empty", "absent")
    }
    assert topics == {"empty": [], "absent": ["News", "Events"]}
    misspelt = visitor.admin("POST", "/subscribers", json={"email": "misspelt@in.example", "topic": ["News"]})
    assert (misspelt.status_code, "topic" in misspelt.json()["error"]["message"]) == (422, True)
    assert visitor.admin("GET", "/subscribers/misspelt@in.example").status_code == 404
