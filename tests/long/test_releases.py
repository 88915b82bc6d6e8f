"""What a stack of each release holds, under this version: everything is read, shown, emailed and exported."""

import json
from collections.abc import Iterator

import pytest

from local.stack import LocalStack
from tests.releases import RELEASES, SETTINGS, Data
from tests.releases.reading import assert_everything_is_read, assert_the_list_goes_on


@pytest.fixture(scope="module", params=RELEASES)
def stack(request: pytest.FixtureRequest) -> Iterator[LocalStack]:
    config = {key: value if isinstance(value, str) else json.dumps(value) for key, value in SETTINGS.items()}
    with LocalStack(0, config, enforce_iam=True) as stack:
        Data.of(request.param).as_in(stack.outputs).restore(stack.cloud)
        yield stack


def test_everything_that_a_release_stored_is_read(stack: LocalStack) -> None:
    assert_everything_is_read(stack)


def test_the_list_of_a_release_goes_on(stack: LocalStack) -> None:
    assert_the_list_goes_on(stack)
