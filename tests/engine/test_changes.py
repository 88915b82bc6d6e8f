"""What an operator's change touches, and that no data, key or address is ever replaced by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from local.stack import ROOT
from tests.engine.changes import (
    ANOTHER_SENDER,
    EDITS,
    EVERYTHING,
    FOR_NEW_STACKS,
    SETTINGS,
    precious_replacements,
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


@pytest.mark.full
def test_the_table_of_the_docs_is_current(operator: Operator) -> None:
    found = touched(operator, [*SETTINGS, *EDITS])
    assert table(found) == printed_table()
    assert precious_replacements(found) == {name: {"email identities"} for name in ANOTHER_SENDER}


@pytest.mark.full
def test_nothing_precious_is_replaced_when_an_option_is_turned_off(
    tmp_path: Path, account: Account, pulumi: PulumiCli
) -> None:
    operator = Operator(tmp_path, account, pulumi)
    operator.prepare()
    operator.set(EVERYTHING)
    operator.run("pulumi up --skip-preview")
    off = {key: dict.fromkeys(SETTINGS[key]) for key in EVERYTHING.keys() - REQUIRED}
    assert precious_replacements(touched(operator, list(off), off)) == {}
