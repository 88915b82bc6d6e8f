"""Templates: kept as written, and checked when saved."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from email_list.errors import ConflictError, InvalidError, NotFoundError
from email_list.mail import previewing, templates, writing
from email_list.mail.templates import Template, TemplatePage
from tests.unit.domain.letter_world import SETTINGS, delivered, reader

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DOCUMENT = {
    "subject": "{{headline}}",
    "html": "<h1>{{headline}}</h1>\n<p>Hello {{name}} from {{attributes.city}}</p>{{{text}}}",
    "description": "Ours",
    "defaults": {"attributes.city": "town"},
    "sample": {"headline": "A headline", "text": "Some *text*"},
}


class FakeStore:
    """Templates in memory."""

    def __init__(self) -> None:
        self.templates: dict[str, Template] = {}

    def get(self, name: str) -> Template | None:
        return self.templates.get(name)

    def put(self, template: Template, replaces: int) -> bool:
        current = self.templates.get(template.name)
        if (current.version if current else 0) != replaces:
            return False
        self.templates[template.name] = template
        return True

    def delete(self, name: str) -> bool:
        return self.templates.pop(name, None) is not None

    def page(self, limit: int, cursor: str | None) -> TemplatePage:
        names = [name for name in sorted(self.templates) if name > (cursor or "")]
        more = names[limit - 1] if len(names) > limit else None
        return TemplatePage([self.templates[name] for name in names[:limit]], more)


class Desk:
    """One list's templates."""

    def __init__(self) -> None:
        self.store = FakeStore()

    def save(self, name: str = "ours", replaces: int | None = None, **fields: Any) -> Template:
        return self.save_with_warnings(name, replaces, **fields)[0]

    def save_with_warnings(self, name: str, replaces: int | None = None, **fields: Any) -> tuple[Template, Any]:
        document = {**DOCUMENT, **fields}
        return templates.save(name, document, replaces, self.store, SETTINGS, clock=lambda: NOW)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_template_comes_back_exactly_as_it_was_written(desk: Desk) -> None:
    html = "<p\n>  {{ name }} \\{{x}} {{! a note }}</p>\n\n"
    saved = desk.save(html=html, text="{{~name}}\n", preheader="p", language="de")
    assert templates.find("ours", desk.store) == saved
    assert saved.to_json() == {
        "name": "ours",
        "subject": "{{headline}}",
        "html": html,
        "text": "{{~name}}\n",
        "preheader": "p",
        "language": "de",
        "defaults": {"attributes.city": "town"},
        "description": "Ours",
        "sample": DOCUMENT["sample"],
        "version": 1,
        "updated_at": "2026-05-01T12:00:00.000Z",
        "starter": False,
    }


def test_what_get_answers_can_be_put_again(desk: Desk) -> None:
    saved = desk.save()
    again = desk.save("copy", **{key: value for key, value in saved.to_json().items() if key != "name"})
    assert again.draft == saved.draft
    assert again.sample == saved.sample


@pytest.mark.parametrize("name", ["", "A", "-a", "a_b", "a" * 50, "ä", "a/b", "a\n"])
def test_a_name_that_no_address_should_hold_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(InvalidError, match="name"):
        desk.save(name)
    with pytest.raises(NotFoundError):
        templates.find(name, desk.store)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"html": "<p>\n{{name</p>"}, {"part": "html", "line": 2, "column": 1}),
        ({"subject": "{{#if x}}"}, {"part": "subject", "line": 1, "column": 1}),
        ({"text": "a\n  {{/if}}"}, {"part": "text", "line": 2, "column": 3}),
        ({"html": "<html>{{name}}</html>"}, {"part": "html", "line": 1, "column": 1}),
        ({"html": ""}, {"field": "html"}),
        ({"subject": ""}, {"field": "subject"}),
        ({"sample": []}, {"field": "values"}),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_nothing_is_stored(
    desk: Desk, fields: dict[str, Any], place: dict[str, Any]
) -> None:
    with pytest.raises(InvalidError) as caught:
        desk.save(**fields)
    assert caught.value.details == place
    assert not desk.store.templates


def test_a_template_that_gmail_would_clip_is_stored_with_a_warning(desk: Desk) -> None:
    _, warnings = desk.save_with_warnings("long", html=f"<p>{'x' * 110_000}</p>")
    assert [warning.code for warning in warnings] == ["too_long"]
    assert desk.save_with_warnings("short")[1] == []


def test_of_two_editors_the_second_is_told(desk: Desk) -> None:
    desk.save()
    desk.save(replaces=1, description="first editor")
    with pytest.raises(ConflictError, match="version 2") as caught:
        desk.save(replaces=1, description="second editor")
    assert caught.value.details == {"version": 2}
    assert desk.store.templates["ours"].description == "first editor"
    with pytest.raises(ConflictError):
        desk.save(replaces=0)


def test_a_change_between_reading_and_writing_is_not_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = desk.save()
    desk.save(description="another editor")
    monkeypatch.setattr(desk.store, "get", lambda name: seen)
    with pytest.raises(ConflictError):
        desk.save()


def test_a_deleted_template_is_gone(desk: Desk) -> None:
    desk.save()
    templates.delete("ours", desk.store)
    assert not desk.store.templates
    with pytest.raises(NotFoundError):
        templates.delete("ours", desk.store)


@pytest.mark.parametrize("name", ["announcement", "digest", "letter"])
def test_shipped_templates_can_be_used_copied_and_not_changed(desk: Desk, name: str) -> None:
    shipped = templates.find(name, desk.store)
    assert shipped.starter
    with pytest.raises(ConflictError, match="another name"):
        desk.save(name)
    with pytest.raises(ConflictError, match="cannot be deleted"):
        templates.delete(name, desk.store)
    document = shipped.to_json()
    copy, _ = templates.save("mine", document, document["version"], desk.store, SETTINGS)
    assert (copy.draft, copy.starter, copy.version) == (shipped.draft, False, 1)


@pytest.mark.parametrize("name", ["announcement", "digest", "letter"])
def test_a_shipped_template_closes_what_it_opens_whatever_is_left_out(name: str) -> None:
    template = templates.starters()[name]
    for left_out in [None, *(each["name"] for each in templates.variables(template, SETTINGS) if not each["required"])]:
        values = {key: value for key, value in template.sample.items() if key != left_out}
        shown = previewing.preview({"template": name, "values": values}, SETTINGS, lambda _: template.draft).letter.html
        for tag in ("table", "tr", "td", "p"):
            opened, closed = (len(re.findall(pattern, shown)) for pattern in (rf"<{tag}\b", f"</{tag}>"))
            assert opened == closed, (left_out, tag)


def test_the_listing_begins_with_the_shipped_templates_and_is_paged(desk: Desk) -> None:
    for name in ("b", "a", "c"):
        desk.save(name)
    first = templates.page(2, None, desk.store)
    assert [each.name for each in first.templates] == ["announcement", "digest", "letter", "a", "b"]
    assert [each.name for each in templates.page(2, first.cursor, desk.store).templates] == ["c"]


def test_changing_or_deleting_a_template_changes_no_campaign(desk: Desk) -> None:
    desk.save()
    request = {"template": "ours", "values": {"headline": "H", "text": "t"}}
    content = writing.compose(request, SETTINGS, templates.finder(desk.store)).content
    before = delivered(content, reader())
    desk.save(html="<p>Other</p>")
    templates.delete("ours", desk.store)
    assert delivered(content, reader()) == before
