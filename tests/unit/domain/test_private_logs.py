"""Logs without addresses and tokens."""

import io
import json
import logging
import traceback
from collections.abc import Iterator

import pytest

from email_list.people.links import Links
from email_list.people.tokens import LinkKeys, LinkTokens
from email_list.private_logs import PrivacyFilter, install, keep_private, masked


class Json(logging.Formatter):
    """All that a record holds, as Lambda writes it."""

    def format(self, record: logging.LogRecord) -> str:
        error = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        return json.dumps({**vars(record), "exc_info": error, "message": record.getMessage()}, default=str)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Json())
    handler.addFilter(PrivacyFilter())
    logger = logging.getLogger("a.library")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


LOGGER = logging.getLogger("a.library")


@pytest.mark.parametrize(
    "text",
    [
        "Email address is not verified: ann.o'neil+news@mail.example.co.uk.",
        'to "Ann" <ann@example.com>,bob@example.com',
        "GET /subscribers/ann%40example.com?x=1",
        "grün@bücher.example",
        "{'email': 'ann@example.com'}",
        "email=ann@example.com",
        "ann=@example.org",
        "'ann'@example.org",
        "{ann}@example.org",
        "GET /subscribers/ann%2540example.com",
    ],
)
def test_an_address_is_found_wherever_it_stands(text: str) -> None:
    cleaned = masked(text)
    assert "ann" not in cleaned
    assert "example" not in cleaned
    assert "(address)" in cleaned


LINKS = Links("https://list.example", LinkTokens(LinkKeys("key-2", {"key-2": "secret"})))


@pytest.mark.parametrize(
    "link", [LINKS.unsubscribe("a@b.c", "n"), LINKS.confirm("ann@example.com", "1"), LINKS.preferences("a@b.c", "n")]
)
def test_a_token_is_found_wherever_it_stands(link: str) -> None:
    token = link.partition("=")[2]
    for text in (f"GET {link}", f"{{'token': '{token}'}}", f"token={token}&reason=", f"({token})."):
        assert masked(text) == text.replace(token, "(token)")


def test_the_token_of_an_administrator_is_hidden() -> None:
    assert masked("authorization: Bearer abcDEF123, x") == "authorization: Bearer (token), x"


@pytest.mark.parametrize(
    "text",
    [
        "email_list.aws.feedback_table",
        "2026-11-24T10:00:00.000Z",
        "campaign 01ABC sent",
        "@cache",
        "user@host",
        "arn:aws:ses:eu-west-1:1:identity/x",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert masked(text) == text


def test_messages_and_fields_are_clean_and_keep_everything_else(log: io.StringIO) -> None:
    LOGGER.warning("email to %s failed", "ann@example.com", extra={"campaign": "C1", "to": ["ann@example.com", 7]})
    written = json.loads(log.getvalue())
    assert "ann" not in log.getvalue()
    assert (written["campaign"], written["to"]) == ("C1", ["(address)", 7])
    assert written["message"] == "email to (address) failed"


def test_errors_and_their_causes_are_clean_and_keep_name_and_place(log: io.StringIO) -> None:
    try:
        try:
            raise KeyError("ann@example.com")
        except KeyError as error:
            raise ConnectionError("no way to ann@example.com") from error
    except ConnectionError:
        LOGGER.exception("not sent")
    written = json.loads(log.getvalue())["exc_info"]
    assert "ann@" not in written.replace('raise KeyError("ann@example.com")', "").replace(
        'raise ConnectionError("no way to ann@example.com")', ""
    )
    assert "ConnectionError: no way to (address)" in written
    assert "KeyError" in written
    assert "test_errors_and_their_causes" in written


def test_an_error_that_leaves_a_handler_is_clean() -> None:
    @keep_private
    def handler(event: object, context: object) -> None:
        raise ValueError(f"bad: {event}")

    with pytest.raises(ValueError, match=r"^bad: \(address\)$"):
        handler("ann@example.com", None)


def test_installing_twice_filters_once() -> None:
    handler = logging.StreamHandler(io.StringIO())
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        install()
        install()
        assert len(handler.filters) == 1
    finally:
        root.removeHandler(handler)
        for other in root.handlers:
            for known in [known for known in other.filters if isinstance(known, PrivacyFilter)]:
                other.removeFilter(known)
