"""Which text is an address, and which two are the same person."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from email_list.addresses import MAX_LENGTH, normalise
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


LOCAL = st.lists(st.sampled_from(["a", "Z", "9", ".", "..", "+", "-", "_", "'", " ", "@", '"', "ü", "x" * 31])).map(
    "".join
)
DOMAIN = st.lists(
    st.sampled_from(["a", "B", "7", ".", "-", "example", ".com", ".test", "ü", "xn--", "_", " ", "[", "y" * 60])
).map("".join)


@given(LOCAL, DOMAIN)
def test_what_is_an_address_and_how_it_is_spelt_is_what_the_library_says(local: str, domain: str) -> None:
    typed = f"{local}@{domain}"
    try:
        found = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False, strict=True)
        spelt = f"{found.ascii_local_part}@{found.ascii_domain}".lower()
    except EmailNotValidError:
        spelt = ""
    if spelt and max(len(typed.strip()), len(spelt)) <= MAX_LENGTH:
        assert normalise(typed) == spelt
    else:
        with pytest.raises(InvalidAddressError):
            normalise(typed)
