"""Importing a file: exact counts, a report of what was not added, nobody brought back, and interruptions."""

import csv
import io
import json
from typing import Any
from urllib.parse import quote

import pytest

from email_list.aws.clients import client
from email_list.aws.job_table import JobTable
from email_list.people import exports, importing, imports

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
        ("3", "duplicate"),
        ("4", "existing"),
        ("5", "suppressed"),
        ("6", "suppressed"),
        ("7", "suppressed"),
        ("8", "invalid"),
        ("10", "invalid"),
        ("11", "invalid"),
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
    monkeypatch.setattr(importing, "CHUNK_ROWS", 10)
    rows = [f"p{number % 40}@example.com" for number in range(95)]
    job = take(stack, "email\n" + "\n".join(rows))
    work(stack, job["id"], Context(remaining=1))
    done = progress(stack, job["id"])
    assert (done["status"], done["rows"]) == ("done", 95)
    assert counts(done) == {"added": 40, "duplicate": 55}
    assert len(report(job["id"])) == 55


def test_a_worker_that_dies_after_any_call_leaves_exact_counts(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 4)
    rows = ["a@x.org,", "b@x.org,", "a@x.org,", "bad,", "c@x.org,", "b@x.org,", "d@x.org,", "c@x.org,", "a@x.org,left"]
    file = "email,status\n" + "\n".join([*rows, "t@x.org,bounced", "a@x.org,"])
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
        stack.put("t@x.org", "active")
        job = take(stack, file)
        calls_left = [survived_calls]
        with monkeypatch.context() as patch:
            for owner, method in [
                (Files, "put"),
                (Files, "join"),
                (JobTable, "advance"),
                (ImportTable, "insert_new"),
                (ImportTable, "restrict"),
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
        expected = {"added": 4, "duplicate": 3, "stopped": 2, "suppressed": 1, "invalid": 1}
        assert counts(done) == expected, survived_calls
        assert len(report(job["id"])) == 7, survived_calls
        assert [stack.person(email)["status"] for email in ("a@x.org", "t@x.org")] == ["unsubscribed", "bounced"]
        survived_calls += 1
    assert crashes >= 10


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
        ("name,city\nAnn,Ulm\n", 'no column named email, or like it. It has: "name", "city"'),
        ("email,City,city\n", '"city" twice'),
        (",".join(f"column {number}" for number in range(300)), "300 columns"),
        ("J\ufffdrg,email\n", "CSV UTF-8"),
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
    assert done["status"] == "failed"
    assert done["reason"] == 'The header row has no column named email, or like it. It has: "name".'


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
    stack.work_in_background("export_subscribers")
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


def statuses(stack: Stack, *emails: str) -> list[str | None]:
    return [(stack.person(email) or {}).get("status") for email in emails]


def import_text(stack: Stack, file: str) -> dict[str, Any]:
    """Import a file to its end; the job."""
    job = take(stack, file)
    work(stack, job["id"])
    return progress(stack, job["id"])


PEOPLE = ("u@x.org", "b@x.org", "c@x.org")


def test_a_file_that_says_people_have_left_takes_them_off_the_list_for_good(stack: Stack) -> None:
    named = "email\n" + "\n".join(PEOPLE)
    assert counts(import_text(stack, named)) == {"added": 3}
    gone = import_text(stack, "email,status\nu@x.org,unsubscribed\nb@x.org,bounced\nc@x.org,complained\n")
    assert counts(gone) == {"stopped": 3}
    assert report(gone["id"])[0] == {
        "row": "2",
        "outcome": "stopped",
        "email": "u@x.org",
        "reason": "was on the list; this row says unsubscribed",
    }
    assert statuses(stack, *PEOPLE) == ["unsubscribed", "bounced", "complained"]
    last = stack.person("u@x.org")["history"][-1]
    assert (last["what"], last["by"], last["source"], last["row"]) == (
        "unsubscribed",
        "import",
        f"import:{gone['id']}",
        2,
    )
    assert counts(import_text(stack, named)) == {"suppressed": 3}
    milder = "email,status\nu@x.org,active\nb@x.org,unsubscribed\nc@x.org,bounced\n"
    assert counts(import_text(stack, milder)) == {"suppressed": 3}
    assert statuses(stack, *PEOPLE) == ["unsubscribed", "bounced", "complained"]


def test_people_who_left_elsewhere_never_came_onto_this_list(stack: Stack) -> None:
    job = import_text(stack, "email,status\nu@x.org,unsubscribed\n")
    assert counts(job) == {"suppressed": 1}
    person = stack.person("u@x.org")
    assert (person["status"], person["source"], "consent" in person) == ("unsubscribed", f"import:{job['id']}", False)
    (event,) = person["history"]
    assert (event["what"], event["by"]) == ("unsubscribed", "import")


@pytest.mark.parametrize("words", [("active", "unsubscribed"), ("unsubscribed", "active")])
def test_of_two_rows_about_one_person_the_more_restrictive_counts(stack: Stack, words: tuple[str, str]) -> None:
    rows = "".join(f"ann@x.org,{word}\n" for word in words)
    job = import_text(stack, f"email,status\n{rows}")
    assert (counts(job), statuses(stack, "ann@x.org")) == ({"suppressed": 2}, ["unsubscribed"])
    assert {line["reason"] for line in report(job["id"])} == {"this row says unsubscribed"}


def test_a_row_far_below_takes_off_the_list_whom_a_row_above_has_added(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 1)
    job = import_text(stack, "email,status\nann@x.org,active\nbob@x.org,\nann@x.org,unsubscribed\nann@x.org,active\n")
    assert counts(job) == {"added": 2, "stopped": 1, "suppressed": 1}
    assert statuses(stack, "ann@x.org", "bob@x.org") == ["unsubscribed", "active"]


def test_a_file_never_changes_what_is_known_of_people_who_are_there(stack: Stack) -> None:
    stack.put("ann@x.org", "active", name="Ann", topics=["News"], attributes={"city": "Ulm"})
    before = stack.person("ann@x.org")
    assert counts(import_text(stack, "email,name,topics,city\nann@x.org,Other,Events,Bonn\n")) == {"existing": 1}
    assert stack.person("ann@x.org") == before


def test_an_erased_person_is_left_alone_by_a_file_that_says_they_left(stack: Stack) -> None:
    stack.put("ann@x.org", "active")
    stack.http("subscribers", "DELETE", "/subscribers/ann@x.org")
    assert counts(import_text(stack, "email,status\nann@x.org,unsubscribed\n")) == {"suppressed": 1}
    assert stack.person("ann@x.org") is None


def test_topics_that_are_gone_are_named_in_the_report_of_people_who_were_added(stack: Stack) -> None:
    job = import_text(stack, "email,topics\nann@x.org,Old|News\nbob@x.org,\ncyd@x.org,News\n")
    assert counts(job) == {"added": 3}
    assert [(line["row"], line["outcome"], line["reason"]) for line in report(job["id"])] == [
        ("2", "added", 'There is no topic "Old".')
    ]
    assert job["report_url"]
    assert [stack.person(f"{name}@x.org")["topics"] for name in ("ann", "bob", "cyd")] == [["News"], [], ["News"]]


def test_what_the_columns_were_read_as_is_shown(stack: Stack) -> None:
    job = take(stack, "Email Address,First Name,City,LEID\nann@x.org,Ann,Ulm,7\n")
    assert job["columns"] == {
        "Email Address": "email",
        "First Name": "first_name",
        "City": "attributes.city",
        "LEID": "ignored",
    }


def test_consent_that_a_file_proves_is_kept_with_the_person(stack: Stack) -> None:
    import_text(stack, "email,OPTIN_TIME,OPTIN_IP\nann@x.org,2024-05-06 07:08:09,192.0.2.7\n")
    consent = stack.person("ann@x.org")["consent"]
    assert consent["file"] == {"at": "2024-05-06 07:08:09", "ip": "192.0.2.7"}
    assert consent["subscribed"]["wording"] == "vouched for by an administrator"


@pytest.mark.parametrize("status", ["pending", "archived", "frobnicated"])
def test_a_status_that_allows_no_email_adds_nobody(stack: Stack, status: str) -> None:
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


def test_a_file_in_utf_16_is_refused_with_the_way_to_fix_it(stack: Stack) -> None:
    opened = stack.http("subscribers", "POST", "/subscribers/import", json_body={}).json
    body = "email,name\r\nann@example.com,Ann\r\n".encode("utf-16")
    client("s3").put_object(Bucket="list-files", Key=imports.file_key(opened["id"]), Body=body)
    work(stack, opened["id"])
    done = progress(stack, opened["id"])
    assert done["status"] == "failed"
    assert 'Save the file as "CSV UTF-8"' in done["reason"]


# Options


def ask(stack: Stack, text: str, query: str) -> Any:
    headers = {"content-type": "text/csv"}
    return stack.http("subscribers", "POST", f"/subscribers/import?{query}", body=text, headers=headers)


def test_an_update_changes_what_a_file_says_of_people_who_are_there(stack: Stack) -> None:
    stack.put("ann@example.com", "active", name="Ann", topics=["News"], attributes={"city": "Ulm", "age": 34})
    stack.put("bob@example.com", "unsubscribed", name="Bob")
    file = "email,name,city,age\nann@example.com,Anna,Bonn,34\nbob@example.com,Bobby,,\nnew@example.com,New,,\n"
    job = ask(stack, file, "mode=update&name=may.csv").json
    assert (job["mode"], job["name"], job["dry_run"]) == ("update", "may.csv", False)
    work(stack, job["id"])
    assert counts(progress(stack, job["id"])) == {"updated": 1, "suppressed": 1, "added": 1}
    ann = stack.http("subscribers", "GET", "/subscribers/ann@example.com").json
    assert (ann["name"], ann["attributes"], ann["topics"]) == ("Anna", {"city": "Bonn", "age": 34}, ["News"])
    assert stack.person("bob@example.com")["name"] == "Bob"
    again = ask(stack, file, "mode=update").json
    work(stack, again["id"])
    assert counts(progress(stack, again["id"])) == {"existing": 2, "suppressed": 1}


def test_an_update_that_was_written_and_not_counted_gives_the_same_counts(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.put("ann@example.com", "active", name="Ann", attributes={})
    job = ask(stack, "email,name\nann@example.com,Anna\n", "mode=update").json
    with monkeypatch.context() as dies:
        dies.setattr(JobTable, "advance", failing_after(1, JobTable.advance))
        with pytest.raises(RuntimeError):
            work(stack, job["id"])
    work(stack, job["id"])
    assert counts(progress(stack, job["id"])) == {"updated": 1}


def failing_after(calls: int, advance: Any) -> Any:
    made: list[Any] = []

    def advance_or_fail(*job: Any, **changes: Any) -> Any:
        made.append(changes)
        return advance(*job, **changes) if len(made) <= calls else None

    return advance_or_fail


def test_a_dry_run_stores_nobody_and_shows_what_would_be_stored(stack: Stack) -> None:
    stack.put("ann@example.com", "active", name="Ann", attributes={})
    file = "Mail;Wohnort\nann@example.com;Ulm\nnew@example.com;Bonn\n"
    columns = quote(json.dumps({"Wohnort": "attributes.city"}))
    job = ask(stack, file, f"dry_run=true&mode=update&columns={columns}").json
    work(stack, job["id"])
    done = progress(stack, job["id"])
    assert counts(done) == {"updated": 1, "added": 1}
    assert [row["person"]["attributes"] for row in done["preview"]] == [{"city": "Ulm"}, {"city": "Bonn"}]
    assert stack.person("new@example.com") is None
    assert stack.person("ann@example.com")["attributes"] == {}


def test_options_come_as_json_where_a_link_is_asked_for(stack: Stack) -> None:
    options = {"mode": "update", "dry_run": True, "columns": {"x": "email"}, "name": "big.csv", "status": "bounced"}
    answer = stack.http("subscribers", "POST", "/subscribers/import", json_body=options)
    assert answer.status == 201
    client("s3").put_object(Bucket="list-files", Key=imports.file_key(answer.json["id"]), Body=b"x\nann@example.com\n")
    work(stack, answer.json["id"])
    done = progress(stack, answer.json["id"])
    assert (done["mode"], done["dry_run"], done["name"], counts(done)) == ("update", True, "big.csv", {"suppressed": 1})


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("mode=replace", 422, "mode"),
        ("columns=nonsense", 422, "columns"),
        ("columns=%7B%22Nowhere%22%3A%20%22name%22%7D", 422, "columns.Nowhere"),
        ("colums=%7B%7D", 400, "colums"),
    ],
)
def test_an_option_that_cannot_be_is_refused_and_nothing_is_stored(
    stack: Stack, query: str, status: int, field: str
) -> None:
    answer = ask(stack, "email\nann@example.com\n", query)
    assert (answer.status, answer.json["error"]["details"]["field"]) == (status, field)
    assert stack.http("subscribers", "GET", "/subscribers/import").json == {"imports": []}
