"""A stack with every option on, verified by address: it comes up, tells no secret, and goes."""

import json
from collections.abc import Iterator

import pytest

from tests.engine.changes import EVERYTHING, WEBHOOK_SECRET
from tests.engine.cli import PulumiCli
from tests.engine.operator import Account, Operator

BELOW_A_DOMAIN = ("senderDomain", "mailFromDomain", "trackingDomain")
"""What an address alone does without; test_changes.py has a stack with them and everything else."""

NEW_WEBHOOK_SECRET = "whsec_" + "B" * 43 + "="


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory, pulumi: PulumiCli) -> Iterator[Operator]:
    with Account() as account:
        operator = Operator(tmp_path_factory.mktemp("everything"), account, pulumi)
        operator.prepare()
        operator.set({**EVERYTHING, **dict.fromkeys(BELOW_A_DOMAIN), "senderEmail": "newsletter@example.org"})
        yield operator


def test_a_stack_with_every_option_on_comes_up_and_stays_as_it_is(operator: Operator) -> None:
    made = operator.run("pulumi up")
    assert made.warnings == []
    for command in ("pulumi preview --diff", "pulumi refresh"):
        assert operator.run(command).steps == {}


def test_no_secret_is_to_be_read_in_the_state_or_in_what_pulumi_says(operator: Operator) -> None:
    before = secrets_of(operator)
    operator.set({"webhookSecret": f"{NEW_WEBHOOK_SECRET} {WEBHOOK_SECRET}", "linkKeys": ["first", "second", "third"]})
    for command in ("pulumi preview --diff", "pulumi up --diff", "pulumi stack output", "pulumi config"):
        operator.run(command)
    operator.state()
    secrets = secrets_of(operator)
    assert len(secrets - before) == 1, "the third link key"

    told = [
        ran.output
        for ran in operator.history
        if "--show-secrets" not in ran.command and " --secret " not in ran.command
    ]
    kept = [file.read_text() for file in operator.stored()]
    assert any("[secret]" in output for output in told)
    assert any("email-list-production-link-key-third" in text for text in kept)
    assert [text[:200] for text in (*told, *kept) if any(secret in text for secret in secrets)] == []


def test_a_stack_with_every_option_on_goes_without_a_trace(operator: Operator) -> None:
    operator.run("pulumi destroy --skip-preview")
    assert operator.account.inventory() == {}


def secrets_of(operator: Operator) -> set[str]:
    """What nobody may read: every value made at random, and what was configured as secret."""
    state = json.loads(operator.run("pulumi stack export --show-secrets").output)
    resources = state["deployment"]["resources"]
    made = [
        each["outputs"]["result"] for each in resources if each["type"] == "random:index/randomPassword:RandomPassword"
    ]
    given = {NEW_WEBHOOK_SECRET, WEBHOOK_SECRET, EVERYTHING["captchaSecret"]}
    return {*(json.loads(secret["plaintext"]) for secret in made), *given}
