"""A `pulumi` for all, an account and a checkout for each; what takes long only where it is asked for (FULL=1)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import PulumiCli, Unavailable, find
from tests.engine.operator import Account, Operator


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: takes long; runs where FULL=1 is set")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("FULL"):
        return
    long = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def pulumi() -> PulumiCli:
    try:
        return find()
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def account() -> Iterator[Account]:
    with Account() as account:
        yield account


@pytest.fixture
def operator(tmp_path: Path, account: Account, pulumi: PulumiCli) -> Operator:
    return Operator(tmp_path, account, pulumi)
