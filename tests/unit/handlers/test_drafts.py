"""Drafts: what a letter will look like, whom it will reach, and a copy of it to try."""

import re
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from email_list.aws.shards import ACTIVE, shard_of
from email_list.campaigns import drafts
from email_list.errors import NotFoundError
from email_list.mail import writing
from tests.unit.domain.letter_world import PREFERENCES, SETTINGS, UNSUBSCRIBE, delivered, reader
from tests.unit.handlers.conftest import Stack

BODY = """# Hello {{name}}

A **bold** word, [a link](https://example.org/?q={{name}}).

{{#if attributes.city}}You live in {{attributes.city}}.{{/if}}"""


def preview(stack: Stack, document: Any) -> Any:
    return stack.http("drafts", "POST", "/drafts/preview", json_body=document)


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
    shown = drafts.preview({**request, "values": values}, SETTINGS, _no_template).letter
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
    assert mails[0]["tags"] == {"purpose": "test"}


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
    monkeypatch.setattr("handlers.drafts.COUNTING_SECONDS", 0)
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
