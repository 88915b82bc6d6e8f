"""Signed links: genuine ones open one door for one person, everything else opens none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from email_list.people.tokens import MAX_TOKEN, Claims, ExpiredTokenError, LinkKeys, LinkTokens, Purpose, TokenError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEYS = LinkKeys(current="2", keys={"1": "first-secret", "2": "second-secret"})
tokens = LinkTokens(KEYS, clock=lambda: NOW)

emails = st.from_regex(r"[a-z0-9.+_-]{1,40}@[a-z0-9-]{1,40}\.[a-z]{2,10}", fullmatch=True)
purposes = st.sampled_from(Purpose)
references = st.from_regex(r"[0-9a-f]{0,16}", fullmatch=True)


@given(emails, purposes, references)
def test_a_genuine_token_says_what_was_signed(email: str, purpose: Purpose, reference: str) -> None:
    assert tokens.verify(purpose, tokens.sign(purpose, email, reference=reference)) == Claims(email, reference, ends=0)


@given(emails, purposes, purposes)
def test_a_token_serves_no_other_purpose(email: str, made_for: Purpose, used_for: Purpose) -> None:
    assume(made_for != used_for)
    with pytest.raises(TokenError):
        tokens.verify(used_for, tokens.sign(made_for, email))


@given(emails, st.data())
def test_a_token_with_any_character_changed_is_refused(email: str, data: st.DataObject) -> None:
    token = tokens.sign(Purpose.UNSUBSCRIBE, email)
    position = data.draw(st.integers(0, len(token) - 1))
    replacement = data.draw(st.characters().filter(lambda char: char != token[position]))
    forged = token[:position] + replacement + token[position + 1 :]
    with pytest.raises(TokenError):
        tokens.verify(Purpose.UNSUBSCRIBE, forged)


@given(emails, emails)
def test_the_signature_of_one_address_does_not_serve_another(one: str, other: str) -> None:
    assume(one != other)
    _, _, signature = tokens.sign(Purpose.PREFERENCES, one).split(".")
    key_id, payload, _ = tokens.sign(Purpose.PREFERENCES, other).split(".")
    with pytest.raises(TokenError):
        tokens.verify(Purpose.PREFERENCES, f"{key_id}.{payload}.{signature}")


@given(st.text(max_size=1000))
def test_arbitrary_text_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        tokens.verify(Purpose.CONFIRM, text)


def test_a_token_ends_when_its_time_is_over() -> None:
    token = tokens.sign(Purpose.CONFIRM, "ann@example.com", ends=int((NOW + timedelta(days=7)).timestamp()))
    just_in_time = LinkTokens(KEYS, clock=lambda: NOW + timedelta(days=7))
    too_late = LinkTokens(KEYS, clock=lambda: NOW + timedelta(days=7, seconds=1))
    assert just_in_time.verify(Purpose.CONFIRM, token).email == "ann@example.com"
    with pytest.raises(ExpiredTokenError):
        too_late.verify(Purpose.CONFIRM, token)


def test_a_token_without_an_end_works_years_later() -> None:
    token = tokens.sign(Purpose.UNSUBSCRIBE, "ann@example.com")
    years_later = LinkTokens(KEYS, clock=lambda: NOW + timedelta(days=5000))
    assert years_later.verify(Purpose.UNSUBSCRIBE, token).email == "ann@example.com"


def test_a_rotated_key_still_verifies_and_a_removed_one_does_not() -> None:
    old = LinkTokens(LinkKeys("1", {"1": "first-secret"})).sign(Purpose.UNSUBSCRIBE, "ann@example.com")
    assert tokens.verify(Purpose.UNSUBSCRIBE, old).email == "ann@example.com"
    with pytest.raises(TokenError):
        LinkTokens(LinkKeys("2", {"2": "second-secret"})).verify(Purpose.UNSUBSCRIBE, old)


def test_the_longest_address_fits_a_header_and_a_token() -> None:
    longest = "a" * 64 + "@" + ".".join(["b" * 62] * 2 + ["c" * 59]) + ".org"
    assert len(longest) <= 254
    assert len(tokens.sign(Purpose.CONFIRM, longest, ends=9_999_999_999, reference="0" * 16)) < MAX_TOKEN
