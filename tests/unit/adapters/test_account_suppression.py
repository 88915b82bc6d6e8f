"""The account's suppression list, as the SES stand-in keeps it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from email_list.aws.account_suppression import AccountSuppression
from email_list.clock import iso, utc_now
from email_list.events.suppression import BEGINNING, Entry
from local.ses import SesStandIn


@pytest.fixture
def ses() -> Iterator[Any]:
    with SesStandIn() as stand_in:
        yield boto3.client(
            "sesv2",
            endpoint_url=stand_in.url,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def put(ses: Any, email: str, reason: str) -> None:
    ses.put_suppressed_destination(EmailAddress=email, Reason=reason)


def soon() -> str:
    """A moment after all that has happened so far."""
    return iso(utc_now() + timedelta(seconds=1))


def test_all_entries_of_a_span_are_read_page_by_page(ses: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("email_list.aws.account_suppression.PAGE", 2)
    for number in range(3):
        put(ses, f"Person{number}@Example.com", "BOUNCE" if number else "COMPLAINT")
    suppressed, now = AccountSuppression(ses), soon()
    first, token = suppressed.page(BEGINNING, now, None)
    rest, end = suppressed.page(BEGINNING, now, token)
    found = [*first, *rest]
    assert (len(first), end) == (2, None)
    assert [(entry.email, entry.complained) for entry in found] == [
        ("person0@example.com", True),
        ("person1@example.com", False),
        ("person2@example.com", False),
    ]
    assert all(BEGINNING < entry.at <= now for entry in found)


def test_entries_before_the_span_are_left_out(ses: Any) -> None:
    put(ses, "ada@example.com", "BOUNCE")
    assert AccountSuppression(ses).page(soon(), soon(), None) == ([], None)


def test_a_token_that_is_no_longer_known_reads_the_span_again(ses: Any) -> None:
    put(ses, "ada@example.com", "BOUNCE")
    entries, _ = AccountSuppression(ses).page(BEGINNING, soon(), "stale")
    assert [entry.email for entry in entries] == ["ada@example.com"]


def test_a_bounced_address_is_taken_off_and_one_that_complained_is_not(ses: Any) -> None:
    put(ses, "bounced@example.com", "BOUNCE")
    put(ses, "complained@example.com", "COMPLAINT")
    suppressed = AccountSuppression(ses)
    assert suppressed.lift("bounced@example.com")
    assert suppressed.lift("nobody@example.com")
    assert not suppressed.lift("complained@example.com")
    entries, _ = suppressed.page(BEGINNING, soon(), None)
    assert entries == [Entry("complained@example.com", True, entries[0].at)]
