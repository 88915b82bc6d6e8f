"""Importing a file: exact counts, a report of what was not added, nobody brought back, and interruptions."""

import csv
import io
import json
from typing import Any

import pytest

from email_list.aws.clients import client
from email_list.people import exports, imports

from .conftest import REGION, Context, Stack


def take(stack: Stack, text: str | bytes) -> dict[str, Any]:
    """Send a file in a request and let the worker finish it."""
    body = text if isinstance(text, str) else text.decode("latin-1")
    answer = stack.http(
        "subscribers", "POST", "/subscribers/import", body=body, headers={"content-type": "text/csv; charset=utf-8"}
    )
    assert answer.status == 202, answer.body
    return answer.json


def work(stack: Stack, job_id: str, context: Context | None = None) -> None:
    """What S3's notice and the continuations lead to."""
    key = imports.file_key(job_id)
    notice = json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})
    stack.run("import_subscribers", {"Records": [{"messageId": "m", "body": notice}]}, context)
    while messages := stack.messages("IMPORTS_QUEUE"):
        for message in messages:
            stack.run("import_subscribers", {"Records": [message]}, context)


def progress(stack: Stack, job_id: str) -> dict[str, Any]:
    path = f"/subscribers/import/{job_id}"
    return stack.http("subscribers", "GET", path).json


def counts(job: dict[str, Any]) -> dict[str, int]:
    return {name: job[name] for name in imports.OUTCOMES if job[name]}


def report(job_id: str) -> list[dict[str, str]]:
    body = client("s3").get_object(Bucket="list-files", Key=imports.report_key(job_id))["Body"].read()
    return list(csv.DictReader(io.StringIO(body.decode())))


def test_every_kind_of_row_is_counted_and_reported(stack: Stack) -> None:
    stack.put("there@example.com", "active")
    stack.put("left@example.com", "unsubscribed")
    stack.put("bounced@example.com", "bounced")
    stack.put("erased@example.com", "active")
    stack.http("subscribers", "DELETE", "/subscribers/erased@example.com")
    file = (
        "Email,Name,City\n"
        "new@example.com,New,Ulm\n"
        "NEW@example.com,Again,\n"
        "there@example.com,,\n"
        "left@example.com,,\n"
        "bounced@example.com,,\n"
        "erased@example.com,,\n"
        "not an address,,\n"
        "\n"
        f"long@example.com,{'x' * 101},\n"
        "many@example.com,a,b,c,d\n"
    )
    job = take(stack, file)
    work(stack, job["id"])
    done = progress(stack, job["id"])
    assert (done["status"], done["rows"]) == ("done", 9)
    assert counts(done) == {"added": 1, "duplicate": 1, "existing": 1, "suppressed": 3, "invalid": 3}
    assert done["report_url"]
    lines = report(job["id"])
    assert [(line["row"], line["outcome"]) for line in lines] == [
        ("2", "duplicate"),
        ("3", "existing"),
        ("4", "suppressed"),
        ("5", "suppressed"),
        ("6", "suppressed"),
        ("7", "invalid"),
        ("8", "invalid"),
        ("9", "invalid"),
    ]
    person = stack.person("new@example.com")
    assert (person["status"], person["name"], person["attributes"]) == ("active", "New", {"city": "Ulm"})
    assert stack.person("left@example.com")["status"] == "unsubscribed"
    assert stack.person("erased@example.com") is None


def test_a_second_time_changes_nothing(stack: Stack) -> None:
    file = "email\na@example.com\nb@example.com\nA@example.com\n"
    for expected in ({"added": 2, "duplicate": 1}, {"existing": 3}):
        job = take(stack, file)
        work(stack, job["id"])
        assert counts(progress(stack, job["id"])) == expected
    assert stack.subscribers.scan()["Count"] == 2


def test_an_import_goes_on_in_another_invocation(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK_ROWS", 10)
    rows = [f"p{number % 40}@example.com" for number in range(95)]
    job = take(stack, "email\n" + "\n".join(rows))
    work(stack, job["id"], Context(remaining=1))
    done = progress(stack, job["id"])
    assert (done["status"], done["rows"]) == ("done", 95)
    assert counts(done) == {"added": 40, "duplicate": 55}
    assert len(report(job["id"])) == 55


def test_a_worker_that_dies_after_any_call_leaves_exact_counts(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK_ROWS", 4)
    file = "email\n" + "\n".join(["a@x.org", "b@x.org", "a@x.org", "bad", "c@x.org", "b@x.org", "d@x.org", "c@x.org"])
    from email_list.aws.files import Files
    from email_list.aws.import_table import ImportTable
    from email_list.aws.job_table import JobTable

    class Died(Exception):
        pass

    survived_calls, crashes = 0, 0
    finished = False
    while not finished:
        for person in stack.subscribers.scan()["Items"]:
            stack.subscribers.delete_item(Key={"email": person["email"]})
        job = take(stack, file)
        calls_left = [survived_calls]
        with monkeypatch.context() as patch:
            for owner, method in [
                (Files, "put"),
                (Files, "join"),
                (JobTable, "advance"),
                (ImportTable, "insert_new"),
                (ImportTable, "known"),
            ]:
                patch.setattr(owner, method, _dying(getattr(owner, method), calls_left, Died))
            try:
                work(stack, job["id"])
                finished = True
            except Died:
                crashes += 1
        work(stack, job["id"])
        done = progress(stack, job["id"])
        assert done["status"] == "done", survived_calls
        assert counts(done) == {"added": 4, "duplicate": 3, "invalid": 1}, survived_calls
        assert len(report(job["id"])) == 4, survived_calls
        survived_calls += 1
    assert crashes >= 8


def _dying(method: Any, calls_left: list[int], error: type[Exception]) -> Any:
    """The same method, which dies after its work once the allowed number of calls is used up."""

    def call(*args: Any, **kwargs: Any) -> Any:
        answer = method(*args, **kwargs)
        if calls_left[0] == 0:
            raise error
        calls_left[0] -= 1
        return answer

    return call


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("", "empty"),
        ("name,city\nAnn,Ulm\n", "no column named email"),
        ("email,email\n", "twice"),
        ("email,bad-column\n", "attribute"),
        ("email" + ",a" * 30, "columns"),
    ],
)
def test_a_file_without_a_usable_header_is_refused_at_once(stack: Stack, file: str, reason: str) -> None:
    answer = stack.http("subscribers", "POST", "/subscribers/import", body=file, headers={"content-type": "text/csv"})
    assert answer.status == 422
    assert reason in answer.json["error"]["message"]


def test_a_bad_header_in_an_uploaded_file_fails_the_import_with_the_reason(stack: Stack) -> None:
    opened = stack.http("subscribers", "POST", "/subscribers/import", json_body={}).json
    # Virtual-hosted and regional: S3 redirects or refuses the others while a bucket is new.
    assert opened["upload_url"].startswith(f"https://list-files.s3.{REGION}.amazonaws.com/imports/")
    assert "X-Amz-Signature" in opened["upload_url"]
    client("s3").put_object(Bucket="list-files", Key=imports.file_key(opened["id"]), Body=b"name\nAnn\n")
    work(stack, opened["id"])
    done = progress(stack, opened["id"])
    assert (done["status"], done["reason"]) == ("failed", "The header row has no column named email.")


def test_semicolons_a_byte_order_mark_quotes_and_topics_are_understood(stack: Stack) -> None:
    file = '\ufeffemail;name;topics\n"ann@example.com";"Ann ""A""; B";News|Events\n'
    opened = stack.http("subscribers", "POST", "/subscribers/import", json_body={}).json
    client("s3").put_object(Bucket="list-files", Key=imports.file_key(opened["id"]), Body=file.encode())
    work(stack, opened["id"])
    person = stack.person("ann@example.com")
    assert (person["name"], person["topics"]) == ('Ann "A"; B', ["News", "Events"])


def test_bytes_that_are_no_text_spoil_only_their_row(stack: Stack) -> None:
    opened = stack.http("subscribers", "POST", "/subscribers/import", json_body={}).json
    body = b"email,name\na@x.org,\xff\xfe\nb@x.org,B\n" + b"c@x.org," + b"x" * 100_000 + b"\nd@x.org,D\n"
    client("s3").put_object(Bucket="list-files", Key=imports.file_key(opened["id"]), Body=body)
    work(stack, opened["id"])
    assert counts(progress(stack, opened["id"])) == {"added": 2, "invalid": 2}


def test_a_report_cell_is_no_formula(stack: Stack) -> None:
    job = take(stack, "email\n=HYPERLINK(1)\n")
    work(stack, job["id"])
    assert report(job["id"])[0]["email"] == "'=HYPERLINK(1)"


def test_s3_test_message_and_an_unknown_import_disturb_nothing(stack: Stack) -> None:
    for body in ({"Event": "s3:TestEvent"}, {"id": "unknown"}):
        stack.run("import_subscribers", {"Records": [{"messageId": "m", "body": json.dumps(body)}]})


def test_an_unknown_import_is_not_found(stack: Stack) -> None:
    answer = stack.http("subscribers", "GET", "/subscribers/import/nope")
    assert answer.status == 404


def test_an_export_can_be_imported_and_brings_nobody_back(stack: Stack) -> None:
    stack.put("ann@example.com", "active", name="=1+1", topics=["News"], attributes={"city": "Ulm", "age": 41})
    stack.put("+bob@example.com", "active")
    stack.put("left@example.com", "unsubscribed")
    stack.put("bounced@example.com", "bounced")
    stack.put("waiting@example.com", "pending")
    before = {item["email"]: item for item in stack.subscribers.scan()["Items"]}
    answer = stack.http("subscribers", "POST", "/subscribers/export").json
    stack.work("export_subscribers", "EXPORTS_QUEUE")
    file = client("s3").get_object(Bucket="list-files", Key=exports.file_key(answer["id"]))["Body"].read()
    for email in before:
        stack.subscribers.delete_item(Key={"email": email})

    for expected in ({"added": 2, "suppressed": 2, "invalid": 1}, {"existing": 2, "suppressed": 2, "invalid": 1}):
        job = take(stack, file.decode())
        work(stack, job["id"])
        assert counts(progress(stack, job["id"])) == expected
    after = {item["email"]: item for item in stack.subscribers.scan()["Items"]}
    assert {email: item["status"] for email, item in after.items()} == {
        "ann@example.com": "active",
        "+bob@example.com": "active",
        "left@example.com": "unsubscribed",
        "bounced@example.com": "bounced",
    }
    for field in ("name", "topics", "attributes"):
        assert after["ann@example.com"][field] == before["ann@example.com"][field]


@pytest.mark.parametrize("status", ["pending", "cleaned", "archived"])
def test_a_status_that_allows_no_mail_adds_nobody(stack: Stack, status: str) -> None:
    job = take(stack, f"email,status\nann@example.com,{status}\nbob@example.com, Subscribed \n")
    work(stack, job["id"])
    assert counts(progress(stack, job["id"])) == {"added": 1, "invalid": 1}
    assert stack.person("ann@example.com") is None


@pytest.mark.parametrize(
    ("file", "added"),
    [
        (b"email,name\ra@x.org,A\rb@x.org,B\r", 2),
        (b'email,name\n"a@x.org,A\nb@x.org,B\nc@x.org,C\n', 2),
        ("email;name\r\na@x.org;Jörg\r\nb@x.org;Zoë".encode(), 2),
        ("email,name\na@x.org,Jörg\nb@x.org,Bob\n".encode("latin-1"), 1),
    ],
    ids=["old mac", "open quote", "windows", "latin-1"],
)
def test_files_from_anywhere_lose_no_good_row(stack: Stack, file: bytes, added: int) -> None:
    opened = stack.http("subscribers", "POST", "/subscribers/import", json_body={}).json
    client("s3").put_object(Bucket="list-files", Key=imports.file_key(opened["id"]), Body=file)
    work(stack, opened["id"])
    assert progress(stack, opened["id"])["added"] == added


def test_a_file_in_utf_16_is_refused_with_the_way_to_mend_it(stack: Stack) -> None:
    opened = stack.http("subscribers", "POST", "/subscribers/import", json_body={}).json
    body = "email,name\r\nann@example.com,Ann\r\n".encode("utf-16")
    client("s3").put_object(Bucket="list-files", Key=imports.file_key(opened["id"]), Body=body)
    work(stack, opened["id"])
    done = progress(stack, opened["id"])
    assert done["status"] == "failed"
    assert "save the file as CSV UTF-8" in done["reason"]
