"""Bounds of what people may fill in."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from email_list import fields
from email_list.errors import InvalidError


@given(st.text(max_size=100).filter(lambda text: fields.UNREADABLE not in text))
def test_a_line_is_one_line_and_can_be_encoded(text: str) -> None:
    line = fields.single_line(text, "name", 100)
    assert not [char for char in line if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert line == line.strip()
    line.encode()


def test_a_header_cannot_be_smuggled_in() -> None:
    assert fields.single_line("Hello\r\nBcc: all@example.com", "subject", 100) == "Hello Bcc: all@example.com"


@pytest.mark.parametrize("value", [7, ["Ann"], {"a": 1}, "x" * 101])
def test_a_name_out_of_bounds_is_refused(value: object) -> None:
    with pytest.raises(InvalidError) as refused:
        fields.name(value)
    assert refused.value.details == {"field": "name"}


def test_a_name_may_be_missing() -> None:
    assert fields.name(None) == fields.name("") == ""


def test_attributes_are_texts_whole_numbers_and_booleans() -> None:
    given_ = {"city": " Ulm ", "age": 41, "member": True}
    assert fields.attributes(given_) == {"city": "Ulm", "age": 41, "member": True}


@pytest.mark.parametrize(
    "value",
    [
        "text",
        {"City": "Ulm"},
        {"": "x"},
        {"a" * 33: "x"},
        {"a": 1.5},
        {"a": None},
        {"a": ["x"]},
        {"a": 10**15},
        {"a": "x" * 501},
        {f"a{number}": 1 for number in range(21)},
    ],
)
def test_attributes_out_of_bounds_are_refused(value: object) -> None:
    with pytest.raises(InvalidError):
        fields.attributes(value)


@pytest.mark.parametrize(
    ("value", "chosen"),
    [
        ([], []),
        ("", []),
        (["Events", "News"], ["News", "Events"]),
        (["", "Events"], ["Events"]),
        ("News", ["News"]),
    ],
)
def test_topics_come_in_the_lists_order(value: object, chosen: list[str]) -> None:
    assert fields.topics(value, ["News", "Events"]) == chosen


@pytest.mark.parametrize("value", [None, ["Gossip"], 7, {"News": True}, [["News"]]])
def test_unknown_topics_are_refused(value: object) -> None:
    with pytest.raises(InvalidError):
        fields.topics(value, ["News"])


@pytest.mark.parametrize("value", ["J\ufffdrg", "\ufffd"])
def test_a_text_that_has_lost_a_character_is_never_stored(value: str) -> None:
    with pytest.raises(InvalidError, match="UTF-8"):
        fields.name(value)
    with pytest.raises(InvalidError, match=r"attributes\.city"):
        fields.attributes({"city": value})


SAME = [
    (34, "34"),
    (34, Decimal("34")),
    (100, Decimal("1E+2")),
    (True, "TRUE"),
    (False, " false "),
    ("Berlin", " berlin "),
    ("Stra\u00dfe", "STRASSE"),
    ("Jo\u0308rg", "J\u00f6rg"),
    ("\u00c5ngstr\u00f6m", "\u212bngstr\u00f6m"),
]
OTHER = [(34, "034"), (1, True), (0, False), ("01234", 1234), ("", "no"), ("34", "34.0"), ("Ulm", "Ulm a.d.")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_values_are_the_same_however_they_came(one: object, other: object) -> None:
    assert fields.comparable(one) == fields.comparable(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_values_that_read_differently_are_not_the_same(one: object, other: object) -> None:
    assert fields.comparable(one) != fields.comparable(other)


@given(st.text())
def test_comparing_ignores_what_a_text_is_made_of_and_nothing_else(text: str) -> None:
    key = fields.comparable(text)
    assert fields.comparable(key) == key
    for form in ("NFC", "NFD"):
        assert fields.comparable(unicodedata.normalize(form, f"  {text}\t")) == key
