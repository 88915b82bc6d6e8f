"""Imports: files of other products in their documented shapes, updates, dry runs, and columns named by hand."""

import csv
import json
from collections import Counter
from dataclasses import asdict, replace
from typing import Any

import pytest

from email_list.errors import InvalidError
from email_list.people import imports
from email_list.people.columns import Columns
from email_list.people.flags import flag
from email_list.people.importing import MAX_PREVIEW
from email_list.people.imports import Import
from email_list.people.jobs import OUTCOMES
from email_list.people.subscribers import Status, Subscriber
from tests.unit.domain.people_world import AT, PeopleWorld

# People in each file: `in` is subscribed there and unknown here, `out` and `bounced` are so there; the others are known
# here and subscribed there. Shapes: listmonk cmd/subscribers.go, Ghost's members-csv, Sendy's export-csv.php, those of
# Substack and Mailchimp as importers read them (TryGhost/migrate), docs/moving.md for the others.

MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE"
)
MAILCHIMP += ",GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"


def mailchimp(email: str, more: str = "") -> str:
    start = f'{email},Ada,Lovelace,2,"2024-05-06 07:08:09",192.0.2.1,"2024-05-06 07:09:00",192.0.2.2'
    return f'{start},,,,,Europe/Berlin,DE,BE,"2024-05-06 07:09:00",1,e5,,"""gold"""{more}'


def files(*people: tuple[str, str]) -> dict[str, list[tuple[str, dict[str, str]]]]:
    """By product, the files that hold these people, each with what is said besides; `people` are addresses with where
    they stand there: active, unsubscribed, bounced."""
    listmonk = {"active": "enabled", "unsubscribed": "blocklisted", "bounced": "blocklisted"}
    keila = {"active": "active", "unsubscribed": "unsubscribed", "bounced": "unreachable"}
    kit = {"active": "active", "unsubscribed": "cancelled", "bounced": "bounced"}
    buttondown = {"active": "regular", "unsubscribed": "unsubscribed", "bounced": "undeliverable"}

    def those(status: str) -> list[str]:
        return [email for email, stands in people if stands == status]

    def sheet(header: str, rows: list[str]) -> str:
        return "\n".join([*([header] if header else []), *rows]) + "\n"

    moment = "2024-05-06T07:08:09.000Z"
    return {
        "listmonk": [
            (
                sheet(
                    "uuid,email,name,attributes,status,created_at,updated_at",
                    [f'7,{email},Ada,"{{""city"":""Ulm""}}",{listmonk[at]},{moment},{moment}' for email, at in people],
                ),
                {},
            )
        ],
        "mailchimp": [
            (sheet(MAILCHIMP, [mailchimp(email) for email in those("active")]), {}),
            (
                sheet(
                    f"{MAILCHIMP},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER",
                    [mailchimp(email, ',"2024-06-01 01:02:03",May,1,NORMAL,') for email in those("unsubscribed")],
                ),
                {},
            ),
            (
                sheet(
                    f"{MAILCHIMP},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID",
                    [mailchimp(email, ',"2024-06-01 01:02:03",May,1') for email in those("bounced")],
                ),
                {},
            ),
        ],
        "substack": [
            (
                sheet(
                    "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at",
                    [f"{email},false,,other,{str(at != 'active').lower()},{moment}," for email, at in people],
                ),
                {},
            )
        ],
        "ghost": [
            (
                sheet(
                    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers",
                    [f"6a,{email},Ada,,{str(at == 'active').lower()},,,{moment},,vip,Free" for email, at in people],
                ),
                {},
            )
        ],
        "sendy": [
            (
                sheet("", [f'"Ada","{email}","Ulm"' for email in those(status)]),
                {} if status == "active" else {"status": status},
            )
            for status in ("active", "unsubscribed", "bounced")
        ],
        "keila": [
            (
                sheet(
                    "Email,First name,Last name,Data,Status,External ID",
                    [f'{email},Ada,Lovelace,"{{""city"":""Ulm""}}",{keila[at]},' for email, at in people],
                ),
                {},
            )
        ],
        "kit": [
            (
                sheet(
                    "id,first_name,email,state,created_at,tags",
                    [f"1,Ada,{email},{kit[at]},{moment},vip" for email, at in people],
                ),
                {},
            )
        ],
        "buttondown": [
            (
                sheet(
                    "id,creation_date,email_address,notes,metadata,tags,referrer_url,type",
                    [f'7,{moment},{email},,{{}},"[""vip""]",,{buttondown[at]}' for email, at in people],
                ),
                {},
            )
        ],
    }


PEOPLE = [
    ("in@example.org", "active"),
    ("out@example.org", "unsubscribed"),
    ("dead@example.org", "bounced"),
    ("member@example.org", "active"),
    ("left@example.org", "active"),
    ("complained@example.org", "active"),
    ("hard@example.org", "active"),
    ("leaving@example.org", "unsubscribed"),
]
KNOWN = {"member": "active", "left": "unsubscribed", "complained": "complained", "hard": "bounced", "leaving": "active"}
MAILED_AFTERWARDS = {"in@example.org", "member@example.org"}


def known_people() -> list[Subscriber]:
    return [
        Subscriber(f"{name}@example.org", Status(status), AT, "Here", ("News",), {"city": "Bonn"})
        for name, status in KNOWN.items()
    ]


def active(world: PeopleWorld) -> set[str]:
    return {email for email, record in world.people.records.items() if record.status is Status.ACTIVE}


def counts(*jobs: Import) -> Counter[str]:
    return sum((Counter({name: getattr(job, name) for name in OUTCOMES}) for job in jobs), Counter())


@pytest.mark.parametrize("product", files())
@pytest.mark.parametrize("mode", ["add", "update"])
def test_a_products_files_bring_everybody_who_is_in_and_nobody_who_is_out(product: str, mode: str) -> None:
    world = PeopleWorld(*known_people(), topics=("News",))
    jobs = [world.import_file(text.encode(), mode=mode, **said) for text, said in files(*PEOPLE)[product]]
    assert [job.status for job in jobs] == ["done"] * len(jobs), [job.reason for job in jobs]
    assert active(world) == MAILED_AFTERWARDS
    assert sum(job.rows for job in jobs) == sum(counts(*jobs).values()) == len(PEOPLE)
    assert counts(*jobs)["invalid"] == 0
    assert {world.people.status(f"{name}@example.org") for name in ("left", "complained", "hard")} == {
        Status.UNSUBSCRIBED,
        Status.COMPLAINED,
        Status.BOUNCED,
    }


@pytest.mark.parametrize("product", files())
@pytest.mark.parametrize("mode", ["add", "update"])
def test_a_second_import_of_a_products_files_changes_nothing(product: str, mode: str) -> None:
    world = PeopleWorld(*known_people(), topics=("News",))
    for text, said in files(*PEOPLE)[product]:
        world.import_file(text.encode(), mode=mode, **said)
    before = {email: asdict(record) for email, record in world.people.records.items()}
    jobs = [world.import_file(text.encode(), mode=mode, **said) for text, said in files(*PEOPLE)[product]]
    assert {email: asdict(record) for email, record in world.people.records.items()} == before
    assert set(+counts(*jobs)) <= {"existing", "suppressed"}


@pytest.mark.parametrize("product", files())
def test_a_dry_run_tells_exactly_what_the_import_does_and_stores_nobody(product: str) -> None:
    for mode in ("add", "update"):
        world = PeopleWorld(*known_people(), topics=("News",))
        for text, said in files(*PEOPLE)[product]:
            before = dict(world.people.records)
            rehearsed = world.import_file(text.encode(), mode=mode, dry_run="true", **said)
            assert world.people.records == before
            assert counts(rehearsed) == counts(world.import_file(text.encode(), mode=mode, **said))


@pytest.mark.parametrize("product", ["mailchimp"])
def test_what_a_file_proves_of_consent_is_kept(product: str) -> None:
    world = PeopleWorld()
    text, _ = files(("in@example.org", "active"))[product][0]
    world.import_file(text.encode())
    assert world.people.proofs["in@example.org"] == {
        "at": "2024-05-06 07:08:09",
        "ip": "192.0.2.1",
        "confirmed_at": "2024-05-06 07:09:00",
        "confirmed_ip": "192.0.2.2",
    }


# Updates


class Updated(PeopleWorld):
    """A list that a file has updated."""

    def __init__(self, file: str, *people: Subscriber) -> None:
        super().__init__(*people, topics=("News", "Events"))
        self.job = self.import_file(file.encode(), mode="update")


def ann(**known: Any) -> Subscriber:
    return replace(Subscriber("ann@example.org", Status.ACTIVE, AT), **known)


def test_an_update_changes_what_the_file_says_and_keeps_the_rest() -> None:
    person = ann(name="Ann", topics=("News",), attributes={"city": "Ulm", "age": 34, "vip": True})
    file = "email,name,city,age,vip,shoe\nann@example.org,,Bonn,34,true,41\n"
    world = Updated(file, person)
    after = world.people.records["ann@example.org"]
    assert (after.name, after.topics) == ("Ann", ("News",))
    assert after.attributes == {"city": "Bonn", "age": 34, "vip": True, "shoe": "41"}
    assert counts(world.job) == {"updated": 1}
    assert counts(world.import_file(file.encode(), mode="update")) == {"existing": 1}


def test_topics_are_updated_only_from_a_file_that_has_them() -> None:
    person = ann(topics=("News",))
    assert Updated("email\nann@example.org\n", person).people.records[person.email].topics == ("News",)
    assert Updated("email,topics\nann@example.org,Events\n", person).people.records[person.email].topics == ["Events"]
    assert Updated("email,topics\nann@example.org,\n", person).people.records[person.email].topics == []


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ACTIVE])
def test_an_update_raises_nobodys_status_and_changes_nothing_of_who_is_not_active(status: Status) -> None:
    person = ann(status=status, name="Ann")
    world = Updated("email,name,status\nann@example.org,Other,active\n", person)
    after = world.people.records[person.email]
    assert (after.status, after.name) == (status, "Ann")


def test_of_two_rows_about_a_person_the_first_updates_and_the_other_is_a_duplicate() -> None:
    many = "".join(f"p{number}@example.org,x\n" for number in range(1500))
    world = Updated(f"email,name\nann@example.org,One\n{many}ann@example.org,Two\n", ann(name="Ann"))
    assert world.people.records["ann@example.org"].name == "One"
    assert (world.job.updated, world.job.duplicate) == (1, 1)


def test_a_person_never_gets_more_attributes_than_anybody_may_have() -> None:
    person = ann(attributes={f"a{number}": "x" for number in range(19)})
    after = Updated("email,b1,b2\nann@example.org,y,z\n", person).people.records[person.email]
    assert len(after.attributes) == 20
    assert after.attributes["b1"] == "y"


def test_an_import_that_only_adds_updates_nobody() -> None:
    world = PeopleWorld(ann(name="Ann"))
    assert counts(world.import_file(b"email,name\nann@example.org,Other\n")) == {"existing": 1}
    assert world.people.records["ann@example.org"].name == "Ann"


# Dry runs


def test_a_dry_run_shows_the_first_rows_as_they_would_be_stored() -> None:
    world = PeopleWorld(ann(name="Ann", attributes={"city": "Ulm"}), topics=("News", "Events"))
    file = "email,name,city,topics\nnew@example.org,New,Bonn,news\nann@example.org,,Rome,\nnobody,,,\n" + "".join(
        f"p{number}@example.org,x,{'y' * 300},\n" for number in range(20)
    )
    job = world.import_file(file.encode(), mode="update", dry_run="true")
    assert len(job.preview) == MAX_PREVIEW
    first, second, third, fourth, *_ = job.preview
    assert first == {
        "row": 2,
        "outcome": "added",
        "reason": "",
        "person": {
            "email": "new@example.org",
            "name": "New",
            "status": "active",
            "topics": ["News"],
            "attributes": {"city": "Bonn"},
        },
    }
    assert (second["outcome"], second["person"]["name"], second["person"]["topics"]) == ("updated", "Ann", [])
    assert second["person"]["attributes"] == {"city": "Rome"}
    assert (third["outcome"], third["person"]) == ("invalid", {"email": "nobody"})
    assert len(fourth["person"]["attributes"]["city"]) == 100
    assert len(json.dumps(job.preview)) < 100_000


def test_a_dry_run_knows_the_rows_that_it_has_seen() -> None:
    many = "".join(f"p{number}@example.org\n" for number in range(1500))
    job = PeopleWorld().import_file(f"email\n{many}{many}".encode(), dry_run="true")
    assert counts(job) == {"added": 1500, "duplicate": 1500}


def test_a_dry_run_ends_after_many_rows_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("email_list.people.importing.MAX_REHEARSED", 1000)
    many = "".join(f"p{number}@example.org\n" for number in range(2500))
    job = PeopleWorld().import_file(f"email\n{many}".encode(), dry_run="true")
    assert (job.status, job.rows, job.reason) == ("done", 1000, "Only the first 1,000 rows were looked at.")


# Columns


@pytest.mark.parametrize(
    ("header", "columns", "meanings"),
    [
        ("Mail,Wohnort", {"Wohnort": "attributes.city"}, ["email", "attributes.city"]),
        ("email,Kontakt", {"kontakt ": "email", "Email": "ignored"}, ["ignored", "email"]),
        ("email,email_address", {"email": "ignored"}, ["ignored", "email"]),
        ("x,y", {"x": "email", "y": "name"}, ["email", "name"]),
        ("email,Interests", {"Interests": "topics"}, ["email", "topics"]),
        ("email,city,town", {"town": "attributes.city"}, ["email", "attributes.city_2", "attributes.city"]),
        ("email,out", {"out": "unsubscribed"}, ["email", "unsubscribed"]),
    ],
)
def test_columns_hold_what_an_administrator_says(header: str, columns: dict, meanings: list[str]) -> None:
    options = imports.read_options({"columns": json.dumps(columns)})
    body = f"{header}\n".encode()
    found = imports.read_header([body], body, options["mapping"])
    assert list(Columns(found.columns, options["mapping"]).meanings().values()) == meanings


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ('{"Nowhere": "name"}', 'no column "Nowhere"'),
        ('{"email": "attributes.Not A Name"}', "is none of"),
        ('{"email": "shoe"}', '"shoe" is none of email, name'),
        ('{"email": "ignored"}', "no column named email"),
        ('{"email": "email", "name": "email"}', "2 columns are to be email"),
        ('["email"]', "must be an object"),
        ("{", "must be a JSON object"),
        ('{"email": 7}', "must be text"),
        ('{"email": ""}', "is required"),
    ],
)
def test_columns_that_cannot_be_are_refused_before_anything_is_stored(columns: str, problem: str) -> None:
    body = b"email,name\na@example.org,A\n"
    with pytest.raises(InvalidError, match=problem):
        imports.read_header([body], body, imports.read_options({"columns": columns})["mapping"])


def test_columns_that_a_file_behind_a_link_does_not_have_fail_the_import_with_the_reason() -> None:
    job = PeopleWorld().import_file(b"email\na@example.org\n", columns={"Mail": "email"})
    assert (job.status, job.reason) == ("failed", 'columns: the file has no column "Mail".')


def test_a_file_without_a_header_row_has_its_people_in_the_first_row_too() -> None:
    world = PeopleWorld()
    job = world.import_file(b'"Ada","a@example.org","Ulm"\n"Bob","b@example.org","Bonn"\n')
    assert (job.added, job.rows) == (2, 2)
    assert world.people.records["a@example.org"].name == "Ada"
    assert world.people.records["b@example.org"].attributes == {"column_3": "Bonn"}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"mode": "replace"}, "mode"),
        ({"dry_run": "perhaps"}, "dry_run"),
        ({"status": "active"}, "status"),
        ({"name": "x" * 201}, "name"),
        ({"mode": True}, "mode"),
    ],
)
def test_an_option_there_is_not_is_refused_by_name(asked: dict, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        imports.read_options(asked)
    assert refused.value.details == {"field": field}


@pytest.mark.parametrize("status", ["unsubscribed", "bounced", "complained"])
def test_a_file_may_say_where_everybody_in_it_stands(status: str) -> None:
    world = PeopleWorld(ann())
    job = world.import_file(b"email,status\nann@example.org,active\nnew@example.org,pending\n", status=status)
    assert {world.people.status(email) for email in ("ann@example.org", "new@example.org")} == {Status(status)}
    assert counts(job) == {"stopped": 1, "suppressed": 1}


# Addresses worth a second look


@pytest.mark.parametrize(
    ("email", "found"),
    [
        ("info@example.org", "role"),
        ("news+spring@example.org", "role"),
        ("noreply@example.org", "role"),
        ("informatics@example.org", ""),
        ("ann@mailinator.com", "disposable"),
        ("info@sub.mailinator.com", "disposable"),
        ("ann@mailinator-fans.example.org", ""),
        ("ann@gmail.com", ""),
        ("ann@com", ""),
    ],
)
def test_addresses_of_roles_and_disposable_ones_are_flagged(email: str, found: str) -> None:
    assert flag(email) == found


def test_flagged_people_are_added_counted_and_reported() -> None:
    world = PeopleWorld()
    job = world.import_file(b"email\ninfo@example.org\nann@mailinator.com\nann@example.org\n")
    assert (job.added, job.role, job.disposable, job.reported) == (3, 1, 1, 2)
    report = world.files.objects[imports.report_key(job.id)].decode()
    assert '2,added,info@example.org,"This address belongs to a role' in report
    assert "3,added,ann@mailinator.com,This address is from a provider" in report


def test_the_report_names_a_refused_row_by_its_address_wherever_that_stands() -> None:
    world = PeopleWorld()
    rows = ("1,Ann,ann@example.org,inactive", "2,Bob,bob@,active", "3,Cy", "4,\xff,dee@example.org,active")
    job = world.import_file("\n".join(("id,name,email,status", *rows)).encode("latin-1"))
    report = csv.reader(world.files.objects[imports.report_key(job.id)].decode().splitlines()[1:])
    ann, bob, without_address, unreadable = (email for _row, _outcome, email, _reason in report)
    assert (ann, bob, without_address) == ("ann@example.org", "bob@", "")
    assert unreadable.startswith("4,")
