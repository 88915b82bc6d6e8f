"""Fetching feeds from servers that behave as some do: slow, gone, elsewhere, too large, or inside our own network."""

from collections.abc import Iterator

import pytest

from email_list.feeds import fetching
from email_list.feeds.fetching import Fetched, fetch
from email_list.feeds.problem import FeedError
from email_list.webhooks import guarded_post
from tests.unit.domain.feed_server import BODY, Server, serving


@pytest.fixture
def server() -> Iterator[str]:
    with serving() as address:
        yield address


def test_a_feed_comes_with_what_asks_next_time_and_is_not_sent_again_unchanged(server: str) -> None:
    first = fetch(f"{server}/plain", private=True)
    assert first == Fetched(BODY, "application/rss+xml", '"1"', "then", f"{server}/plain")
    for known in ({"etag": '"1"'}, {"modified": "then"}):
        assert fetch(f"{server}/plain", **known, private=True).content is None


def test_a_packed_feed_is_unpacked_and_redirects_are_followed(server: str) -> None:
    assert fetch(f"{server}/packed", private=True).content == BODY
    assert fetch(f"{server}/moved/a", private=True).url == f"{server}/plain"
    assert "email-list" in Server.seen[0][1]["user-agent"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone", r"nothing at this address any more \(status 410\)"),
        ("missing", r"nothing at this address any more \(status 404\)"),
        ("broken", r"The server refused \(status 500\)"),
        ("large", "larger than 5 MB"),
        ("bomb", "larger than 5 MB"),
        ("damaged", "not compressed as it says"),
        ("loop", "more than 5 redirects"),
        ("nowhere", "more than 5 redirects"),
        ("file", "cannot be used: file is not https or http"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(server: str, path: str, reason: str) -> None:
    with pytest.raises(FeedError, match=reason):
        fetch(f"{server}/{path}", private=True)


def test_a_server_that_is_slow_or_silent_does_not_hold_us_up(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_SECONDS", 0.2)
    monkeypatch.setattr(guarded_post, "TIMEOUT_SECONDS", 0.3)
    with pytest.raises(FeedError, match="took longer than"):
        fetch(f"{server}/slow", private=True)
    with pytest.raises(FeedError, match="did not answer in time"):
        fetch(f"{server}/silent", private=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/feed",
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/feed",
        "http://[::1]/feed",
        "http://2130706433/feed",
        "ftp://blog.example/feed",
    ],
)
def test_private_addresses_and_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(FeedError, match="This address cannot be used"):
        fetch(url)


def test_a_redirect_into_our_own_network_is_refused(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = guarded_post._resolve
    # The server itself stands for one on the internet.
    monkeypatch.setattr(guarded_post, "_resolve", lambda host, port, private: resolve(host, port, host == "127.0.0.1"))
    with pytest.raises(FeedError, match=r"169\.254\.169\.254, which is not a public address"):
        fetch(f"{server}/inside")


def test_a_server_that_is_not_there_is_a_reason_too() -> None:
    with pytest.raises(FeedError, match="could not be reached: it accepts no connections"):
        fetch("http://127.0.0.1:9/feed", private=True)
    with pytest.raises(FeedError, match="could not be reached: there is no server of this name"):
        fetch("http://no-such-host.invalid/feed")
