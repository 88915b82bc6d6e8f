"""Whatever comes from outside is read, or refused with an error of its own kind; nothing else happens."""

import contextlib
import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from email_list import cursors, fields
from email_list.errors import InvalidError, MalformedError
from email_list.events import mail_events
from email_list.events.mail_events import Kind, UnreadableEventError
from email_list.mail.handlebars import reading, tree
from email_list.people import columns, rows
from email_list.people.columns import Columns

TEXTS = st.text(max_size=30)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
TIMES = st.sampled_from(["2026-01-02T03:04:05.678Z", "0001-01-01T00:00:00+14:00", "soon", None, 5])


def mails() -> st.SearchStrategy[dict[str, Any]]:
    tags = st.dictionaries(st.sampled_from(["campaign", "batch", "recipient", "purpose"]), JSON_VALUES)
    known = {
        "messageId": TEXTS | JSON_VALUES,
        "timestamp": TIMES,
        "tags": tags | JSON_VALUES,
        "destination": JSON_VALUES | st.lists(st.just("ann@example.com") | TEXTS, max_size=3),
    }
    return st.fixed_dictionaries({}, optional=known)


DETAILS = st.fixed_dictionaries(
    {},
    optional={
        "timestamp": TIMES,
        "bounceType": st.sampled_from(["Permanent", "Transient", "Undetermined"]) | JSON_VALUES,
        "bouncedRecipients": JSON_VALUES | st.lists(st.just({"emailAddress": "Ann <ann@example.com>"})),
        "complainedRecipients": JSON_VALUES,
        "newTopicPreferences": JSON_VALUES,
        "userAgent": JSON_VALUES,
        "link": JSON_VALUES,
    },
)


def events() -> st.SearchStrategy[dict[str, Any]]:
    kinds = st.sampled_from([kind.value for kind in Kind]) | JSON_VALUES
    detailed = st.sampled_from(["bounce", "complaint", "open", "click", "subscription", "failure", "send"])
    return st.builds(
        lambda field, kind, mail, name, details: {field: kind, "mail": mail, name: details},
        st.sampled_from(["eventType", "notificationType"]),
        kinds,
        mails() | JSON_VALUES,
        detailed,
        DETAILS | JSON_VALUES,
    )


@given(events() | JSON_VALUES, st.booleans())
def test_an_event_is_read_or_unreadable(event: Any, enveloped: bool) -> None:
    body = json.dumps(event)
    if enveloped:
        body = json.dumps({"Type": "Notification", "Message": body})
    with contextlib.suppress(UnreadableEventError):
        found = mail_events.read(body)
        assert found is None or found.kind in list(Kind)


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "", "null", '"text"', "\x00"])
def test_a_body_that_is_no_event_is_unreadable(body: str) -> None:
    with pytest.raises(UnreadableEventError):
        mail_events.read(body)


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4))
def test_a_cursor_gives_back_its_position(position: list[str]) -> None:
    assert cursors.decode(cursors.encode(position), parts=len(position)) == position


@given(st.text(max_size=400), st.integers(1, 4))
def test_a_text_is_a_cursor_or_malformed(text: str, parts: int) -> None:
    with contextlib.suppress(MalformedError):
        assert len(cursors.decode(text, parts)) == parts


cells = st.one_of(st.text(max_size=40), st.sampled_from(["", "ann@example.com", "unsubscribed", "1", '{"a": [1, 2]}']))
headers = st.one_of(st.text(max_size=20), st.sampled_from([*columns.HEADERS, "E-Mail", "city"]))


def file_of(table: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue().encode(errors="replace")


files = st.builds(
    lambda header, body: file_of([header, *body]),
    st.lists(headers, min_size=1, max_size=30, unique=True),
    st.lists(st.lists(cells, max_size=31), max_size=4),
)


@given(st.binary(max_size=300) | files)
def test_a_file_has_a_header_row_or_is_invalid_and_its_rows_are_people_or_invalid(data: bytes) -> None:
    lines = rows.read([data], 0, ",")
    header = next(lines, None)
    if header is None:
        return
    with contextlib.suppress(InvalidError):
        read = Columns.of(header)
        assert {name for name in read.headers if name} <= set(read.meanings())
        for row in lines:
            with contextlib.suppress(InvalidError):
                person = read.read(row, ["News"], at="2026-01-01T00:00:00.000Z", source="import:1").row.person
                assert len(person.name) <= fields.MAX_NAME
                assert fields.attributes(person.attributes) == person.attributes
                assert fields.UNREADABLE not in f"{person}"


@given(st.text(st.sampled_from("{}#/^>&!.@\"'= \nabifeach"), max_size=60))
def test_a_template_is_parsed_or_has_a_mistake(source: str) -> None:
    with contextlib.suppress(tree.TemplateSyntaxError):
        assert reading.parse(source, "html") is not None
