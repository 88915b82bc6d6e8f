"""Admin tokens, rate limits and fingerprints."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from contract import Access
from email_list.admin_tokens import AdminTokens, Bearer
from email_list.people.fingerprints import Fingerprints
from email_list.people.limits import HOUR, Limit, inbox, source_network


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


tokens = AdminTokens(
    {
        "full": {"first": digest("old"), "second": digest("new")},
        "write": {"first": digest("editor")},
        "read_only": {"dashboard": digest("reader")},
    }
)
GUARDED = (Access.READ, Access.WRITE, Access.SEND, Access.ADMIN)


def opened_by(token: str) -> list[Access]:
    bearer = tokens.bearer(f"Bearer {token}")
    return [access for access in GUARDED if bearer is not None and bearer.may(access)]


@pytest.mark.parametrize("token", ["old", "new"])
def test_while_one_token_replaces_another_both_open_everything(token: str) -> None:
    assert opened_by(token) == list(GUARDED)


def test_an_editors_token_neither_sends_nor_erases_and_a_readers_only_reads() -> None:
    assert opened_by("editor") == [Access.READ, Access.WRITE]
    assert opened_by("reader") == [Access.READ]


def test_a_token_is_known_by_its_id_and_scope_since_two_scopes_may_use_the_same_id() -> None:
    assert tokens.bearer("Bearer old") == Bearer("first", "full")
    assert tokens.bearer("bearer editor") == Bearer("first", "write")


def test_a_scope_that_is_not_known_opens_nothing() -> None:
    assert AdminTokens({"other": {"first": digest("x")}}).bearer("Bearer x") is None


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic new", "new", f"Bearer {digest('new')}", "Bearer " + "x" * 10_000],
)
def test_anything_else_opens_nothing(authorization: str) -> None:
    assert tokens.bearer(authorization) is None


class Counts(dict[tuple[str, int], int]):
    def increment(self, key: str, window: int, expires_at: int) -> int:
        self[key, window] = self.get((key, window), 0) + 1
        return self[key, window]


def test_a_limit_forgets_with_its_window() -> None:
    now = [datetime(2026, 11, 24, 12, 59, tzinfo=UTC)]
    limit = Limit("test", 2, HOUR, Counts(), clock=lambda: now[0])
    assert [limit.use(source) for source in "aaab"] == [True, True, False, True]
    now[0] += timedelta(minutes=2)
    assert limit.use("a")


@pytest.mark.parametrize(
    ("email", "where"),
    [
        ("ann@example.com", "ann@example.com"),
        ("ann+news@example.com", "ann@example.com"),
        ("+ann@example.com", "+ann@example.com"),
        ("a.n.n+x+y@gmail.com", "ann@gmail.com"),
        ("a.nn@googlemail.com", "ann@gmail.com"),
        ("a.n.n@example.com", "a.n.n@example.com"),
        ("bounce+check-1@simulator.amazonses.com", "bounce+check-1@simulator.amazonses.com"),
    ],
)
def test_one_inbox_is_known_by_its_many_addresses(email: str, where: str) -> None:
    assert inbox(email) == where


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_one_household_is_one_source(ip: str, network: str) -> None:
    assert source_network(ip) == network


def test_a_fingerprint_needs_the_key() -> None:
    assert Fingerprints("key").of("ann@example.com") == Fingerprints("key").of("ann@example.com")
    assert Fingerprints("key").of("ann@example.com") != Fingerprints("other").of("ann@example.com")
    assert "ann" not in Fingerprints("key").of("ann@example.com")
