"""The archive: what everybody may read of a campaign, from when to when, and that nothing of a reader is in it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from email_list.campaigns import issues
from email_list.campaigns.agenda import Agenda
from email_list.campaigns.archive import WINDOW, Archive, NotPublicError
from email_list.campaigns.campaign import Campaign, Status, new_id
from email_list.campaigns.desk import Desk
from email_list.campaigns.editing import Editor
from email_list.campaigns.letters import Writer
from email_list.campaigns.orders import Orders
from email_list.campaigns.web_rendering import WebVersions, render
from email_list.campaigns.web_version import WebVersion
from email_list.clock import iso
from email_list.errors import ConflictError, InvalidError
from email_list.mail import templates, writing
from email_list.mail.handlebars.tree import TemplateSyntaxError
from email_list.mail.writing import Draft
from email_list.pages import archive as pages
from email_list.pages import syndication
from email_list.pages.archive import Entry, Site
from email_list.pages.theme import Theme
from email_list.people.links import Links
from email_list.people.subscribers import Status as Standing
from email_list.people.subscribers import Subscriber
from email_list.people.tokens import LinkKeys, LinkTokens
from local.ses.handlebars import Template as SesTemplate
from tests.unit.domain.campaign_world import World, people
from tests.unit.domain.letter_world import SETTINGS as LIST

SETTINGS = replace(LIST, archive=True)
LINKS = Links(SETTINGS.public_url, LinkTokens(LinkKeys("1", {"1": "key"})))
WRITER = Writer(SETTINGS, LINKS)
LETTER = {"subject": "The fair", "body": "# The fair\n\n[Read it on the web]({{web_url}})\n\nIt begins at noon."}

NO_TEMPLATES: writing.FindTemplate = {}.__getitem__


class FakeWeb(dict[str, bytes]):
    """The `WebStore`, in a dictionary."""

    def put(self, letter: str, kept: bytes) -> None:
        self[letter] = kept

    def discard(self, letter: str) -> None:
        self.pop(letter, None)


class Newsroom(World):
    """The engine with letters as they really are, and an archive."""

    def __init__(self, *, has_archive: bool = True) -> None:
        super().__init__(people(5))
        self.kept = FakeWeb()
        self.own_templates: dict[str, Draft] = {}
        web = WebVersions(self.kept, SETTINGS) if has_archive else None
        orders = Orders(self._compose, WRITER.letter, self.press, self.drafts, self.segments.filter, web, self.clock)
        agenda = Agenda(self.schedule, self.starter, self.clock)
        archive_url = SETTINGS.public_url if has_archive else None
        self.desk = Desk(
            self.store, self.feedback, orders, agenda, self.starter, self.pace.rate, archive_url, self.clock
        )
        self.editor = Editor(self.store, orders, self.drafts, agenda, self.clock)
        self.archive = Archive(self.store.get, self.store.newest, self.kept.get)

    def _compose(self, source: Mapping[str, Any]) -> Any:
        return writing.compose(source, SETTINGS, lambda name: self.own_templates[name])

    def change(self, campaign_id: str, **request: Any) -> Campaign:
        return self.editor.change(self.desk.get(campaign_id), request).campaign

    def read(self, campaign_id: str) -> WebVersion:
        """What is at the address of a campaign's web version."""
        campaign = self.desk.get(campaign_id)
        return self.archive.issue(issues.slug(campaign))[1]

    def listed(self) -> list[str]:
        return [campaign.id for campaign in self.archive.page().issues]


@pytest.fixture
def room() -> Newsroom:
    return Newsroom()


def web_version(source: Mapping[str, Any], find: Any = None) -> WebVersion:
    return render(writing.compose(source, SETTINGS, find or (lambda name: templates.starters()[name].draft)), SETTINGS)


# Being public


def test_a_public_campaign_can_be_read_before_its_first_email_and_is_listed_once_it_is_sent(room: Newsroom) -> None:
    campaign = room.create(**LETTER, public=True)
    assert not room.ses.mails
    assert "It begins at noon." in room.read(campaign).body
    assert room.listed() == []
    room.run(campaign)
    assert room.status(campaign) is Status.SENT
    assert room.listed() == [campaign]


def test_the_link_in_the_email_leads_to_the_web_version(room: Newsroom) -> None:
    campaign = room.desk.get(room.create(**LETTER, public=True))
    letter = WRITER.letter(campaign, people(1)[0])
    for part in (room.press.templates[campaign.template].html, room.press.templates[campaign.template].text):
        assert f"{SETTINGS.public_url}/archive/the-fair-{campaign.id.lower()}" in SesTemplate(part).render(
            dict(letter.values)
        )
    assert room.desk.show(campaign)["web_url"] == f"{SETTINGS.public_url}/archive/the-fair-{campaign.id.lower()}"


def test_the_switch_takes_a_campaign_back_and_makes_it_public_again(room: Newsroom) -> None:
    campaign = room.create(**LETTER, public=True)
    room.run(campaign)
    before = room.read(campaign)
    assert room.change(campaign, public=False).public is False
    assert room.listed() == []
    assert room.desk.show(room.desk.get(campaign))["web_url"] is None
    with pytest.raises(NotPublicError):
        room.read(campaign)
    room.change(campaign, public=True)
    assert (room.listed(), room.read(campaign)) == ([campaign], before)


def test_what_is_made_public_later_is_what_was_sent_though_its_template_has_changed_since(room: Newsroom) -> None:
    room.own_templates["mine"] = Draft("{{headline}}", html="<p>As it was.</p>{{> footer}}")
    campaign = room.desk.create({"template": "mine", "values": {"headline": "The fair"}}).campaign.id
    room.run(campaign)
    with pytest.raises(NotPublicError):
        room.read(campaign)
    del room.own_templates["mine"]
    room.change(campaign, public=True)
    assert "As it was." in room.read(campaign).body


def test_a_campaign_from_before_the_archive_gets_its_web_version_when_it_becomes_public() -> None:
    before, room = Newsroom(has_archive=False), Newsroom()
    campaign = before.create(subject="The fair", body="It begins at noon.")
    before.run(campaign)
    assert not before.kept
    room.store, room.archive = before.store, Archive(before.store.get, before.store.newest, room.kept.get)
    room.editor._store = before.store
    room.desk._store = before.store
    room.change(campaign, public=True)
    assert (room.read(campaign).title, room.listed()) == ("The fair", [campaign])


def test_a_campaign_whose_letter_can_no_longer_be_rendered_does_not_become_public(room: Newsroom) -> None:
    campaign = room.create(subject="The fair", body="It begins at noon.")
    room.store.campaigns[campaign] = replace(room.desk.get(campaign), title="")
    room.store.letters[campaign, ""] = {"subject": "The fair", "body": "{{attributes.city}}"}
    with pytest.raises(ConflictError, match="can no longer be rendered"):
        room.change(campaign, public=True)


@pytest.mark.parametrize("wrong", [1, "yes", None, {}])
def test_public_is_true_or_false(room: Newsroom, wrong: object) -> None:
    with pytest.raises(InvalidError, match="public must be true or false"):
        room.create(public=wrong)
    campaign = room.create()
    with pytest.raises(InvalidError, match="public must be true or false"):
        room.change(campaign, public=wrong)
    with pytest.raises(InvalidError, match="only field"):
        room.change(campaign, public=True, audience=None)


def test_without_an_archive_no_campaign_is_public() -> None:
    room = Newsroom(has_archive=False)
    with pytest.raises(InvalidError, match="has no archive"):
        room.create(public=True)
    campaign = room.create(public=False)
    with pytest.raises(InvalidError, match="has no archive"):
        room.change(campaign, public=True)


# Links to the web version


def test_a_link_to_a_web_version_that_nobody_could_read_is_an_error_where_it_was_written(room: Newsroom) -> None:
    with pytest.raises(TemplateSyntaxError, match="make the campaign public, or take the link out") as error:
        room.create(**LETTER)
    assert error.value.details == {"part": "body", "line": 3, "column": 22}
    campaign = room.create(hold=True)
    with pytest.raises(TemplateSyntaxError):
        room.change(campaign, letter=LETTER)
    room.change(campaign, public=True)
    assert room.change(campaign, letter=LETTER).title == "The fair"


def test_a_campaign_that_has_yet_to_be_sent_is_not_taken_back_while_its_letter_links_to_it(room: Newsroom) -> None:
    campaign = room.create(**LETTER, public=True, hold=True)
    with pytest.raises(ConflictError, match="Take the link out of the letter first"):
        room.change(campaign, public=False)
    room.change(campaign, letter={"subject": "The fair", "body": "It begins at noon."})
    assert room.change(campaign, public=False).public is False


def test_an_edited_letter_replaces_its_web_version(room: Newsroom) -> None:
    campaign = room.create(**LETTER, public=True, hold=True)
    old = issues.slug(room.desk.get(campaign))
    room.change(campaign, letter={"subject": "The autumn fair", "body": "It begins at one."})
    assert "It begins at one." in room.read(campaign).body
    assert len(room.kept) == 1
    # Who has the old address gets there all the same.
    assert room.archive.issue(old)[0].title == "The autumn fair"


# Addresses


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("The fair", "the-fair-"),
        ("Über Straßen & Łódź: 50 %!", "ueber-strassen-lodz-50-"),
        ("Привет", ""),
        ("a" * 200, "a" * 60 + "-"),
        ("word " * 40, "word-" * 12),
        ("", ""),
        ("../../console", "console-"),
    ],
)
def test_an_address_has_the_titles_words_and_the_id(room: Newsroom, title: str, words: str) -> None:
    campaign = replace(room.desk.get(room.create()), title=title)
    assert issues.slug(campaign) == words + campaign.id.lower()
    assert issues.id_of(issues.slug(campaign)) == campaign.id
    assert issues.id_of(f"other-words-{campaign.id.lower()}") == campaign.id


@pytest.mark.parametrize("slug", ["", "the-fair", "the-fair-" + "u" * 26, "x" * 5000, "\u0131" * 26])
def test_what_is_no_address_of_a_campaign_finds_nothing(room: Newsroom, slug: str) -> None:
    with pytest.raises(NotPublicError):
        room.archive.issue(slug)


# The list


def test_the_list_goes_by_when_issues_were_sent_and_every_page_leads_to_the_next(room: Newsroom) -> None:
    start = room.clock()
    for number in range(WINDOW + 5):
        moment = start + timedelta(minutes=number)
        # One was scheduled, and sent after all that came next.
        cutoff = iso(moment + timedelta(days=number == 20))
        campaign = Campaign(new_id(moment), Status.SENT, str(number), "", "", cutoff=cutoff, public=True)
        room.store.campaigns[campaign.id] = campaign
    first = room.archive.page()
    assert [int(each.subject) for each in first.issues] == [20, *range(WINDOW + 4, 20, -1), *range(19, 4, -1)]
    second = room.archive.page(first.cursor)
    assert [int(each.subject) for each in second.issues] == [4, 3, 2, 1, 0]
    assert second.cursor is None
    assert len(room.archive.latest()) == WINDOW + 5


def test_a_page_skips_campaigns_that_are_not_public_but_not_for_ever(room: Newsroom) -> None:
    for number in range(7 * WINDOW):
        campaign = Campaign(new_id(room.clock() + timedelta(seconds=number)), Status.SENT, "Secret", "", "")
        room.store.campaigns[campaign.id] = campaign
    page = room.archive.page()
    assert not page.issues
    assert page.cursor
    assert room.archive.page(page.cursor).cursor is None


# What a web version is


def test_a_web_version_is_the_letter_of_a_person_who_gave_nothing() -> None:
    letter = {
        "subject": "{{name}}, the fair",
        "preheader": "For {{name}} & you",
        "body": "Dear {{name}},\n\n{{#if attributes.city}}In {{attributes.city}}.{{else}}Anywhere.{{/if}}\n\n"
        "See you{{#each topics}} for {{this}}{{/each}}, {{attributes.nick}}!",
        "defaults": {"name": "reader", "attributes.nick": "friend"},
    }
    version = web_version(letter)
    links = {
        "subject": "Hi",
        "body": "Come:\n\n- [The list](https://www.example.org/a)\n- [The way](https://www.example.org/b)",
    }
    assert web_version(links).summary == "Come: The list. The way."
    assert version.title == "reader, the fair"
    assert version.summary == "For reader & you"
    assert web_version({**letter, "preheader": ""}).summary == "Dear reader, Anywhere. See you, friend!"
    assert "Dear reader," in version.body
    assert "For reader" not in version.body


def test_links_that_would_be_a_readers_own_go_and_all_others_stay() -> None:
    html = (
        "<!doctype html><html lang='de'><head><title>x</title><style>@media print{p{color:red}}</style></head>"
        "<body class='a'><p>Hello</p>"
        "<p><a href='{{web_url}}'>In the browser</a></p><a href='https://example.org/?back={{unsubscribe_url}}'>gone</a>"
        "<a href='https://example.org/' ses:no-track>Stay <b>here</b></a> {{preferences_url}}"
        "<p>{{> footer}}</p><p><a href='{{unsubscribe_url}}'><b>Leave <i>now</i></b></a></p></body></html>"
    )
    version = web_version({"subject": "x", "html": html})
    assert version.language == "de"
    assert version.attributes == {"class": "a"}
    assert "print" in version.styles
    assert '<a href="https://example.org/">Stay <b>here</b></a>' in version.body
    assert "1 Hill Road" in version.body
    for gone in (
        "reader.invalid",
        "browser",
        "gone",
        "Leave",
        "Unsubscribe",
        "no-track",
    ):
        assert gone not in json.dumps(version.to_bytes().decode()), gone


def test_a_web_version_has_no_css_that_only_email_clients_know() -> None:
    styles = web_version({"subject": "x", "body": "Hello."}).styles
    assert ":root{color-scheme:light dark" in styles
    assert "supported-color-schemes" not in styles


def test_a_page_whose_author_names_no_language_has_the_lists_and_never_the_word_auto() -> None:
    html = "<html><body><p>Hello</p>{{> footer}}</body></html>"
    for configured, expected in ("de", "de"), ("auto", "en"):
        settings = replace(SETTINGS, language=configured)
        composed = writing.compose({"subject": "x", "html": html}, settings, NO_TEMPLATES)
        assert render(composed, settings).language == expected


def test_the_first_picture_is_the_one_that_previews_of_links_show() -> None:
    letter = {"subject": "x", "body": "![a](data:image/png;base64,xx)\n\n![b](https://example.org/b.png)"}
    assert web_version(letter).picture == "https://example.org/b.png"


@pytest.mark.parametrize("name", sorted(templates.starters()))
def test_every_starter_template_has_a_web_version(name: str) -> None:
    starter = templates.starters()[name]
    version = web_version({"template": name, "values": starter.sample})
    assert version.body
    assert "reader.invalid" not in version.to_bytes().decode()


# Nothing of a reader

WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=8, max_size=12)
PERSON = st.builds(
    lambda name, box, city, nonce: Subscriber(
        email=f"{box}@{city}.example",
        status=Standing.ACTIVE,
        subscribed_date="2026-01-01T00:00:00.000Z",
        name=f"Zz{name}",
        attributes={"city": f"Qq{city}", "member": f"Yy{box}"},
        topics=(f"Xx{name}",),
        nonce=nonce,
    ),
    *(WORD, WORD, WORD, WORD),
)
PIECES = (
    "Dear {{name}},",
    "[Leave]({{unsubscribe_url}})",
    "[Choose]({{preferences_url}}) or [read]({{web_url}})",
    "<{{unsubscribe_url}}>",
    "{{unsubscribe_url}}",
    "[Us](https://example.org/?who={{email}}&city={{attributes.city}}&back={{preferences_url}})",
    "![{{name}}](https://example.org/{{attributes.member}}.png)",
    "{{#if attributes.city}}In {{attributes.city}}{{else}}Nowhere{{/if}}",
    "{{#each topics}}* {{this}}\n{{/each}}",
    "{{#unless name}}Nameless{{/unless}}",
    "| {{name}} | {{email}} |\n|---|---|\n| {{attributes.city}} | {{attributes.member}} |",
    "`{{email}}`",
)
HTML_PIECES = (
    "<p title='{{name}}'>{{email}}</p>",
    "<a href='{{unsubscribe_url}}' title='{{email}}'>x<br><b>y</b></a>",
    "<img alt='{{name}}' src='https://example.org/{{email}}.png'>",
    "<table><tr><td bgcolor='#ffffff'><a href=\"{{preferences_url}}\">x</a></td></tr></table>",
    "<form action='https://example.org/?u={{unsubscribe_url}}'><input name='a' value='{{email}}'></form>",
    "<!-- a comment --><p>{{attributes.city}}</p>",
    "<a href='https://example.org/{{attributes.member}}?r={{web_url}}'>x</a>",
)
LETTERS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1).map(lambda pieces: {"body": "\n\n".join(pieces)}),
    st.lists(st.sampled_from(HTML_PIECES), min_size=1).map(lambda pieces: {"html": "".join(pieces) + "{{> footer}}"}),
    st.lists(st.sampled_from(HTML_PIECES), min_size=1).map(
        lambda pieces: {"html": f"<html><body style='margin:0'>{''.join(pieces)}{{{{> footer}}}}</body></html>"}
    ),
)
DEFAULTS = {"attributes.city": "town", "attributes.member": "0"}


@given(person=PERSON, letter=LETTERS, subject=st.sampled_from(["The fair", "{{name}}, the fair", "For {{email}}"]))
def test_no_byte_of_the_archive_is_of_a_reader(person: Subscriber, letter: dict[str, str], subject: str) -> None:
    source = {"subject": subject, "defaults": DEFAULTS, **letter}
    composed = writing.compose(source, SETTINGS, lambda name: templates.starters()[name].draft)
    room = Newsroom()
    campaign = room.desk.create({**source, "public": True}).campaign
    mail = WRITER.letter(campaign, person)
    sent = "".join(
        SesTemplate(part).render(dict(mail.values)) for part in (composed.content.html, composed.content.text)
    )
    token = mail.headers["List-Unsubscribe"].strip("<>").partition("token=")[2]
    assert token in sent
    site = Site(Theme(SETTINGS.name), SETTINGS.public_url)
    entry = Entry(
        campaign.id, campaign.title, campaign.summary, "https://list.example/a", campaign.created_at, date(2026, 11, 2)
    )
    version = WebVersion.read(room.kept[campaign.template])
    served = (
        *(room.kept[campaign.template].decode(), pages.issue(site, entry, version, [], captcha=False).body),
        *(pages.listing(site, [entry], None, None).body, syndication.atom(site, [entry]).decode()),
    )
    own = (person.email, person.name, *map(str, person.attributes.values()), *person.topics, person.nonce, token)
    for text in served:
        for value in (*own, "reader.invalid", "token=", "/unsubscribe", "/preferences", "no-track"):
            assert value not in text, value
