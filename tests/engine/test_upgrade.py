"""A stack of each release, upgraded to this version as the operating guide says."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.engine.changes import PRECIOUS, Touched, functions_of
from tests.engine.cli import PulumiCli
from tests.engine.operator import Account, Operator, releases
from tests.engine.printed import commands
from tests.local.visitor import Visitor
from tests.releases import FOLDER, RELEASES, Data, unpack
from tests.releases.reading import assert_everything_is_read, assert_the_list_goes_on
from tests.releases.state import revive


@pytest.mark.parametrize("release", RELEASES)
def test_a_stack_of_a_release_keeps_what_it_holds_and_goes_on(release: str, operator: Operator) -> None:
    restore_stack(operator, release)
    change = Touched.of(operator.run("pulumi preview"), functions_of(operator))
    assert PRECIOUS & (change.replaced | change.removed) == set()
    before = operator.outputs()
    data = Data.of(release).as_in(before)
    data.restore(operator.account.cloud)

    operator.run("pulumi up --skip-preview")
    assert operator.run("pulumi preview").steps == {}
    outputs = operator.outputs()
    assert {name: outputs.get(name) for name in before} == before
    account = operator.account
    urls = {"mailbox_url": account.ses.mailbox_url, "emulator_url": account.cloud.url}
    stack: Any = SimpleNamespace(outputs={**outputs, **urls}, cloud=account.cloud)
    assert_everything_is_read(stack)
    assert_the_list_goes_on(stack)
    assert Visitor(stack).press(data.links["/unsubscribe"]).status_code == 200


def restore_stack(operator: Operator, release: str) -> None:
    """Give the operator the stack `production` as the release left it, without what it holds."""
    settings = (FOLDER / release / "stack.yaml").read_text()
    operator.run("pulumi stack init production")
    (operator.checkout / "Pulumi.production.yaml").write_text(settings)
    file = operator.checkout / "state.json"
    file.write_text(json.dumps(unpack(FOLDER / release / "state.json.gz")))
    operator.run(f"pulumi stack import --file {file.name}")
    plain = json.loads(operator.run("pulumi stack export --show-secrets").output)
    file.write_text(json.dumps(revive(plain, operator.account.cloud)))
    operator.run(f"pulumi stack import --file {file.name}")


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
