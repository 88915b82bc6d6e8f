"""What an operator does after a `pulumi up` that failed or was interrupted half way."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.provider import Provider
from local.resources import Cloud
from tests.engine.cli import PulumiCli
from tests.engine.operator import Account, Operator
from tests.engine.printed import commands, within_text

SENDER = "example.org"
"""The domain of the README's commands."""


class Trouble:
    """What goes wrong in the cloud; the name of a resource says where."""

    def __init__(self) -> None:
        self.failing = ""
        """Cannot be made or changed."""
        self.stuck = ""
        """Is made, and then nothing more happens: neither does anybody hear of it, nor is anything else made."""
        self.waiting: set[str] = set()
        """What `pulumi` waits for."""
        self.over = threading.Event()

    def provider(self, cloud: Cloud, package: str) -> Provider:
        trouble = self

        class TroubledProvider(Provider):
            def Create(self, request: Any, context: Any) -> Any:
                if request.preview:
                    return super().Create(request, context)
                trouble.fail(request.name)
                if trouble.waiting:
                    trouble.wait(request.name)
                created = super().Create(request, context)
                if request.name == trouble.stuck:
                    trouble.wait(request.name)
                return created

            def Update(self, request: Any, context: Any) -> Any:
                if not request.preview:
                    trouble.fail(request.name)
                return super().Update(request, context)

        return TroubledProvider(cloud, package)

    def fail(self, name: str) -> None:
        if name == self.failing:
            raise RuntimeError("the cloud is out of order")

    def wait(self, name: str) -> None:
        self.waiting.add(name)
        self.over.wait()


@pytest.fixture
def trouble() -> Iterator[Trouble]:
    trouble = Trouble()
    yield trouble
    trouble.over.set()


@pytest.fixture
def operator(tmp_path: Path, trouble: Trouble, pulumi: PulumiCli) -> Iterator[Operator]:
    with Account(trouble.provider) as account:
        yield Operator(tmp_path, account, pulumi)
        trouble.over.set()


def test_after_a_failure_half_way_the_next_up_goes_on(operator: Operator, trouble: Trouble) -> None:
    # Somebody sends with this domain already, whose identity is theirs.
    ses = operator.account.cloud.client("sesv2")
    ses.create_email_identity(EmailIdentity=SENDER, Tags=[{"Key": "of", "Value": "others"}])
    of_others = described(ses.get_email_identity(EmailIdentity=SENDER))
    operator.prepare("email-list:alarmEmail office@example.org")
    failed = operator.attempt("pulumi up --skip-preview")
    assert failed.status != 0
    assert "AlreadyExistsException" in failed.output
    made = created(operator)
    for command in within_text("docs/first-deployment.md", "1. Before `pulumi up`"):
        if command != "pulumi up":
            operator.run(command)
    went_on = operator.run("pulumi up --skip-preview")
    assert set(went_on.steps.values()) == {"create"}
    assert len(made) > 10
    assert not made & went_on.steps.keys(), "what was made is not made again"

    trouble.failing = "email-list-production-subscribe"
    operator.run("pulumi config set email-list:listName 'Friends of the Old Museum'")
    failed = operator.attempt("pulumi up --skip-preview")
    assert failed.status != 0
    assert "the cloud is out of order" in failed.output
    trouble.failing = ""
    rest = operator.run("pulumi up --skip-preview")
    assert set(rest.steps.values()) == {"update"}
    assert any(urn.endswith("::email-list-production-subscribe") for urn in rest.steps)
    assert operator.run("pulumi preview --refresh").steps == {}

    operator.run("pulumi destroy --skip-preview")
    assert operator.account.inventory().keys() == {"identities"}
    assert described(ses.get_email_identity(EmailIdentity=SENDER)) == of_others, "it was used and left alone"


def test_after_an_up_that_was_killed_the_runbook_goes_on(operator: Operator, trouble: Trouble) -> None:
    operator.prepare()
    trouble.stuck = "email-list-production-subscribe-logs"
    up = operator.begin("pulumi up --skip-preview")
    while not trouble.waiting:
        assert up.poll() is None, up.communicate()[0]
        time.sleep(0.1)
    # Between two writes: a backend of plain files does not survive an end amid one.
    os.killpg(up.pid, signal.SIGSTOP)
    while pending(operator) != trouble.waiting:
        os.killpg(up.pid, signal.SIGCONT)
        time.sleep(0.1)
        os.killpg(up.pid, signal.SIGSTOP)
    os.killpg(up.pid, signal.SIGKILL)
    up.communicate()
    trouble.stuck = ""
    trouble.waiting.clear()
    trouble.over.set()

    assert "pulumi cancel" in operator.refused("pulumi up"), "the stack is locked, and pulumi says what to do"
    cancel, refresh, again = commands("docs/runbook.md", "Continue after an interrupted `pulumi up`")
    operator.run(cancel)
    operator.run(refresh)
    while (ran := operator.attempt(again)).status != 0:
        left = set(re.findall(r"log group already exists: (\S+)", ran.output))
        assert left, ran.output
        for name in left:
            operator.account.cloud.client("logs").delete_log_group(logGroupName=name)
    assert operator.run("pulumi preview").steps == {}


def pending(operator: Operator) -> set[str]:
    """The names of what `pulumi` has noted as under way; nothing while it is writing."""
    state, attributes = (
        next(file for file in operator.stored() if file.name == name and "stacks" in file.parts)
        for name in ("production.json", "production.json.attrs")
    )
    try:
        json.loads(attributes.read_text())
        operations = json.loads(state.read_text())["checkpoint"]["latest"].get("pending_operations", [])
    except ValueError:
        return set()
    return {operation["resource"]["urn"].rpartition("::")[2] for operation in operations}


def created(operator: Operator) -> set[str]:
    """The URNs of what a stack has."""
    return set(operator.run("pulumi stack --show-urns").output.split())


def described(identity: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in identity.items() if name != "ResponseMetadata"}
