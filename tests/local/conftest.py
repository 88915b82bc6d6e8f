"""The two local stacks that end-to-end tests share: brought up when a test first asks, removed at the end."""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager

import pytest

from local.stack import LocalStack
from tests.local.leaks import assert_logs_are_private
from tests.local.receiver import SECRET, Receiver

RATE_MINIMUM_MAILS = 100
"""After how many emails a campaign may stop itself: fewer than elsewhere, so that a test need not wait for 500."""

TOPICS = ("News", "Events")
FRIEND = "https://www.example.org"
"""The site whose scripts may call the API of `whole_list`."""


@contextmanager
def private_stack(config: Mapping[str, str]) -> Generator[LocalStack]:
    """A stack whose functions have only the rights of their roles, and in the end have logged nobody's address."""
    with LocalStack(port=0, config=config, enforce_iam=True) as running:
        yield running
        assert_logs_are_private(running)


@pytest.fixture(scope="package")
def stack() -> Iterator[LocalStack]:
    """The whole product, running. ``stack.outputs`` are what ``python -m local up --outputs`` writes.

    Tests share it: use addresses of your own, and look only at emails to them. Functions have only the rights
    of their roles, so a missing permission fails here and not on AWS. Use ``stack.cloud.client`` for AWS calls.
    When all tests are done, the functions must have logged nobody's address and no token.
    """
    config = {
        "rateMinimumMails": str(RATE_MINIMUM_MAILS),
        "topics": json.dumps([{"name": name} for name in TOPICS]),
        "trackEngagement": "consenting",
        "writeTokens": json.dumps(["editor"]),
        "readOnlyTokens": json.dumps(["dashboard"]),
        "archive": "true",
    }
    with private_stack(config) as running:
        yield running


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    """The receiver of the webhook of `whole_list`."""
    with Receiver() as running:
        yield running


@pytest.fixture(scope="package")
def whole_list(receiver: Receiver) -> Iterator[LocalStack]:
    """A second stack, with few people, for tests that send to everybody; with all that remembers or tells of people."""
    config = {
        "corsOrigins": json.dumps([FRIEND]),
        "timeZone": "Europe/Berlin",
        "trackEngagement": "everybody",
        "goodbyeMail": "true",
        "webhookUrl": receiver.url,
        "webhookSecret": SECRET,
    }
    with private_stack(config) as running:
        yield running
