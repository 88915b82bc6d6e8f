"""Drafts: where a letter is kept, what it will look like, whom it will reach, and a copy of it to try."""

import re
import time
from dataclasses import replace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from email_list.aws.draft_table import DraftTable
from email_list.aws.shards import ACTIVE, shard_of
from email_list.errors import NotFoundError
from email_list.mail import previewing, writing
from tests.unit.domain.letter_world import PREFERENCES, SETTINGS, UNSUBSCRIBE, delivered, reader
from tests.unit.handlers.conftest import Answer, Stack

BODY = """# Hello {{name}}

A **bold** word, [a link](https://example.org/?q={{name}}).

{{#if attributes.city}}You live in {{attributes.city}}.{{/if}}"""


def preview(stack: Stack, document: Any) -> Any:
    return stack.http("drafts", "POST", "/drafts/preview", json_body=document)


# Kept


LETTER = {"subject": "Hello {{name}} ", "body": "# Hi\r\n\nä", "defaults": {"attributes.city": "town"}}
AUDIENCE = {"topics": ["News"]}
UNWRITTEN = {"title": None, "letter": None, "audience": None}


def draft(stack: Stack, method: str, path: str = "", body: Any = None, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return stack.http("drafts", method, f"/drafts{path}", json_body=body, headers=sent)


def test_a_draft_is_kept_read_changed_and_thrown_away(stack: Stack) -> None:
    written = {"title": "Summer", "letter": LETTER, "audience": AUDIENCE}
    created = draft(stack, "POST", body=written)
    assert (created.status, created.headers["etag"], created.json["warnings"]) == (201, '"1"', [])
    path = f"/{created.json['id']}"
    read = draft(stack, "GET", path)
    assert (read.status, read.headers["etag"]) == (200, '"1"')
    assert read.json.items() >= {**written, "version": 1}.items()
    changed = draft(stack, "PUT", path, {**written, "title": "Winter"}, if_match='"1"')
    assert (changed.status, changed.headers["etag"], changed.json["title"]) == (200, '"2"', "Winter")
    assert draft(stack, "GET", path).json == {name: changed.json[name] for name in read.json}
    assert draft(stack, "DELETE", path).status == 204
    for method in ("GET", "PUT", "DELETE"):
        assert draft(stack, method, path, {} if method == "PUT" else None).status == 404


def test_an_empty_draft_is_one_and_comes_back_as_it_was_read(stack: Stack) -> None:
    created = draft(stack, "POST", body={}).json
    assert created.items() >= {**UNWRITTEN, "version": 1, "warnings": []}.items()
    saved = draft(stack, "PUT", f"/{created['id']}", UNWRITTEN).json
    assert saved.items() >= {**UNWRITTEN, "version": 2}.items()


def test_what_a_change_does_not_name_stays(stack: Stack) -> None:
    path = f"/{draft(stack, 'POST', body={'title': 'Summer', 'letter': LETTER}).json['id']}"
    assert draft(stack, "PUT", path, {"audience": AUDIENCE}).json["letter"] == LETTER
    emptied = draft(stack, "PUT", path, {"letter": None}).json
    assert (emptied["title"], emptied["letter"], emptied["audience"]) == ("Summer", None, AUDIENCE)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_slower_of_two_editors_gets_the_newer_version_and_loses_nothing(stack: Stack, method: str) -> None:
    path = f"/{draft(stack, 'POST', body={'title': 'Mine'}).json['id']}"
    newer = draft(stack, "PUT", path, {"title": "Theirs"}, if_match='"1"')
    assert newer.status == 200
    slower = draft(stack, method, path, {"title": "Mine"} if method == "PUT" else None, if_match='"1"')
    assert (slower.status, slower.json["error"]["code"]) == (412, "version_conflict")
    details = slower.json["error"]["details"]
    assert (details["version"], details["draft"]["title"]) == (2, "Theirs")
    assert draft(stack, "GET", path).json["title"] == "Theirs"
    body = {"title": "Both"} if method == "PUT" else None
    assert draft(stack, method, path, body, if_match='W/"1", "2"').status in (200, 204)


def test_two_writers_of_the_same_version_cannot_both_win(stack: Stack) -> None:
    store = DraftTable(stack.records)
    first = store.get(draft(stack, "POST", body={"title": "One"}).json["id"])
    assert first
    second = replace(first, version=2)
    assert store.put(second)
    assert not store.put(second)
    assert not store.put(first)
    assert not store.delete(first)
    assert store.delete(second)
    assert not store.put(replace(first, version=3))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": 7}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"letter": []}, "letter"),
        ({"letter": {"subject": ["x"]}}, "subject"),
        ({"letter": {"subject": "x" * 201}}, "subject"),
        ({"letter": {"body": "x" * 200_001}}, "body"),
        ({"letter": {"values": "x"}}, "values"),
        ({"letter": {"defaults": {"name": 1}}}, "defaults"),
        ({"letter": {"language": "xx"}}, "language"),
        ({"letter": {"language": ""}}, "language"),
        ({"letter": {"language": False}}, "language"),
        ({"letter": {"topic": "x"}}, "letter.topic"),
        ({"audience": {"town": "Berlin"}}, "audience"),
        ({"audience": "everybody"}, "audience"),
        ({"version": 1}, "version"),
    ],
)
def test_a_draft_that_no_letter_can_become_is_refused(stack: Stack, body: Any, field: str) -> None:
    answer = draft(stack, "POST", body=body)
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, field)
    assert draft(stack, "GET").json["drafts"] == []


def test_half_a_character_is_refused_wherever_it_stands(stack: Stack) -> None:
    assert draft(stack, "POST", body={"letter": {"values": {"a": ["\ud800"]}}}).status == 422


def test_a_draft_that_dynamodb_cannot_hold_is_too_large(stack: Stack) -> None:
    assert draft(stack, "POST", body={"letter": {"html": "ä" * 200_000}}).status == 413


def test_an_unfinished_letter_is_kept_with_the_warnings_that_it_has_so_far(stack: Stack) -> None:
    assert draft(stack, "POST", body={"letter": {"body": "Hello\n\n[down](#end)"}}).json["warnings"] == [WARNING]
    for unfinished in ({"subject": "x"}, {"subject": "x", "body": "{{#if a}}"}, {"template": "none-such"}):
        assert draft(stack, "POST", body={"letter": unfinished}).json["warnings"] == []


def test_a_listing_of_drafts_is_paged_newest_first(stack: Stack) -> None:
    for number in range(3):
        draft(stack, "POST", body={"title": str(number)})
        time.sleep(0.002)  # ids of the same millisecond are in no order
    first = draft(stack, "GET", "?limit=2").json
    assert [each["title"] for each in first["drafts"]] == ["2", "1"]
    second = draft(stack, "GET", f"?limit=2&cursor={first['cursor']}").json
    assert ([each["title"] for each in second["drafts"]], second["cursor"]) == (["0"], None)
    assert draft(stack, "GET", "?limit=51").status == 422
    assert draft(stack, "GET", "?cursor=x").status == 400


# Looks


def test_a_markdown_draft_is_shown_as_a_letter_to_somebody(stack: Stack) -> None:
    answer = preview(stack, {"subject": "For {{name}}", "body": BODY})
    assert answer.status == 200
    assert answer.json["subject"] == "For Ada"
    assert ">Hello Ada</h1>" in answer.json["html"]
    assert "You live in" not in answer.json["text"]
    assert answer.json["used"] == ["name", "attributes.city"]
    assert answer.json["missing"] == []


def test_what_nobody_has_given_is_shown_by_its_name(stack: Stack) -> None:
    answer = preview(stack, {"subject": "{{month}}", "html": "<p>{{attributes.city}}, {{{text}}}</p>"})
    assert answer.json["subject"] == "[month]"
    assert "[attributes.city]" in answer.json["html"]
    assert answer.json["missing"] == ["month", "attributes.city", "text"]


def test_values_fill_the_source_of_a_template_and_may_make_up_the_reader(stack: Stack) -> None:
    values = {"month": "May", "name": "Grace", "attributes": {"city": "<b>Paris</b>"}}
    answer = preview(stack, {"subject": "{{month}}, {{name}}", "html": "<p>{{attributes.city}}</p>", "values": values})
    assert answer.json["subject"] == "May, Grace"
    assert "&lt;b&gt;Paris&lt;/b&gt;" in answer.json["html"]
    assert answer.json["missing"] == []


def test_a_preview_of_a_templates_source_says_what_it_asks_for(stack: Stack) -> None:
    source = "<h1>{{headline}}, {{name}} of {{attributes.city}}</h1>{{#each items}}<a href='{{link}}'>x</a>{{/each}}"
    answer = stack.http("drafts", "POST", "/drafts/preview", json_body={"subject": "s", "html": source})
    assert answer.json["variables"] == [
        {"name": "headline", "required": True, "format": "text"},
        {"name": "items.*.link", "required": True, "format": "address"},
    ]


def test_a_preview_whose_lists_repeat_one_another_is_refused(stack: Stack) -> None:
    source = "".join(f"{{{{#each {'../' * depth}a}}}}" for depth in range(10)) + "x" + "{{/each}}" * 10
    answer = preview(stack, {"subject": "s", "html": source, "values": {"a": list(range(100))}})
    assert (answer.status, answer.json["error"]["code"]) == (413, "too_large")


def test_a_stored_template_is_filled_with_a_campaigns_values(stack: Stack) -> None:
    document = {
        "subject": "{{headline}}",
        "template": "announcement",
        "values": {"headline": "The fair", "body": "*Soon*"},
    }
    answer = preview(stack, document)
    assert answer.json["subject"] == "The fair"
    assert "<em>Soon</em>" in answer.json["html"]


@pytest.mark.parametrize(
    ("document", "status", "details"),
    [
        ({"subject": "x", "body": "a\n{{#if b}}"}, 422, {"part": "body", "line": 2, "column": 1}),
        ({"subject": "x", "html": "<p>\n<script>"}, 422, {"part": "html", "line": 2, "column": 1}),
        ({"body": "no subject"}, 422, {"field": "subject"}),
        ({"subject": "x"}, 422, {"field": "body"}),
        ({"subject": "x", "body": "y", "values": []}, 422, {"field": "values"}),
        ({"subject": "x", "template": "none-such"}, 404, None),
    ],
)
def test_a_mistake_is_told_with_its_place(stack: Stack, document: Any, status: int, details: Any) -> None:
    answer = preview(stack, document)
    assert answer.status == status
    assert answer.json["error"].get("details") == details


@given(name=st.text(max_size=30), city=st.text(max_size=30), subject=st.text(min_size=1, max_size=30))
def test_a_preview_is_the_letter_that_ses_would_make(name: str, city: str, subject: str) -> None:
    literal = subject.replace("{", "(").replace("\\", "/")
    request = {"subject": f"S {literal} {{{{name}}}}", "body": BODY, "defaults": {"name": "friend"}}
    person = reader(name, attributes={"city": city})
    mail = delivered(writing.compose(request, SETTINGS, _no_template).content, person)
    values = {
        "name": name,
        "email": person.email,
        "attributes": {"city": city},
        "topics": [],
        "unsubscribe_url": UNSUBSCRIBE,
        "preferences_url": PREFERENCES,
    }
    shown = previewing.preview({**request, "values": values}, SETTINGS, _no_template).letter
    assert (shown.subject, shown.html) == (mail.subject, mail.html)
    # An empty block leaves its blank lines behind in SES; a preview is spared them.
    assert shown.text == re.sub(r"\n{3,}", "\n\n", mail.text)


def _no_template(name: str) -> writing.Draft:
    raise NotFoundError(name)


# A copy to try


def test_a_test_is_mailed_marked_as_one_and_lets_its_reader_leave(stack: Stack, ses: Any) -> None:
    ses.create_email_identity(EmailIdentity="list.example")
    ses.create_configuration_set(ConfigurationSetName="list-set")
    stack.put("ada@example.com", "active", name="Ada Lovelace")
    document = {
        "subject": "For {{name}}",
        "body": BODY,
        "to": ["ADA@example.com", "someone@example.com", "ada@example.com"],
    }
    answer = stack.http("drafts", "POST", "/drafts/test", json_body=document)
    assert answer.json == {"sent_to": ["ada@example.com", "someone@example.com"], "warnings": []}
    mails = requests.get(f"{ses.meta.endpoint_url}/mailbox/messages", timeout=10).json()
    assert [mail["subject"] for mail in mails] == ["[Test] For Ada Lovelace", "[Test] For there"]
    assert mails[0]["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://list.example/unsubscribe?token=" in mails[0]["headers"]["List-Unsubscribe"]
    assert mails[0]["tags"] == {"purpose": "test", "ses:feedback-id-a": "test"}


@pytest.mark.parametrize(
    "to",
    [None, [], "ada@example.com", ["nobody"], ["a@example.com"] * 3 + [f"b{n}@example.com" for n in range(9)], [7]],
)
def test_a_test_goes_to_one_to_ten_addresses(stack: Stack, ses: Any, to: Any) -> None:
    answer = stack.http("drafts", "POST", "/drafts/test", json_body={"subject": "x", "body": "y", "to": to})
    assert answer.status in (400, 422)


def test_a_letter_with_a_hole_is_not_mailed(stack: Stack, ses: Any) -> None:
    document = {"subject": "x", "body": "You live in {{attributes.city}}", "to": ["ada@example.com"]}
    answer = stack.http("drafts", "POST", "/drafts/test", json_body=document)
    assert answer.status == 422
    assert "attributes.city" in answer.json["error"]["message"]


# Readers


def test_an_audience_counts_the_active_people_in_it(stack: Stack) -> None:
    stack.put("a@example.com", "active", topics=["News"], attributes={"city": "Berlin"})
    stack.put("b@example.com", "active", topics=["Events"], attributes={"city": "Berlin"})
    stack.put("c@example.com", "active", topics=["News"])
    stack.put("d@example.com", "unsubscribed", topics=["News"], attributes={"city": "Berlin"})

    def size(audience: Any) -> Any:
        return stack.http("drafts", "POST", "/drafts/audience", json_body={"audience": audience}).json

    assert size(None) == {"people": 3, "exact": True}
    assert size({"topics": ["News"]}) == {"people": 2, "exact": True}
    assert size({"topics": ["News", "Events"], "attributes": {"city": "Berlin"}}) == {"people": 2, "exact": True}
    assert size({"attributes": {"city": "Rome"}}) == {"people": 0, "exact": True}


def test_a_filter_that_is_not_understood_is_refused(stack: Stack) -> None:
    answer = stack.http("drafts", "POST", "/drafts/audience", json_body={"audience": {"town": "Berlin"}})
    assert answer.status == 422


def test_counting_ends_in_time_and_says_that_there_may_be_more(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.wiring.reach.COUNTING_SECONDS", 0)
    crowded = [f"p{number}@example.com" for number in range(2000) if shard_of(f"p{number}@example.com", ACTIVE) == 3]
    for email in crowded[:25]:
        stack.put(email, "active", name="x" * 50_000)
    answer = stack.http("drafts", "POST", "/drafts/audience", json_body={"audience": None}).json
    assert not answer["exact"]
    assert 0 < answer["people"] < 25


@pytest.mark.parametrize("topics", [[], ["News"]])
def test_a_large_audience_is_taken_from_the_counters(stack: Stack, topics: list[str]) -> None:
    for book, name, amount in (("TOTALS", "active", 70_000), ("TOPICS", "News", 60_000)):
        stack.records.put_item(Item={"pk": book, "sk": name, "amount": amount})
    answer = stack.http("drafts", "POST", "/drafts/audience", json_body={"audience": {"topics": topics}}).json
    assert answer == {"people": 60_000 if topics else 70_000, "exact": True}


# What the author should know


UNSEEN = {"subject": "x", "body": "Hello\n\n[down](#end)"}
WARNING = {
    "code": "nowhere",
    "message": "#end does not exist in this letter: a click on it does nothing.",
    "part": "body",
    "line": 3,
}


def test_a_preview_and_a_test_carry_warnings(stack: Stack, ses: Any) -> None:
    ses.create_email_identity(EmailIdentity="list.example")
    ses.create_configuration_set(ConfigurationSetName="list-set")
    assert preview(stack, UNSEEN).json["warnings"] == [WARNING]
    assert preview(stack, {"subject": "x", "body": "y"}).json["warnings"] == []
    sent = stack.http("drafts", "POST", "/drafts/test", json_body={**UNSEEN, "to": ["ada@example.com"]})
    assert sent.json == {"sent_to": ["ada@example.com"], "warnings": [WARNING]}
