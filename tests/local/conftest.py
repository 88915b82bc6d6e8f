"""The local stack that all end-to-end tests share: brought up once, removed at the end."""

import json
from collections.abc import Iterator

import pytest

from local.stack import LocalStack
from tests.local.leaks import assert_logs_are_private

RATE_MINIMUM_MAILS = 100
"""After how many mails a campaign may stop itself: fewer than elsewhere, so that a test need not wait for 500."""

TOPICS = ("News", "Events")


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """The whole product, running. ``stack.outputs`` are what ``python -m local up --outputs`` writes.

    Tests share it: use addresses of your own, and look only at mails to them. Functions have only the rights
    of their roles, so a missing permission fails here and not on AWS. Use ``stack.cloud.client`` for AWS calls.
    When all tests are done, the functions must have logged nobody's address and no token.
    """
    config = {
        "rateMinimumMails": str(RATE_MINIMUM_MAILS),
        "topics": json.dumps([{"name": name} for name in TOPICS]),
        "trackEngagement": "consenting",
    }
    with LocalStack(port=0, config=config, enforce_iam=True) as running:
        yield running
        assert_logs_are_private(running)
