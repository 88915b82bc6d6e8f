"""The pages that subscribers see: readable by everyone, in every language, and closed to whatever people type."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from email_list import pages
from email_list.http import Response
from email_list.mail import colors
from email_list.mail.colors import DARK, LIGHT, palette
from email_list.pages import texts
from email_list.pages.theme import stylesheet
from email_list.people.subscribers import Status, Subscriber
from email_list.settings import Topic
from email_list.words import languages

THEME = pages.Theme(
    "Friends of the Museum",
    privacy_url="https://museum.example/privacy",
    website_url="https://museum.example",
    description="What is on at the museum.",
    postal_address="Museum, 1 High Street, 12345 Town",
)
AA_CONTROL = 3.0
"""The least contrast of a control's edge (WCAG 2.2, 1.4.11)."""

TOPICS = (Topic("Exhibitions", "Openings and tours."), Topic("Workshops"))
ADA = Subscriber("ada@example.org", Status.ACTIVE, "2026-11-24", name="Ada", topics=("Workshops",))

HOSTILE = [
    "<script>alert(1)</script>",
    """"><img src=x onerror='alert(1)'>""",
    "{{ theme }} {email} {% raw %}",
    "\u202egnp.exe\u2066",
    "x" * 500,
]
ACCENTS = ["#1a5fb4", "#f5c211", "#ffffff", "#000000", "#808080", "#2e7d32", "#e01b24", "#777777", "#00ffff"]

Page = Callable[[pages.Theme, str], Response]
"""A page as a function of its theme and of a text that stands wherever someone's own words can."""

FORM_ERRORS = {
    "email": pages.FieldError.INVALID_ADDRESS,
    "name": pages.FieldError.TOO_LONG,
    "captcha": pages.FieldError.CAPTCHA_FAILED,
}
PAGES: dict[str, Page] = {
    "subscribe": lambda theme, text: pages.subscribe_form(theme, "subscribe", [*TOPICS, Topic(text, text)]),
    "subscribe, refused": lambda theme, text: pages.subscribe_form(
        theme, "subscribe", TOPICS, {"email": text, "name": text}, FORM_ERRORS, captcha_site_key=text
    ),
    "check inbox": lambda theme, text: pages.check_inbox(theme),
    "subscribed": lambda theme, text: pages.subscribed(theme),
    "already subscribed": lambda theme, text: pages.already_subscribed(theme),
    "confirm": lambda theme, text: pages.confirm(
        theme, "confirm", text, Subscriber(text, Status.PENDING, "", text, [text], {text: text, "seats": 2}, text)
    ),
    "confirmed": lambda theme, text: pages.confirmed(theme, f"preferences?token={text}"),
    "unsubscribe": lambda theme, text: pages.unsubscribe(theme, "unsubscribe", text, text, "preferences"),
    "unsubscribed": lambda theme, text: pages.unsubscribed(theme, "subscribe"),
    "preferences": lambda theme, text: pages.preferences(
        theme, "preferences", text, replace(ADA, email=text, name=text), [*TOPICS, Topic(text, text)], saved=True
    ),
    "preferences of somebody out of reach": lambda theme, text: pages.preferences(
        theme, "preferences", text, replace(ADA, name=text, status=Status.BOUNCED), TOPICS
    ),
    "data link sent": lambda theme, text: pages.data_link_sent(theme),
    "data": lambda theme, text: pages.data(theme, "data", text, replace(ADA, email=text, name=text)),
    "data, refused": lambda theme, text: pages.data(
        theme, "data", text, replace(ADA, name=text), {"name": pages.FieldError.TOO_LONG}
    ),
    "name saved": lambda theme, text: pages.name_saved(theme),
    "erased": lambda theme, text: pages.erased(theme),
}
PAGES |= {
    f"problem, {kind}": lambda theme, text, kind=kind: pages.problem(theme, 400, kind, "subscribe")
    for kind in pages.Problem
}

every_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
every_language = pytest.mark.parametrize("language", languages())

VOID = {"meta", "input", "br"}


class Document(HTMLParser):
    """A parsed page: its elements as (tag, attributes), and the text in it. Fails on elements that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute given twice on {tag}: {attrs}"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    def fields(self) -> list[dict[str, str]]:
        return [field for field in self.all("input", "textarea", "select") if field.get("type") != "hidden"]

    def hidden(self) -> dict[str, str]:
        return {field["name"]: field["value"] for field in self.all("input") if field.get("type") == "hidden"}

    def by_id(self, identifier: str) -> dict[str, str]:
        (element,) = [attributes for _, attributes in self.elements if attributes.get("id") == identifier]
        return element


def policy(response: Response) -> Mapping[str, str]:
    directives = response.headers["content-security-policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


@every_page
@every_language
def test_a_page_is_well_formed_and_says_its_language_and_subject(page: Page, language: str) -> None:
    document = Document(page(replace(THEME, language=language), "word").body)
    assert document.all("html") == [{"lang": language}]
    assert len(document.all("h1")) == len(document.all("main")) == len(document.all("title")) == 1
    viewports = [meta["content"] for meta in document.all("meta") if meta.get("name") == "viewport"]
    assert viewports == ["width=device-width, initial-scale=1"]
    assert "{" not in document.text


@every_page
@every_language
def test_every_field_has_a_label_and_every_reference_has_its_target(page: Page, language: str) -> None:
    document = Document(page(replace(THEME, language=language), "word").body)
    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = [label["for"] for label in document.all("label")]
    assert sorted(labelled) == sorted(field["id"] for field in document.fields())
    for _, attributes in document.elements:
        assert set(attributes.get("aria-describedby", "").split()) <= set(ids)


@every_page
def test_a_page_runs_no_script_of_its_own_and_loads_nothing(page: Page) -> None:
    document = Document(page(THEME, "word").body)
    for tag, attributes in document.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert not attributes.get("href", "").lower().startswith(("javascript:", "data:"))
        assert tag not in {"img", "link", "iframe", "object", "embed", "base"}
    sources = [script["src"] for script in document.all("script")]
    assert sources in ([], ["https://challenges.cloudflare.com/turnstile/v0/api.js"])


@every_page
@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_type_stays_text(page: Page, text: str) -> None:
    """The page has exactly the elements it has for a plain word, and the text arrives as it was typed."""
    harmless = Document(page(replace(THEME, list_name="word", postal_address="word"), "word").body)
    hostile = Document(page(replace(THEME, list_name=text, postal_address=text), text).body)

    def structure(document: Document) -> list[tuple[str, list[str]]]:
        # A list's mark shows its first letter, and a name may have none.
        return [(tag, sorted(attributes)) for tag, attributes in document.elements if attributes.get("class") != "mark"]

    assert structure(hostile) == structure(harmless)
    assert text in hostile.text


@pytest.mark.parametrize("text", HOSTILE)
def test_typed_values_come_back_in_their_fields(text: str) -> None:
    form = pages.subscribe_form(
        THEME, "subscribe", TOPICS, {"email": text, "name": text, "topic.Workshops": "on"}, FORM_ERRORS
    )
    document = Document(form.body)
    assert document.by_id("email")["value"] == document.by_id("name")["value"] == text
    assert [field["name"] for field in document.fields() if "checked" in field] == ["topic.Workshops"]


@every_page
def test_the_security_policy_allows_the_style_that_is_served_and_nothing_else(page: Page) -> None:
    response = page(THEME, "word")
    (style,) = re.findall(r"<style>(.*?)</style>", response.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    directives = dict(policy(response))
    captcha = {directives.pop("script-src", None), directives.pop("frame-src", None)}
    assert captcha == ({"https://challenges.cloudflare.com"} if 'class="cf-turnstile"' in response.body else {None})
    assert directives == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


@every_page
def test_a_page_and_the_token_in_its_address_stay_with_the_reader(page: Page) -> None:
    headers = page(THEME, "word").headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


@every_page
def test_only_the_sign_up_form_may_be_found_by_search_engines(page: Page) -> None:
    response = page(THEME, "word")
    is_sign_up = 'name="homepage"' in response.body
    assert ("x-robots-tag" not in response.headers) == is_sign_up


def test_statuses_tell_programs_what_the_pages_tell_people() -> None:
    assert PAGES["subscribe"](THEME, "").status == 200
    assert PAGES["subscribe, refused"](THEME, "").status == 400
    assert PAGES["data, refused"](THEME, "").status == 400
    assert pages.check_inbox(THEME).status == 202
    assert pages.already_subscribed(THEME).status == 409
    assert pages.problem(THEME, 410, pages.Problem.EXPIRED_LINK).status == 410


def test_people_and_screen_readers_do_not_meet_the_honeypot_but_programs_do() -> None:
    body = pages.subscribe_form(THEME, "subscribe", TOPICS).body
    trap = Document(body).by_id(pages.HONEYPOT_FIELD)
    assert (trap["name"], trap["tabindex"], trap["autocomplete"]) == (pages.HONEYPOT_FIELD, "-1", "off")
    (wrapper,) = re.findall(r"<div([^>]*)>\s*<label for=\"homepage\">", body)
    assert 'class="trap" aria-hidden="true"' in wrapper
    (rule,) = re.findall(r"\.trap \{(.*?)\}", body)
    assert "position: absolute; left: -9999px" in rule


def test_an_error_is_announced_and_tied_to_its_field() -> None:
    document = Document(PAGES["subscribe, refused"](THEME, "word").body)
    assert [element["role"] for _, element in document.elements if "alert" in element.get("role", "")] == ["alert"]
    email, name = document.by_id("email"), document.by_id("name")
    assert (email["aria-invalid"], email["aria-describedby"]) == ("true", "email-error")
    assert (name["aria-invalid"], name["aria-describedby"]) == ("true", "name-hint name-error")
    assert [field["id"] for field in document.fields() if "autofocus" in field] == ["email"]
    assert document.text.lstrip().startswith("Error: ")


def test_saving_is_confirmed_as_a_status() -> None:
    saved = pages.preferences(THEME, "preferences", "t", ADA, TOPICS, saved=True)
    unsaved = pages.preferences(THEME, "preferences", "t", ADA, TOPICS)
    assert 'role="status"' in saved.body
    assert 'role="status"' not in unsaved.body


def test_a_page_opened_from_a_link_acts_only_by_its_button() -> None:
    for page, action in [("confirm", "confirm"), ("unsubscribe", "unsubscribe")]:
        document = Document(PAGES[page](THEME, "the.token").body)
        assert document.all("form") == [{"method": "post", "action": action, "accept-charset": "utf-8"}]
        assert document.hidden() == {"token": "the.token", "language": "en"}
        assert [button["type"] for button in document.all("button")] == ["submit"]


def test_the_preferences_show_the_name_and_topics_and_name_each_action() -> None:
    response = pages.preferences(THEME, "preferences", "t", ADA, TOPICS, unsubscribe_url="unsubscribe?token=u")
    document = Document(response.body)
    assert "(Ada)" in document.text
    assert {field["name"] for field in document.fields()} - {"token", "language"} == {
        pages.topic_field(topic) for topic in TOPICS
    }
    assert [field["name"] for field in document.fields() if "checked" in field] == ["topic.Workshops"]
    assert [button["value"] for button in document.all("button")] == ["save", "download", "erase"]
    assert "unsubscribe?token=u" in [link["href"] for link in document.all("a")]


def test_the_preferences_of_someone_who_left_do_not_offer_to_leave() -> None:
    document = Document(pages.preferences(THEME, "preferences", "t", ADA, TOPICS).body)
    assert not [link for link in document.all("a") if "unsubscribe" in link["href"]]


def test_nobody_is_offered_a_link_by_email_whom_no_email_reaches() -> None:
    page = pages.preferences(THEME, "preferences", "t", replace(ADA, status=Status.COMPLAINED), TOPICS)
    assert [button["value"] for button in Document(page.body).all("button")] == ["save"]


def test_each_button_of_the_data_page_stands_for_itself() -> None:
    document = Document(pages.data(THEME, "data", "t", ADA).body)
    assert [form["method"] for form in document.all("form")] == ["post"] * 3
    assert [button["value"] for button in document.all("button")] == ["download", "save", "erase"]
    assert document.by_id("name")["value"] == "Ada"


def test_a_problem_offers_a_way_on_only_where_there_is_one() -> None:
    without = Document(pages.problem(THEME, 503, pages.Problem.TRY_LATER).body)
    assert [link["href"] for link in without.all("a")] == ["https://museum.example", "https://museum.example/privacy"]
    within = Document(pages.problem(THEME, 410, pages.Problem.EXPIRED_LINK, "subscribe").body)
    assert "subscribe" in [link["href"] for link in within.all("a")]


@every_language
def test_the_consent_wording_to_store_is_the_one_shown(language: str) -> None:
    theme = replace(THEME, language=language, list_name="Fish & <Chips>")
    wording = pages.consent_wording(theme)
    assert "Fish & <Chips>" in wording
    shown = [
        pages.subscribe_form(theme, "subscribe", TOPICS).body,
        pages.confirm(theme, "confirm", "t", ADA).body,
        pages.embed_snippet(theme, "https://list.example/subscribe", TOPICS),
    ]
    for body in shown:
        document = Document(body)
        assert wording in document.text
        assert document.hidden()["language"] == language


def test_topics_are_read_back_from_the_form_in_the_lists_order() -> None:
    topics = [Topic("Ä & Ö"), Topic("B"), Topic("C")]
    form = {pages.topic_field(topic): "on" for topic in reversed(topics[:2])}
    assert pages.chosen_topics(form | {"topic.unknown": "on"}, topics) == ["Ä & Ö", "B"]


@pytest.mark.parametrize("text", ["word", *HOSTILE])
def test_the_snippet_has_the_fields_of_the_sign_up_form(text: str) -> None:
    topics = [*TOPICS, Topic(text, text)]
    snippet = Document(pages.embed_snippet(THEME, "https://list.example/subscribe", topics))
    form = Document(pages.subscribe_form(THEME, "subscribe", topics).body)

    def names(document: Document) -> list[str]:
        return [field["name"] for field in document.all("input")]

    assert names(snippet) == names(form)
    assert snippet.all("form")[0]["action"] == "https://list.example/subscribe"
    assert sorted(label["for"] for label in snippet.all("label")) == sorted(field["id"] for field in snippet.fields())
    assert not snippet.all("script")


def test_the_snippet_carries_the_captcha_where_the_list_asks_for_one() -> None:
    snippet = Document(pages.embed_snippet(THEME, "https://list.example/subscribe", (), "site-key"))
    assert [box["data-sitekey"] for box in snippet.all("div") if box.get("class") == "cf-turnstile"] == ["site-key"]
    assert len(snippet.all("script")) == 1


@pytest.mark.parametrize("base", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("accent", ACCENTS)
def test_everything_can_be_read_with_any_accent_colour(accent: str, base: dict[str, str]) -> None:
    shades = palette(accent, base)
    text_pairs = [("on-accent", "accent"), ("on-danger", "danger")]
    text_pairs += [
        (ink, ground) for ink in ("ink", "muted", "link", "danger", "success") for ground in ("page", "surface")
    ]
    for ink, ground in text_pairs:
        assert colors.contrast(shades[ink], shades[ground]) >= colors.AA_TEXT, (ink, ground)
    for edge in ("edge", "link", "danger"):
        assert colors.contrast(shades[edge], shades["surface"]) >= AA_CONTROL, edge


def test_contrast_is_the_one_that_wcag_defines() -> None:
    assert colors.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colors.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert colors.contrast("#777777", "#777777") == 1


def test_a_readable_accent_is_kept_as_configured() -> None:
    assert palette("#1a5fb4", LIGHT)["link"] == "#1a5fb4"
    assert palette("#f5c211", LIGHT)["link"] != "#f5c211"


def test_the_style_uses_only_colours_that_both_schemes_define() -> None:
    style = stylesheet("#1a5fb4")
    assert set(re.findall(r"var\(--([a-z-]+)\)", style)) == set(palette("#1a5fb4", LIGHT))
    assert palette("#1a5fb4", LIGHT).keys() == palette("#1a5fb4", DARK).keys()
    assert "url(" not in style


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accent_color", "red;}body{display:none"),
        ("accent_color", "#1a5fb4\n"),
        ("language", "xx"),
        ("privacy_url", "javascript:alert(1)"),
        ("website_url", "museum.example"),
        ("logo_url", "data:image/png;base64,"),
    ],
)
def test_a_theme_that_cannot_be_used_is_refused_by_name(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=field):
        replace(THEME, **{field: value})


def test_a_value_in_a_text_is_escaped() -> None:
    assert texts.marked("en", "preferences.text", email="<b>") == "For &lt;b&gt;"


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (None, "en"),
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("tlh, en;q=0.5, de;q=0.7", "de"),
        ("de;q=0, en;q=0.1", "en"),
        ("EN;q=0.3, DE ; q=0.4", "de"),
        ("de;q=high", "en"),
        ("de;q=nan, en;q=0.1", "en"),
        ("tlh, *", "en"),
        (";;;,,=q;" * 500, "en"),
    ],
)
def test_with_auto_the_readers_own_language_is_chosen(header: str | None, answer: str) -> None:
    assert pages.language(header, "auto") == answer


def test_a_configured_language_holds_for_every_reader() -> None:
    assert pages.language("en", "de") == "de"


def test_the_answer_follows_the_language_a_form_was_shown_in() -> None:
    assert pages.language("en", "en", shown="de") == "de"
    assert pages.language("en", "en", shown="<script>") == "en"


def test_a_language_without_texts_is_refused() -> None:
    with pytest.raises(ValueError, match=r"auto or one of .*, not 'xx'"):
        pages.language(None, "xx")


def test_a_page_shows_whose_it_is_and_loads_nothing_but_the_logo() -> None:
    dressed = replace(THEME, logo_url="https://img.museum.example/logo.png")
    answer = pages.subscribe_form(dressed, "subscribe", TOPICS)
    assert 'src="https://img.museum.example/logo.png"' in answer.body
    assert '<a class="brand" href="https://museum.example">' in answer.body
    assert "What is on at the museum." in answer.body
    assert "img-src https://img.museum.example;" in f"{answer.headers['content-security-policy']};"
    bare = pages.subscribe_form(pages.Theme("News"), "subscribe", TOPICS)
    assert "<img" not in bare.body
    assert "img-src" not in bare.headers["content-security-policy"]
