"""Which text is an address, and which two are the same person."""

import pytest

from email_list.addresses import normalise
from email_list.errors import InvalidAddressError


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        ("  ann@example.com\n", "ann@example.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("o'hara+news@example.co.uk", "o'hara+news@example.co.uk"),
        ("success@simulator.amazonses.com", "success@simulator.amazonses.com"),
    ],
)
def test_one_person_has_one_spelling(typed: str, stored: str) -> None:
    assert normalise(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        None,
        42,
        ["ann@example.com"],
        "ann",
        "ann@",
        "@example.com",
        "ann@example",
        "ann@@example.com",
        "ann example@example.com",
        "ann@example.com, bob@example.com",
        "ann@example.com\nBcc: bob@example.com",
        "Ann <ann@example.com>",
        "jörg@example.com",
        "ann@[127.0.0.1]",
        "a" * 65 + "@example.com",
        "a@" + "b" * 250 + ".com",
        "ann\x00@example.com",
        "erased#0123@",
    ],
)
def test_what_is_no_address_is_refused(typed: object) -> None:
    with pytest.raises(InvalidAddressError):
        normalise(typed)
