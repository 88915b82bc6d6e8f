"""A file that was exported is imported as what it was: export and import are each other's inverse."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from email_list import addresses, fields
from email_list.people import rows
from email_list.people.columns import Columns
from email_list.people.consent import IMPORT_ACTS
from email_list.people.subscribers import Status, Subscriber
from email_list.spreadsheets import as_meant, csv_line
from tests.unit.domain.people_world import AT, PeopleWorld

OFFERED = ("News", "=Events", "Ä & Ö", "'quoted'")

cells = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=fields.UNREADABLE), max_size=12
) | st.builds("{}{}".format, st.text("'=+-@\t\r", max_size=4), st.text("aä,;|\"' ", max_size=4))
formulas = st.text("=+-@\t\r\n\uff1d\ufe6b,;|'\" a", max_size=12)
lines = cells.map(lambda text: fields.single_line(text, "x", 100))
values = lines | st.integers(1 - fields.MAX_NUMBER, fields.MAX_NUMBER - 1) | st.booleans()
attributes = st.dictionaries(st.from_regex("[a-z][a-z0-9_]{0,31}", fullmatch=True), values, max_size=5)
local_parts = st.text("abcz019.!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=12).map(lambda text: f"a{text}z")
emails = local_parts.filter(lambda text: ".." not in text).map(lambda text: f"{text}@example.org")
people = st.builds(
    Subscriber,
    email=emails,
    status=st.sampled_from(list(IMPORT_ACTS)),
    subscribed_date=st.just(AT),
    name=lines,
    topics=st.lists(st.sampled_from(OFFERED), unique=True).map(lambda topics: [t for t in OFFERED if t in topics]),
    attributes=attributes,
    source=lines,
    language=st.sampled_from(["", "de", "en"]),
    tracked=st.booleans(),
)
lists = st.lists(people, max_size=4, unique_by=lambda person: person.email)


def known(person: Subscriber) -> list[Any]:
    """What an export carries, apart from what each list notes of its own."""
    said = [person.email, person.status, person.name, list(person.topics), dict(person.attributes)]
    return [*said, person.language, person.tracked]


@settings(deadline=None)
@given(lists)
def test_what_an_export_writes_an_import_reads(found: list[Subscriber]) -> None:
    assert all(addresses.normalise(person.email) == person.email for person in found)
    there, here = PeopleWorld(*found, topics=OFFERED), PeopleWorld(topics=OFFERED)
    job = here.import_file(there.export())
    assert (job.status, job.rows, job.invalid) == ("done", len(found), 0)
    assert [known(here.people.records[person.email]) for person in found] == [known(person) for person in found]
    again = PeopleWorld(topics=OFFERED)
    again.import_file(here.export())
    assert [known(again.people.records[person.email]) for person in found] == [known(person) for person in found]


@settings(deadline=None)
@given(lists)
def test_an_export_imported_where_it_came_from_changes_nothing(found: list[Subscriber]) -> None:
    world = PeopleWorld(*found, topics=OFFERED)
    before = dict(world.people.records)
    world.import_file(world.export())
    assert world.people.records == before


@settings(deadline=None)
@given(lists)
def test_a_topic_that_was_renamed_meanwhile_costs_the_topic_alone(found: list[Subscriber]) -> None:
    here = PeopleWorld(topics=("News", "New name"))
    assert here.import_file(PeopleWorld(*found).export()).invalid == 0
    for person in found:
        stored = here.people.records[person.email]
        assert stored.topics == [topic for topic in person.topics if topic == "News"]
        assert (stored.name, stored.attributes) == (person.name, person.attributes)


SIGNS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b")


@given(cells | formulas, st.sampled_from(",;|\t\r\n"))
@example("Ann;=3+3;", ";")
@example("\uff1dcmd|' /C calc'!A0", ",")
@example('a|"=1+1', "|")
def test_no_cell_of_an_export_begins_like_a_formula_wherever_a_spreadsheet_splits(text: str, delimiter: str) -> None:
    for cell in csv_line([text, "x", text]).removesuffix("\r\n").split(delimiter):
        content = cell.lstrip('"')
        assert content.startswith("'") or not content.lstrip("\" '").startswith(SIGNS)


@given(lines)
def test_a_cell_that_was_made_harmless_is_as_it_was_meant(text: str) -> None:
    (row,) = rows.read([csv_line(["x", text]).encode()], 0, ",")
    assert as_meant(row.fields[1]) == text


@given(cells | formulas)
def test_text_with_formulas_anywhere_is_as_it_was_meant(text: str) -> None:
    ((_, cell),) = csv.reader(io.StringIO(csv_line(["x", text]), newline=""))
    assert as_meant(cell) == text


def test_what_an_export_knows_of_consent_is_kept_as_evidence() -> None:
    person = Subscriber("a@example.org", Status.ACTIVE, AT, source="form")
    lines = rows.read([PeopleWorld(person).export()], 0, ",")
    reading = Columns.of(next(lines)).read(next(lines), (), AT, "import:2")
    assert reading.row.proof == {"at": AT, "source": "form"}


def test_consent_to_tracking_is_kept_as_evidence_and_comes_only_with_who_is_new() -> None:
    agrees = Subscriber("a@example.org", Status.ACTIVE, AT, tracked=True)
    file = PeopleWorld(agrees).export()
    here = PeopleWorld()
    here.import_file(file)
    assert here.people.records[agrees.email].tracked
    assert here.people.proofs[agrees.email]["tracking"] == "yes"
    for mode in ("add", "update"):
        known = PeopleWorld(replace(agrees, tracked=False))
        known.import_file(file, mode=mode)
        assert not known.people.records[agrees.email].tracked


def test_an_update_brings_the_language() -> None:
    speaks = Subscriber("a@example.org", Status.ACTIVE, AT, language="de")
    here = PeopleWorld(replace(speaks, language="en"))
    here.import_file(PeopleWorld(speaks).export(), mode="update")
    assert here.people.records[speaks.email].language == "de"
    here.import_file(PeopleWorld(replace(speaks, language="")).export(), mode="update")
    assert here.people.records[speaks.email].language == "de"


@pytest.mark.parametrize(
    ("cell", "language", "attributes"),
    [("de", "de", {}), (" DE ", "de", {}), ("Deutsch", "", {"language": "Deutsch"}), ("", "", {})],
)
def test_a_language_that_the_list_does_not_speak_is_an_attribute(
    cell: str, language: str, attributes: dict[str, str]
) -> None:
    here = PeopleWorld()
    here.import_file(f"email,language\na@example.org,{cell}\n".encode())
    person = here.people.records["a@example.org"]
    assert (person.language, dict(person.attributes)) == (language, attributes)


@pytest.mark.parametrize(
    ("cell", "agrees", "remark"),
    [
        *(("yes", True, ""), ("2026-01-02 10:00", True, ""), ("no", False, ""), ("", False, "")),
        ("perhaps", False, 'Column "tracking_consent": "perhaps" does not say that tracking is allowed.'),
    ],
)
def test_only_a_yes_or_a_moment_allows_tracking(cell: str, agrees: bool, remark: str) -> None:
    lines = rows.read([f"email,tracking_consent\na@example.org,{cell}\n".encode()], 0, ",")
    reading = Columns.of(next(lines)).read(next(lines), (), AT, "import:2")
    assert (reading.row.person.tracked, " ".join(reading.remarks)) == (agrees, remark)
