"""A stack of each release, upgraded to this version as the operating guide says."""

from pathlib import Path

import pytest

from tests.engine.changes import PRECIOUS, Touched, functions_of
from tests.engine.cli import PulumiCli
from tests.engine.operator import Account, Operator, releases
from tests.engine.printed import commands


@pytest.mark.full
@pytest.mark.parametrize("release", releases() or ["HEAD"])  # before the first release, the last commit
def test_an_upgrade_keeps_what_is_precious(release: str, tmp_path: Path, account: Account, pulumi: PulumiCli) -> None:
    operator = Operator(tmp_path, account, pulumi, release)
    operator.prepare()
    operator.run("pulumi up --skip-preview")
    outputs = operator.outputs()

    operator.pull()
    for command in commands("docs/operating.md", "Upgrade"):
        upgraded = operator.run(command)
        change = Touched.of(upgraded, functions_of(operator))
        assert PRECIOUS & (change.replaced | change.removed) == set()
    assert operator.run("pulumi preview").steps == {}
    now = operator.outputs()
    assert {name: now.get(name) for name in outputs} == outputs
