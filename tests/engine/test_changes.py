"""What an operator's change touches, and that no data, key or address is ever replaced by one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from local.stack import ROOT
from tests.engine.changes import (
    EDITS,
    EVERYTHING,
    FOR_NEW_STACKS,
    LOST_BY_A_CHANGE,
    LOST_BY_TURNING_OFF,
    SETTINGS,
    Touched,
    losses,
    printed_table,
    table,
    touched,
)
from tests.engine.cli import PulumiCli
from tests.engine.operator import Account, Operator

REQUIRED = {"listName", "postalAddress"}
"""Keys without which there is no list."""


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory, pulumi: PulumiCli) -> Iterator[Operator]:
    with Account() as account:
        operator = Operator(tmp_path_factory.mktemp("changes"), account, pulumi)
        operator.prepare()
        operator.run("pulumi up --skip-preview")
        yield operator


def test_every_key_has_a_change() -> None:
    assert SETTINGS.keys() | FOR_NEW_STACKS == yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"].keys()


@pytest.mark.parametrize("how", ["replaced", "removed"])
def test_what_is_removed_counts_as_lost_like_what_is_replaced(how: str) -> None:
    nothing: frozenset[str] = frozenset()
    harmless = Touched(updated=frozenset({"tables"}), added=frozenset({"queues"}), removed=nothing, replaced=nothing)
    harmful = replace(harmless, **{how: frozenset({"tables", "metric alarms"})})
    assert losses({"harmless": harmless, "harmful": harmful}) == {"harmful": {"tables"}}


@pytest.mark.full
def test_the_table_of_the_docs_is_current(operator: Operator) -> None:
    found = touched(operator, [*SETTINGS, *EDITS])
    assert table(found) == printed_table()
    assert losses(found) == LOST_BY_A_CHANGE


@pytest.mark.full
def test_nothing_precious_goes_when_an_option_is_turned_off_but_what_the_option_is(
    tmp_path: Path, account: Account, pulumi: PulumiCli
) -> None:
    operator = Operator(tmp_path, account, pulumi)
    operator.prepare()
    operator.set(EVERYTHING)
    operator.run("pulumi up --skip-preview")
    off = {
        key: dict.fromkeys([key, *(other for other, settings in SETTINGS.items() if key in settings)])
        for key in EVERYTHING.keys() - REQUIRED
    }
    assert losses(touched(operator, list(off), off)) == LOST_BY_TURNING_OFF
