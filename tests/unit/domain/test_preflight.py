"""Preflight: forty newsletters, what it must find of each, and no word about those that are good."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from email_list.campaigns.campaign import Plan
from email_list.campaigns.findings import CODES
from email_list.campaigns.orders import Orders
from email_list.campaigns.pace import Account
from email_list.campaigns.preflight import Preflight
from email_list.campaigns.reach import Reach
from email_list.campaigns.trials import fingerprint
from email_list.campaigns.warm_up import Curve
from email_list.clock import iso
from email_list.errors import EmailListError, OvertakenError
from email_list.mail import templates, warnings, writing
from email_list.mail.warnings import CODES as LETTER_CODES
from email_list.people.segments import Found
from email_list.people.subscribers import Subscriber
from tests.unit.domain.campaign_world import World, letter, people
from tests.unit.domain.letter_world import SETTINGS

BERLIN = ZoneInfo("Europe/Berlin")
EVERYBODY, NOBODY = 100, 0


def find_template(name: str) -> writing.Draft:
    return templates.starters()[name].draft


def examine(source: Mapping[str, Any]) -> writing.Examined:
    return writing.examine(source, SETTINGS, find_template)


def compose(source: Mapping[str, Any]) -> Any:
    return writing.compose(source, SETTINGS, find_template)


def readers(count: int) -> list[Subscriber]:
    """Active people, sixty of whom have a city."""
    return [replace(each, attributes={"city": "Ulm"} if n < 60 else {}) for n, each in enumerate(people(count))]


def orders_of(world: World) -> Orders:
    return Orders(compose, letter, world.press, world.drafts, world.segments.filter, None, world.clock)


class FakeTrials(set[str]):
    """Letters that were tried; `all` of them unless a test says otherwise."""

    all = True

    def note(self, fingerprint: str) -> None:
        self.add(fingerprint)

    def has(self, fingerprint: str) -> bool:
        return self.all or fingerprint in self


@dataclass
class Check:
    """A preflight over a world in memory, in which the letters that are looked at were tried."""

    world: World = field(default_factory=World)
    people: int = EVERYBODY
    exact: bool = True
    trials: FakeTrials = field(default_factory=FakeTrials)
    account: Account = field(default_factory=lambda: Account(rate=10, daily_quota=50_000, sent_today=0))

    def count(self, test: Callable[[Subscriber], bool], reads: frozenset[str], has_time: Any) -> Found:
        return Found(sum(map(test, readers(self.people))), self.exact, [])

    def look(self, seen: Any = lambda version: True, **request: Any) -> dict[str, Any]:
        world = self.world
        orders = orders_of(world)
        reach = Reach(lambda topic: 0, self, lambda reach, campaign: (), lambda: True, world.clock())
        recent = lambda: world.store.newest(10, None)  # noqa: E731
        asked = orders, examine, reach, self.trials, recent, lambda: self.account, lambda: 10.0, BERLIN
        return Preflight(*asked, world.clock, world.warm_up).look(request, seen)

    def found(self, **request: Any) -> set[tuple[str, str, int | None]]:
        """Errors and warnings: their codes and places."""
        findings = self.look(**request)["findings"]
        return {(each["code"], each["part"], each["line"]) for each in findings if each["severity"] != "note"}


PICTURE = '<img src="https://e.org/a.png" alt="Our garden" width="300">'
CLEAN: dict[str, dict[str, Any]] = {
    "plain words": {"body": "Hello\n\nThe fair is on Sunday."},
    "a greeting with everybody's fallback": {"body": "Hello {{name}},\n\nnews."},
    "a greeting with a fallback of its own": {"body": "Hello {{name}}", "defaults": {"name": "friend"}},
    "an attribute with a fallback": {"body": "In {{attributes.city}}", "defaults": {"attributes.city": "your town"}},
    "an attribute that is asked for first": {"body": "{{#if attributes.city}}In {{attributes.city}}{{/if}}"},
    "a list, a table and a quote": {"body": "- a\n- b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> said"},
    "a link, a bare one, and one to write to": {"body": "[a](https://e.org) https://e.org/b <mailto:a@e.org>"},
    "a jump within the letter": {"html": '<a href="#end">down</a><p id="end">x</p>'},
    "a picture with words and width": {"html": f"<p>See</p>{PICTURE}"},
    "a decoration": {"html": '<p>See</p><img src="https://e.org/a.png" alt="" width="20">'},
    "a picture beside words, in Markdown": {"body": f"See\n\n{PICTURE}"},
    "HTML with a text part": {"html": "<p>Hello</p>", "text": "Hello"},
    "plain text under a greeting": {"message": "The fair is on Sunday.\n\nSee https://e.org"},
    "a starter with its values": {"template": "announcement", "values": {"headline": "The fair", "body": "*Soon*"}},
    "Arabic": {"body": "مرحبا بكم في حديقتنا"},
    "signs that look like code": {"body": "1 < 2 & 3 > 2, `<b>`, 50 %"},
    "a link that carries the reader's city": {
        "body": "[x](https://e.org/?c={{attributes.city}})",
        "defaults": {"attributes.city": "x"},
    },
    "the ways out": {"body": "[Leave]({{unsubscribe_url}}) or [choose]({{preferences_url}})"},
}

FAULTY: dict[str, tuple[dict[str, Any], set[tuple[str, str, int | None]]]] = {
    "no subject": ({"subject": "", "body": "x"}, {("invalid", "subject", None)}),
    "no content": ({}, {("invalid", "body", None)}),
    "two contents": ({"body": "x", "html": "y"}, {("invalid", "body", None)}),
    "a name that nobody has": ({"body": "Hi\n\n{{naem}}"}, {("missing_value", "body", 3)}),
    "two holes": (
        {"subject": "{{month}}", "body": "{{attributes.city}}"},
        {("missing_value", "subject", 1), ("missing_value", "body", 1)},
    ),
    "a starter without its values": (
        {"template": "announcement"},
        {("missing_value", "subject", 1), ("missing_value", "html", 6)},
    ),
    "a hole that everybody has": ({"body": "{{attributes.born}}"}, {("missing_value", "body", 1)}),
    "an attribute that nobody has": (
        {"body": "Born {{attributes.born}}", "defaults": {"attributes.born": "once"}},
        {("unknown_attribute", "body", 1)},
    ),
    "an attribute misspelt behind a question": (
        {"body": "a\n\n{{#if attributes.ctiy}}x{{/if}}"},
        {("unknown_attribute", "body", 3)},
    ),
    "a link without an address": ({"body": "a\n\n[x](www.e.org)"}, {("invalid_template", "body", 3)}),
    "a picture from the author's computer": ({"body": "![x](/img/a.png)"}, {("invalid_template", "body", 1)}),
    "three addresses, each wrong": (
        {"html": '<a href="e.org">x</a>\n<a href="">y</a>\n<img src="file:///a" alt="" width="9">'},
        {("invalid_template", "html", 1), ("invalid_template", "html", 2), ("invalid_template", "html", 3)},
    ),
    "a whole address behind a scheme": ({"body": "[x](http://{{unsubscribe_url}})"}, {("invalid_template", "body", 1)}),
    "a script and a frame": (
        {"html": "<script>x</script>\n<iframe></iframe>"},
        {("invalid_template", "html", 1), ("invalid_template", "html", 2)},
    ),
    "a handler": ({"html": '<p onclick="x">y</p>'}, {("invalid_template", "html", 1)}),
    "a block without an end": ({"body": "a\n{{#if name}}b"}, {("invalid_template", "body", 2)}),
    "an address among the values": (
        {"html": '<a href="{{link}}">x</a>', "template": None, "defaults": {"link": "e.org"}},
        {("invalid_template", "html", 1)},
    ),
    "a link to the author's network": ({"body": "[x](http://nas.local/a)"}, {("nowhere", "body", 1)}),
    "a jump to nowhere": ({"body": "[x](#end)"}, {("nowhere", "body", 1)}),
    "a picture without words": (
        {"body": 'a\n\n<img src="https://e.org/a.png" width="300">'},
        {("picture_text", "body", 3)},
    ),
    "a picture without a width": (
        {"html": '<p>x</p>\n<img src="https://e.org/a.png" alt="x">'},
        {("picture_size", "html", 2)},
    ),
    "pictures alone": (
        {"html": '<img src="https://e.org/a.png" alt="" width="300">'},
        {("no_text", "html", None)},
    ),
    "words that look like a tag": ({"html": "<p>Dear <first name>,</p>"}, {("not_shown", "html", 1)}),
    "what Gmail cuts off": ({"body": "A long story. " * 8000}, {("too_long", "html", None)}),
    "a reference without its end": ({"html": "<p>R&amp;D &copy 2026</p>"}, {("entity", "html", 1)}),
    "a link with a space": ({"body": "[x](https://e.org/a b)"}, {("not_a_link", "body", 1)}),
    "a filter that is not understood": ({"body": "x", "audience": {"town": "Ulm"}}, {("invalid", "audience", None)}),
    "a moment without its offset": (
        {"body": "x", "schedule_at": "2026-12-24T08:00:00"},
        {("invalid", "schedule_at", None)},
    ),
    "everything at once": (
        {"body": "{{naem}}", "audience": [], "schedule_at": "soon", "hold": 1},
        {
            ("missing_value", "body", 1),
            ("invalid", "audience", None),
            ("invalid", "schedule_at", None),
            ("invalid", "hold", None),
        },
    ),
}


def asked(source: Mapping[str, Any]) -> dict[str, Any]:
    return {"subject": "The fair", **source} if source.get("template") is None else dict(source)


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_said_of_a_letter_that_is_good(name: str) -> None:
    check = Check()
    assert check.found(**asked(CLEAN[name])) == set()
    answer = check.look(**asked(CLEAN[name]))
    assert (answer["ready"], answer["warnings"], answer["people"], answer["exact"]) == (True, [], 100, True)


@pytest.mark.parametrize("name", FAULTY)
def test_everything_that_is_wrong_is_found_in_its_place(name: str) -> None:
    source, expected = FAULTY[name]
    assert Check().found(**asked(source)) == expected


@pytest.mark.parametrize("source", [*CLEAN.values(), *(source for source, _ in FAULTY.values())])
def test_an_error_is_found_just_where_the_desk_refuses(source: dict[str, Any]) -> None:
    request, check = asked(source), Check()
    orders = orders_of(check.world)
    answer = check.look(**request)
    errors = [each["message"] for each in answer["findings"] if each["severity"] == "error"]
    assert answer["ready"] == (not errors)
    if errors:
        with pytest.raises(EmailListError) as refusal:
            orders.read(request)
        assert any(message.startswith(refusal.value.message) for message in errors)
    else:
        assert answer["warnings"] == warnings.to_json(orders.read(request).composed.warnings)


def test_every_code_has_a_meaning() -> None:
    known = {*CODES, *LETTER_CODES, "invalid", "invalid_template"}
    assert {code for _, expected in FAULTY.values() for code, _, _ in expected} <= known
    assert not CODES.keys() & LETTER_CODES.keys()


def test_a_hole_says_how_many_people_it_hits() -> None:
    answer = Check().look(subject="x", body="{{attributes.city}} {{naem}}")
    city, name = (each["message"] for each in answer["findings"] if each["severity"] == "error")
    assert city.endswith("40 of the 100 people in the audience have none.")
    assert name.endswith("It would be missing in every email.")
    uncounted = Check(exact=False).look(subject="x", body="{{attributes.city}}")["findings"][0]["message"]
    assert "At least 40 of the 100" in uncounted


# About sending


GOOD = {"subject": "The fair", "body": "Hello"}


def test_a_letter_that_nobody_has_tried_is_noticed_until_it_was_just_so() -> None:
    check = Check()
    check.trials.all = False
    assert check.found(**GOOD) == {("no_test", "letter", None)}
    check.trials.note(fingerprint(compose(GOOD).content))
    assert check.found(**GOOD) == set()
    assert check.found(**{**GOOD, "body": "Hullo"}) == {("no_test", "letter", None)}


def test_an_audience_of_nobody_is_noticed() -> None:
    assert Check(people=NOBODY).found(**GOOD) == {("nobody", "audience", None)}
    assert Check(people=NOBODY, exact=False).found(**GOOD) == set()


@pytest.mark.parametrize(("people", "usual", "unusual"), [(900, 400, True), (700, 400, False), (90, 4, False)])
def test_many_more_readers_than_usual_are_noticed(people: int, usual: int, unusual: bool) -> None:
    check = Check(people=people)
    campaign = check.world.create()
    stored = check.world.store.campaigns[campaign]
    check.world.store.campaigns[campaign] = replace(stored, plan=Plan(9, 9, usual, complete=True))
    assert (("many_readers", "audience", None) in check.found(**GOOD)) == unusual


@pytest.mark.parametrize(
    ("moment", "is_night"),
    [
        ("2026-11-25T05:59:00Z", True),  # 06:59 in Berlin
        ("2026-11-25T06:00:00Z", False),
        ("2026-11-25T20:59:00Z", False),
        ("2026-11-25T21:00:00Z", True),
        ("2027-07-01T20:30:00Z", True),  # 22:30 in summer
    ],
)
def test_an_hour_at_night_is_one_of_the_lists_time_zone(moment: str, is_night: bool) -> None:
    night = ("night", "schedule_at", None)
    assert (night in Check().found(**GOOD, schedule_at=moment)) == is_night
    assert night not in Check().found(**GOOD, schedule_at=moment, hold=True)


def test_price_and_end_are_told() -> None:
    check = Check(people=36_000)
    answer = check.look(**GOOD)
    assert answer["price"] == {"least": 3.6, "most": 5.76}
    assert (answer["starts_at"], answer["estimated_end"]) == (
        iso(check.world.clock()),
        iso(check.world.clock() + timedelta(hours=1)),
    )
    notes = {each["code"]: each["message"] for each in answer["findings"] if each["severity"] == "note"}
    assert "$3.60" in notes["price"]
    assert "2026-11-24 12:00 (Europe/Berlin)" in notes["end"]


def test_what_the_account_cannot_send_today_is_told() -> None:
    check = Check(people=500, account=Account(rate=1, daily_quota=200, sent_today=50, sending_enabled=False))
    assert check.found(**GOOD) == {("quota", "audience", None), ("sending_disabled", "audience", None)}
    assert check.look(**GOOD)["estimated_end"] > iso(check.world.clock() + timedelta(days=2))


def test_a_warm_up_says_how_long_it_takes() -> None:
    check = Check(world=World(curve=Curve(30, Fraction(2))), people=200)
    assert check.found(**GOOD) == {("warm_up", "audience", None)}
    answer = check.look(**GOOD)
    (message,) = [each["message"] for each in answer["findings"] if each["code"] == "warm_up"]
    assert "room for 30 more emails today" in message
    assert "until 2026-11-26" in message
    assert answer["estimated_end"] == iso(check.world.clock() + timedelta(days=2))
    assert Check(world=World(curve=Curve(30, Fraction(2))), people=30).found(**GOOD) == set()


def test_a_draft_is_looked_at_as_its_sender_saw_it() -> None:
    check = Check()
    draft = check.world.editor.duplicate(check.world.desk.get(check.world.create(hold=True)))
    assert check.look(draft=draft.id)["ready"]
    with pytest.raises(OvertakenError):
        check.look(seen=lambda version: False, draft=draft.id)
    assert check.world.drafts.get(draft.id) == draft
