"""Exporting the list as a file."""

import csv
import io
from datetime import timedelta

import pytest

from email_list.aws import files
from email_list.aws.clients import client, storage_client
from email_list.aws.files import Files
from email_list.aws.job_table import JobTable
from email_list.clock import from_iso
from email_list.people import exports

from .conftest import Context, Stack


def export(stack: Stack, context: Context | None = None, **asked: str) -> tuple[dict, list[dict[str, str]]]:
    started = stack.http("subscribers", "POST", "/subscribers/export", json_body=asked)
    assert started.status == 202
    stack.work_in_background("export_subscribers", context)
    job = stack.http("subscribers", "GET", f"/subscribers/export/{started.json['id']}").json
    body = client("s3").get_object(Bucket="list-files", Key=exports.file_key(job["id"]))["Body"].read()
    return job, list(csv.DictReader(io.StringIO(body.decode())))


def test_everyone_is_in_the_file(stack: Stack) -> None:
    stack.put("ann@example.com", "active", name="=1+1", topics=["News", "Events"], attributes={"city": "Ulm"})
    stack.put("bob@example.com", "unsubscribed")
    job, lines = export(stack)
    assert (job["status"], job["rows"]) == ("done", 2)
    assert job["url"].startswith("https://")
    assert [line["email"] for line in lines] == ["ann@example.com", "bob@example.com"]
    assert (lines[0]["name"], lines[0]["topics"], lines[0]["attributes"]) == ("'=1+1", "News|Events", '{"city": "Ulm"}')


def test_one_status_can_be_exported(stack: Stack) -> None:
    stack.put("ann@example.com", "active")
    stack.put("bob@example.com", "unsubscribed")
    assert [line["email"] for line in export(stack, status="unsubscribed")[1]] == ["bob@example.com"]


def test_no_link_is_given_to_a_file_that_is_gone(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.put("ann@example.com", "active")
    job, _ = export(stack)
    monkeypatch.setattr(files, "utc_now", lambda: from_iso(job["finished_at"]) + timedelta(hours=25))
    assert stack.http("subscribers", "GET", f"/subscribers/export/{job['id']}").json == {**job, "url": None}


def test_an_export_goes_on_in_another_invocation(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 2)
    for number in range(7):
        stack.put(f"p{number}@example.com", "active")
    job, lines = export(stack, context=Context(remaining=1))
    assert job["rows"] == len({line["email"] for line in lines}) == len(lines) == 7


def test_an_export_whose_step_was_stored_and_not_acknowledged_goes_on(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.put("ann@example.com", "active")
    started = stack.http("subscribers", "POST", "/subscribers/export").json
    (event,) = stack.started
    store = JobTable.advance
    with monkeypatch.context() as lost:
        lost.setattr(JobTable, "advance", lambda *job, **changes: store(*job, **changes) and None)
        with pytest.raises(RuntimeError, match="another invocation"):
            stack.run("export_subscribers", event)
    stack.run("export_subscribers", event)
    job = stack.http("subscribers", "GET", f"/subscribers/export/{started['id']}").json
    assert (job["status"], job["rows"]) == ("done", 1)


def test_a_bad_status_and_an_unknown_export_are_refused(stack: Stack) -> None:
    assert stack.http("subscribers", "POST", "/subscribers/export", json_body={"status": "gone"}).status == 422
    assert stack.http("subscribers", "GET", "/subscribers/export/gone").status == 404


def test_no_get_begins_an_export(stack: Stack) -> None:
    answer = stack.run("subscribers", {"rawPath": "/subscribers/export", "requestContext": {"http": {"method": "GET"}}})
    assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "POST")
    assert stack.started == []


def test_an_export_larger_than_one_part_of_an_upload_is_whole(stack: Stack) -> None:
    files = Files(storage_client(), "list-files")
    body = "".join(f"{number:>99}\n" for number in range(200_000)).encode()
    for start in range(0, len(body), 3_000_000):
        files.put(f"exports/large/{start:012}.csv", body[start : start + 3_000_000])
    files.join("exports/large.csv", b"number\n", "exports/large/", "numbers.csv")
    assert b"".join(files.chunks("exports/large.csv", 0)) == b"number\n" + body
