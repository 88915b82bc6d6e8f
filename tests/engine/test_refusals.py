"""What `pulumi` refuses, and that its words, and ours, lead out of it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.project import load_project
from tests.engine.changes import SETTINGS
from tests.engine.cli import PulumiCli
from tests.engine.operator import Account, Operator
from tests.project_files import CASES, Files


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Account() as account:
        yield account
        assert account.inventory() == {}, "what is refused makes nothing"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, account: Account, pulumi: PulumiCli) -> Operator:
    """Whose checkout holds but the two files and an empty program."""
    operator = Operator(tmp_path_factory.mktemp("reader"), account, pulumi)
    shutil.rmtree(operator.checkout)
    operator.checkout.mkdir()
    CASES[0].write(operator.checkout, "files")
    operator.run("pulumi stack init files")
    return operator


@pytest.mark.parametrize("files", CASES, ids=lambda files: files.about)
def test_pulumi_and_the_laptop_read_the_same_files(files: Files, reader: Operator) -> None:
    files.write(reader.checkout, "files")
    read = reader.attempt("pulumi preview")
    assert (read.status != 0) == bool(files.refusal), read.output
    if not files.refusal:
        (given,) = [event["preludeEvent"]["config"] for event in read.events if "preludeEvent" in event]
        assert given == load_project(reader.checkout, "files").config


@pytest.fixture
def operator(tmp_path: Path, account: Account, pulumi: PulumiCli) -> Operator:
    return Operator(tmp_path, account, pulumi)


MUTATIONS = {
    "a type that Pulumi lacks": ("maxBouncePercent:\n    type: string", "maxBouncePercent:\n    type: number"),
    "a secret with a default": (
        "captchaSecret:\n    type: string",
        "captchaSecret:\n    type: string\n    secret: true",
    ),
    "an unknown type": ("listName:\n    type: string", "listName:\n    type: text"),
    "a newer CLI": (r"requiredPulumiVersion: .*", 'requiredPulumiVersion: ">=99.0.0"'),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_project_with_a_fault_of_its_kind_is_refused(mutation: str, operator: Operator) -> None:
    operator.prepare()
    project = operator.checkout / "Pulumi.yaml"
    before, after = MUTATIONS[mutation]
    mutated, times = re.subn(before, after, project.read_text())
    assert times == 1
    project.write_text(mutated)
    refused = operator.attempt("pulumi preview")
    assert refused.status != 0
    assert refused.steps == {}


@pytest.mark.parametrize("name", ["a_b", "a.b.c", "a" * 22])
def test_a_stack_name_that_cannot_work_is_refused_before_anything_is_declared(name: str, operator: Operator) -> None:
    operator.prepare(stack=name)
    refused = operator.attempt("pulumi preview")
    assert refused.status != 0
    assert refused.steps == {}
    (rename,) = set(re.findall(r"pulumi stack rename NAME", refused.output))
    operator.run(rename.replace("NAME", f"fine-{len(name)}"))
    operator.run("pulumi preview")


WRONG = [
    "pulumi config set email-list:listName ''",
    "pulumi config set email-list:senderEmail nobody",
    "pulumi config rm email-list:senderDomain",
    "pulumi config set email-list:logRetentionDays 31",
    "pulumi config set email-list:accentColor red",
    "pulumi config set email-list:maxComplaintPercent many",
    "pulumi config set --path 'email-list:linkKeys[0]' 'not an id'",
    "pulumi config set --path 'email-list:corsOrigins[0]' example.org",
    "pulumi config set --path 'email-list:topics[0].name' 'a|b'",
    "pulumi config set email-list:webhookUrl https://example.org/hooks",
    "pulumi config set --plaintext email-list:captchaSecret hush",
    "pulumi config set --secret email-list:postmasterCredentials nonsense",
    "pulumi config set email-list:quicksight true",
    "pulumi config set email-list:reservedRatePercent 20",
]
"""One of each kind of mistake that `components/config.py` knows a command for."""


def test_the_commands_that_a_refusal_prints_fix_what_it_refuses(operator: Operator) -> None:
    operator.prepare()
    (operator.checkout / "key.json").write_text(SETTINGS["postmasterCredentials"]["postmasterCredentials"])
    for mistake in WRONG:
        operator.run(mistake)
    refused = operator.attempt("pulumi preview")
    assert refused.status != 0
    assert refused.steps == {}
    printed = re.findall(r"(?m)^\s{6,}(pulumi \S.*)$", refused.output)
    assert len(printed) > 10
    for command in printed:
        # A secret is typed after the command, where nobody's history keeps it.
        asks = re.search(r"--secret email-list:(\w+)$", command)
        operator.run(f"echo {SETTINGS[asks[1]][asks[1]]} | {command}" if asks else command)
    operator.run("pulumi preview")
