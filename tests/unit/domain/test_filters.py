"""Filters: what each condition means, compared with a naive evaluation in SQLite, and what is refused and where."""

import json
import sqlite3
import string
import unicodedata
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from email_list.clock import iso
from email_list.errors import InvalidError
from email_list.people.filters import LEAVES, MAX_BYTES, MAX_CAMPAIGNS, MAX_DEPTH, MAX_LEAVES, Filter, Reach
from email_list.people.subscribers import Status, Subscriber

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CAMPAIGN = "01KB" + "0" * 22


def person(**known: Any) -> Subscriber:
    someone = Subscriber(email="ann@example.com", status=Status.ACTIVE, subscribed_date=iso(NOW))
    return replace(someone, **known)


def chosen(tree: Any, someone: Subscriber) -> bool:
    return Filter.read(tree).test(NOW, lambda *_: ())(someone)


@pytest.mark.parametrize(
    ("leaf", "attributes", "holds"),
    [
        ({"is": "Berlin"}, {"x": "  berlin "}, True),
        ({"is": "STRASSE"}, {"x": "Straße"}, True),
        ({"is": "Caf\u00e9"}, {"x": "CAFE\u0301"}, True),
        ({"is": 34}, {"x": "34"}, True),
        ({"is": 34.0}, {"x": 34}, True),
        ({"is": "34"}, {"x": "034"}, False),
        ({"is": True}, {"x": "true"}, True),
        ({"is": 1}, {"x": True}, False),
        ({"is": "Berlin"}, {}, False),
        ({"is_not": "Berlin"}, {"x": "Bonn"}, True),
        ({"is_not": "Berlin"}, {"x": "BERLIN"}, False),
        ({"is_not": "Berlin"}, {}, False),
        ({"contains": "ERL"}, {"x": "Berlin"}, True),
        ({"contains": "erl"}, {}, False),
        ({"begins_with": "ber"}, {"x": "Berlin"}, True),
        ({"begins_with": "lin"}, {"x": "Berlin"}, False),
        ({"begins_with": 10}, {"x": "10115"}, True),
        ({"above": 17}, {"x": "18"}, True),
        ({"above": 18}, {"x": "18"}, False),
        ({"above": "9"}, {"x": 10}, True),
        ({"above": 17.5}, {"x": " 17.6 "}, True),
        ({"above": 17}, {"x": "eighteen"}, False),
        ({"above": 0}, {"x": True}, False),
        ({"below": 18}, {"x": "-3"}, True),
        ({"below": 18}, {"x": 18}, False),
        ({"below": 18}, {}, False),
        ({"above": 999_999_999_999_998}, {"x": "999999999999998.5"}, True),
        ({"above": "2026-05-31"}, {"x": "2026-06-01"}, True),
        ({"above": "2026-05-31"}, {"x": "2026-05-31"}, False),
        ({"above": "2026-05-31"}, {"x": "2026-05-31T23:59:59Z"}, False),
        ({"above": "2026-05-31T08:00:00Z"}, {"x": "2026-05-31 09:30:00"}, True),
        ({"above": "2026-05-31T08:00:00Z"}, {"x": "2026-05-31T09:30:00+02:00"}, False),
        ({"below": "2026-05-31"}, {"x": "1999-12-31"}, True),
        ({"below": "2026-05-31"}, {"x": "2026-02-30"}, False),
        ({"below": "2026-05-31"}, {"x": 7}, False),
        ({"known": True}, {"x": ""}, True),
        ({"known": True}, {}, False),
        ({"known": False}, {}, True),
        ({"known": False}, {"x": False}, False),
    ],
)
def test_what_a_condition_on_an_attribute_means(leaf: dict, attributes: dict, holds: bool) -> None:
    tree = {"attribute": "x", **leaf}
    assert chosen(tree, person(attributes=attributes)) is holds
    assert chosen({"not": tree}, person(attributes=attributes)) is not holds


@pytest.mark.parametrize(
    ("tree", "known", "holds"),
    [
        ({"topic": "news"}, {"topics": ("Events", "News")}, True),
        ({"topic": "news"}, {}, False),
        ({"source": "form"}, {"source": "form"}, True),
        ({"source": "import"}, {"source": "import:0193f2"}, True),
        ({"source": "import:0193f3"}, {"source": "import:0193f2"}, False),
        ({"language": "DE"}, {"language": "de"}, True),
        ({"language": "de"}, {"attributes": {"language": "de"}}, True),
        ({"language": "de"}, {"language": "en", "attributes": {"language": "de"}}, False),
        ({"language": "de"}, {}, False),
        ({"joined": {"within_days": 30}}, {"subscribed_date": iso(NOW - timedelta(days=30))}, True),
        ({"joined": {"within_days": 30}}, {"subscribed_date": iso(NOW - timedelta(days=30, seconds=1))}, False),
        ({"joined": {"before_days": 30}}, {"subscribed_date": iso(NOW - timedelta(days=30))}, False),
        ({"joined": {"before_days": 30}}, {"subscribed_date": iso(NOW - timedelta(days=31))}, True),
        ({"joined": {"after": "2026-11-23"}}, {}, True),
        ({"joined": {"after": "2026-11-24"}}, {}, False),
        ({"joined": {"before": "2026-11-24"}}, {}, False),
        ({"joined": {"before": "2026-11-25"}}, {}, True),
        ({"joined": {"after": "2026-11-24T09:59:00Z"}}, {}, True),
        ({"joined": {"after": "2026-11-24T11:00:00+01:00"}}, {}, False),
        ({"joined": {"after": "2026-11-01", "before": "2026-11-24"}}, {"subscribed_date": iso(NOW)}, False),
        ({"opened": {"within_days": 2}}, {"opened_on": "2026-11-22"}, True),
        ({"opened": {"within_days": 2}}, {"opened_on": "2026-11-21"}, False),
        ({"clicked": {"within_days": 90}}, {"opened_on": "2026-11-22"}, False),
        ({"clicked": {"within_days": 90}}, {"clicked_on": "2026-11-22"}, True),
        ({"all": [{"topic": "a"}, {"topic": "b"}]}, {"topics": ("a",)}, False),
        ({"any": [{"topic": "a"}, {"topic": "b"}]}, {"topics": ("a",)}, True),
    ],
)
def test_what_the_other_conditions_mean(tree: dict, known: dict, holds: bool) -> None:
    assert chosen(tree, person(**known)) is holds


@pytest.mark.parametrize("reach", Reach)
def test_whom_a_campaign_reached_is_looked_up_once_for_all_people(reach: Reach) -> None:
    asked = []

    def find(*what: object) -> set[str]:
        asked.append(what)
        return {"ann@example.com"}

    test = Filter.read({reach.value: {"campaign": CAMPAIGN}}).test(NOW, find)
    assert [test(person()), test(person(email="bob@example.com"))] == [True, False]
    assert asked == [(reach, CAMPAIGN)]


@pytest.mark.parametrize(
    ("tree", "holds"),
    [
        ({"opened": {"campaign": CAMPAIGN}}, True),
        ({"not": {"opened": {"campaign": CAMPAIGN}}}, True),
        ({"not": {"not": {"opened": {"campaign": CAMPAIGN}}}}, True),
        ({"all": [{"opened": {"campaign": CAMPAIGN}}, {"topic": "News"}]}, False),
        ({"not": {"any": [{"opened": {"campaign": CAMPAIGN}}, {"topic": "News"}]}}, True),
        ({"not": {"any": [{"opened": {"campaign": CAMPAIGN}}, {"not": {"topic": "News"}}]}}, False),
    ],
)
def test_without_the_ledgers_only_people_who_are_certainly_not_chosen_are_left_out(tree: dict, holds: bool) -> None:
    assert Filter.read(tree).test(NOW, None)(person()) is holds


def test_a_filter_says_what_it_reads_of_people() -> None:
    tree = {"all": [{"topic": "a"}, {"not": {"any": [{"attribute": "city", "known": True}, {"language": "de"}]}}]}
    assert Filter.read(tree).reads == {"topics", "attributes.city", "language", "attributes.language"}
    assert Filter.read({"opened": {"campaign": CAMPAIGN}}).reads == frozenset()
    assert Filter.read({"clicked": {"within_days": 1}}).reads == {"clicked_on"}


def test_a_filter_reads_back_what_it_is_stored_as() -> None:
    tree = {"any": [{"attribute": "age", "above": 17.5}, {"attribute": "stra\u00dfe", "is": "\u00e4"}]}
    tree["any"][1]["attribute"] = "street"
    assert Filter.from_text(Filter.read(tree).to_text()) == Filter.read(tree)


def nested(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"topic": "a"}
    for _ in range(levels):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize(
    ("tree", "field"),
    [
        (None, "filter"),
        ([], "filter"),
        ({}, "filter"),
        ({"all": []}, "filter.all"),
        ({"any": {"topic": "a"}}, "filter.any"),
        ({"all": [{"topic": "a"}, "b"]}, "filter.all[1]"),
        ({"all": [{"topic": "a"}], "any": []}, "filter"),
        ({"colour": "red"}, "filter"),
        ({"topic": "a", "source": "b"}, "filter"),
        ({"topic": 7}, "filter.topic"),
        ({"language": False}, "filter.language"),
        ({"source": 1.5}, "filter.source"),
        ({"topic": ""}, "filter.topic"),
        ({"topic": "a" * 501}, "filter.topic"),
        ({"topic": None}, "filter.topic"),
        ({"not": {"any": [{"attribute": "city"}]}}, "filter.not.any[0]"),
        ({"attribute": "City", "is": "a"}, "filter.attribute"),
        ({"attribute": ["city"], "is": "a"}, "filter.attribute"),
        ({"attribute": "city", "like": "a"}, "filter"),
        ({"attribute": "city", "is": "a", "is_not": "b"}, "filter"),
        ({"attribute": "city", "is": None}, "filter.is"),
        ({"attribute": "city", "is": ["a"]}, "filter.is"),
        ({"attribute": "city", "is": 10**15}, "filter.is"),
        ({"attribute": "city", "contains": " "}, "filter.contains"),
        ({"attribute": "city", "above": "tall"}, "filter.above"),
        ({"attribute": "city", "above": True}, "filter.above"),
        ({"attribute": "city", "below": "2026-13-01"}, "filter.below"),
        ({"attribute": "city", "known": "yes"}, "filter.known"),
        ({"joined": {}}, "filter.joined"),
        ({"joined": 30}, "filter.joined"),
        ({"joined": {"since": "2026-01-01"}}, "filter.joined"),
        ({"joined": {"within_days": 0}}, "filter.joined.within_days"),
        ({"joined": {"within_days": True}}, "filter.joined.within_days"),
        ({"joined": {"within_days": 10**9}}, "filter.joined.within_days"),
        ({"joined": {"after": "yesterday"}}, "filter.joined.after"),
        ({"opened": {"campaign": "../x"}}, "filter.opened.campaign"),
        ({"opened": {"campaign": CAMPAIGN, "within_days": 3}}, "filter.opened"),
        ({"received": {"within_days": 3}}, "filter.received"),
        ({"any": [{"topic": "a"}] * (MAX_LEAVES + 1)}, f"filter.any[{MAX_LEAVES}]"),
        (nested(MAX_DEPTH), "filter" + ".not" * MAX_DEPTH),
        ({"any": [{"topic": "a" * 499}] * 40}, "filter"),
        (
            {"any": [{"opened": {"campaign": f"{at}" + CAMPAIGN[1:]}} for at in range(MAX_CAMPAIGNS + 1)]},
            f"filter.any[{MAX_CAMPAIGNS}]",
        ),
    ],
)
def test_what_is_wrong_with_a_filter_is_said_with_its_place(tree: Any, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        Filter.read(tree)
    assert refused.value.details == {"field": field}
    assert field.split(".")[-1] in refused.value.message


def test_the_largest_filters_are_good() -> None:
    Filter.read(nested(MAX_DEPTH - 1))
    Filter.read({"any": [{"topic": "a"}] * MAX_LEAVES})
    text = "a" * 480
    most = {"any": [{"topic": text}] * (MAX_BYTES // len(json.dumps({"topic": text}) + ", ") - 1)}
    Filter.read(most)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["all", "any", "not", "is", "campaign", "after", *LEAVES]), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(tree=JSON)
@settings(max_examples=500, deadline=None)
def test_whatever_is_sent_is_a_filter_or_is_refused(tree: Any) -> None:
    try:
        read = Filter.read(tree)
    except InvalidError:
        return
    assert read.test(NOW, None)(person()) in (True, False)


# The same trees as SQL


TEXTS = st.sampled_from(["Berlin", "berlin", " BERLIN ", "Bonn", "b", "er", "34", "034", "9.5", "true", "é", "É"])
DATES = st.dates(date(2026, 11, 20), date(2026, 11, 28)).map(str)
NUMBERS = st.integers(-3, 40)
NAMES = st.sampled_from(["city", "age", "since"])
CAMPAIGNS = st.sampled_from([CAMPAIGN, CAMPAIGN[:-1] + "1"])
EMAILS = [f"{letter}@example.com" for letter in string.ascii_lowercase[:20]]

LEAF = st.one_of(
    st.fixed_dictionaries({"topic": st.sampled_from(["News", "news", "Events"])}),
    st.fixed_dictionaries({"source": st.sampled_from(["form", "api", "import"])}),
    st.fixed_dictionaries({"language": st.sampled_from(["de", "EN"])}),
    *(
        st.fixed_dictionaries({"attribute": NAMES, word: TEXTS | NUMBERS | st.booleans()})
        for word in ("is", "is_not", "contains", "begins_with")
    ),
    *(st.fixed_dictionaries({"attribute": NAMES, word: NUMBERS | DATES}) for word in ("above", "below")),
    st.fixed_dictionaries({"attribute": NAMES, "known": st.booleans()}),
    *(
        st.fixed_dictionaries({"joined": st.fixed_dictionaries({word: st.integers(1, 6)})})
        for word in ("within_days", "before_days")
    ),
    *(st.fixed_dictionaries({"joined": st.fixed_dictionaries({word: DATES})}) for word in ("after", "before")),
    *(st.fixed_dictionaries({word: st.fixed_dictionaries({"campaign": CAMPAIGNS})}) for word in Reach),
    *(
        st.fixed_dictionaries({word: st.fixed_dictionaries({"within_days": st.integers(1, 6)})})
        for word in ("opened", "clicked")
    ),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=10,
)
PERSON = st.fixed_dictionaries(
    {
        "topics": st.lists(st.sampled_from(["News", "Events"]), unique=True),
        "attributes": st.dictionaries(NAMES, TEXTS | NUMBERS | DATES | st.booleans()),
        "source": st.sampled_from(["form", "api", "import:1", "import:2"]),
        "language": st.sampled_from(["", "de", "en"]),
        "subscribed_date": st.integers(0, 9 * 86400).map(lambda ago: iso(NOW - timedelta(seconds=ago))),
        "opened_on": st.just("") | DATES,
        "clicked_on": st.just("") | DATES,
    }
)
PEOPLE = st.lists(PERSON, max_size=len(EMAILS)).map(
    lambda known: [person(email=email, **each) for email, each in zip(EMAILS, known, strict=False)]
)
REACHED = st.dictionaries(
    st.tuples(st.sampled_from(list(Reach)), CAMPAIGNS), st.sets(st.sampled_from(EMAILS)), max_size=6
)

SCHEMA = """
create table people (email, subscribed_date, source, language, opened_on, clicked_on);
create table topics (email, topic);
create table attributes (email, name, text, number, day);
create table reached (email, reach, campaign);
"""

DAYS_AGO = "strftime('%Y-%m-%dT%H:%M:%fZ', ?, ?)"


def plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip().casefold())


def database(people: list[Subscriber], reached: Mapping[tuple[Reach, str], set[str]]) -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.executescript(SCHEMA)
    for each in people:
        who = each.email
        row = (who, each.subscribed_date, each.source, each.language, each.opened_on, each.clicked_on)
        base.execute("insert into people values (?, ?, ?, ?, ?, ?)", row)
        base.executemany("insert into topics values (?, ?)", [(who, plain(topic)) for topic in each.topics])
        for name, value in each.attributes.items():
            text = plain(json.dumps(value) if isinstance(value, bool) else str(value))
            try:
                number = None if isinstance(value, bool) else float(text)
            except ValueError:
                number = None
            day = text if len(text) == 10 and text[4] == text[7] == "-" else None
            base.execute("insert into attributes values (?, ?, ?, ?, ?)", (who, name, text, number, day))
    rows = [(email, reach.value, campaign) for (reach, campaign), emails in reached.items() for email in emails]
    base.executemany("insert into reached values (?, ?, ?)", rows)
    return base


def sql(tree: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """A tree as a condition of SQLite's, and its parameters."""
    for word, joint in (("all", " and "), ("any", " or ")):
        if word in tree:
            parts = [sql(each) for each in tree[word]]
            return f"({joint.join(part for part, _ in parts)})", [value for _, given in parts for value in given]
    if "not" in tree:
        inner, given = sql(tree["not"])
        return f"(not {inner})", given
    if "attribute" in tree:
        return attribute_sql(**tree)
    (kind, value), *_ = tree.items()
    match kind, value:
        case "topic", topic:
            return "exists (select 1 from topics t where t.email = p.email and topic = ?)", [plain(topic)]
        case "source", source:
            return "(source = ? or source like ?)", [source, f"{source}:%"]
        case "language", language:
            return "language = ?", [plain(language)]
        case "joined", {"within_days": days}:
            return f"subscribed_date >= {DAYS_AGO}", [iso(NOW), f"-{days} days"]
        case "joined", {"before_days": days}:
            return f"subscribed_date < {DAYS_AGO}", [iso(NOW), f"-{days} days"]
        case "joined", {"after": day}:
            return "date(subscribed_date) > ?", [day]
        case "joined", {"before": day}:
            return "date(subscribed_date) < ?", [day]
        case _, {"campaign": campaign}:
            condition = "select 1 from reached r where r.email = p.email and reach = ? and campaign = ?"
            return f"exists ({condition})", [kind, campaign]
        case _, {"within_days": days}:
            return f"({kind}_on != '' and {kind}_on >= date(?, ?))", [iso(NOW), f"-{days} days"]
    raise AssertionError(tree)


def attribute_sql(attribute: str, **comparison: Any) -> tuple[str, list[Any]]:
    ((word, value),) = comparison.items()
    text = plain(json.dumps(value) if isinstance(value, bool) else str(value))
    column = "day" if isinstance(value, str) else "number"
    condition, given = {
        "is": ("text = ?", [text]),
        "is_not": ("text != ?", [text]),
        "contains": ("instr(text, ?) > 0", [text]),
        "begins_with": ("substr(text, 1, length(?)) = ?", [text, text]),
        "above": (f"{column} > ?", [value]),
        "below": (f"{column} < ?", [value]),
        "known": ("1", []),
    }[word]
    found = f"exists (select 1 from attributes a where a.email = p.email and name = ? and {condition})"
    return f"(not {found})" if word == "known" and not value else found, [attribute, *given]


@given(tree=TREE, people=PEOPLE, reached=REACHED)
@settings(max_examples=1000, deadline=None)
@example(tree={"attribute": "age", "above": 9}, people=[person(attributes={"age": "034"})], reached={})
def test_a_tree_chooses_the_people_that_sqlite_chooses(
    tree: dict, people: list[Subscriber], reached: dict[tuple[Reach, str], set[str]]
) -> None:
    test = Filter.read(tree).test(NOW, lambda reach, campaign: reached.get((reach, campaign), set()))
    condition, given = sql(tree)
    with closing(database(people, reached)) as base:
        wanted = base.execute(f"select email from people p where {condition} order by email", given)
        assert [each.email for each in people if test(each)] == [email for (email,) in wanted]
