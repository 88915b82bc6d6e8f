"""An operator: a checkout of the project, an AWS account on this machine, and commands typed as the docs print them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.emulator import Emulator, free_port
from local.provider import Provider, Providers
from local.resources import Cloud
from local.ses import SesStandIn
from local.stack import ROOT
from tests.engine.cli import PulumiCli
from tests.inventory import inventory

REGION = "eu-west-1"
"""The one of the README's commands."""

PASSPHRASE = "of the tests"
HOST = Path(__file__).parent / "cli" / "language_host.py"


class Account:
    """An AWS account of its own, as a context manager: the emulator, the stand-in for SES, and a provider to both."""

    cloud: Cloud
    ses: SesStandIn
    environment: dict[str, str]
    """What has `pulumi` reach this account."""

    def __init__(self, provider: type[Provider] = Provider) -> None:
        self._provider = provider
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self.ses = starting.enter_context(SesStandIn(publish=self._publish))
            emulator = starting.enter_context(Emulator(free_port(), REGION, ses_url=self.ses.url, enforce_iam=True))
            self.cloud = Cloud(emulator.url, self.ses.url, REGION)
            self.environment = starting.enter_context(Providers(self.cloud, self._provider)).environment
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def inventory(self) -> dict[str, list[Any]]:
        """What stacks have made and left here, by kind."""
        self.cloud.forget_code()
        found = inventory(self.cloud)
        return found if found.pop("schedule groups", ["default"]) == ["default"] else {**found, "schedule groups": []}

    def _publish(self, topic_arn: str, event: Mapping[str, Any]) -> None:
        self.cloud.client("sns").publish(TopicArn=topic_arn, Message=json.dumps(event))


@dataclass(frozen=True)
class Ran:
    """A command that ran: what it printed, its exit status, and the events of the engine if it had any."""

    command: str
    status: int
    output: str
    events: tuple[Mapping[str, Any], ...]

    @cached_property
    def steps(self) -> dict[str, str]:
        """What was done, or is foreseen, by the URN of each resource that is not left as it is.

        A replacement is told by its first step alone: "replace", whatever is made or deleted for it.
        """
        steps: dict[str, str] = {}
        for event in self.events:
            step = event.get("resourcePreEvent", {}).get("metadata")
            if step and step["op"] not in ("same", "read", "refresh"):
                replaced = "replace" in step["op"] or steps.get(step["urn"]) == "replace"
                steps[step["urn"]] = "replace" if replaced else step["op"]
        return steps

    @property
    def warnings(self) -> list[str]:
        """What the engine, the provider or the program warns of."""
        told = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        return [message["message"] for message in told if message["severity"] == "warning"]


class CommandFailed(AssertionError):
    """A command that should have worked did not; the message is what it printed."""


class Operator:
    """Somebody with a shell in a checkout of the project, whose `pulumi` reaches one account."""

    def __init__(self, folder: Path, account: Account, pulumi: PulumiCli) -> None:
        self.checkout = folder / "email-list"
        self.account = account
        self._home = folder / "home"
        self._events = folder / "events"
        _check_out(self.checkout)
        (folder / "state").mkdir()
        self._home.mkdir()
        if not pulumi.runs_python:
            _install_language_host(self._home)
        self.environment = {
            "PATH": f"{pulumi.executable.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PULUMI_HOME": str(self._home),
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_SKIP_CONFIRMATIONS": "true",
            "PULUMI_ERROR_OUTPUT_STRING": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_OPTION_EVENT_LOG": str(self._events),
            **account.environment,
        }

    def run(self, command: str) -> Ran:
        """Type a command into the shell. Raises CommandFailed."""
        ran = self.attempt(command)
        if ran.status != 0:
            raise CommandFailed(f"$ {command}\n{ran.output}")
        return ran

    def refused(self, command: str) -> str:
        """What a command says that must not work."""
        ran = self.attempt(command)
        assert ran.status != 0, f"$ {command}\n{ran.output}"
        return ran.output

    def attempt(self, command: str) -> Ran:
        """Type a command into the shell, whatever comes of it."""
        self._events.unlink(missing_ok=True)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.checkout,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Ran(command, done.returncode, done.stdout, tuple(self._read_events()))

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in plain text."""
        return dict(json.loads(self.run("pulumi stack output --json --show-secrets").output))

    def state(self) -> str:
        """The stack's state as it is stored."""
        return self.run("pulumi stack export").output

    def _read_events(self) -> Iterator[Mapping[str, Any]]:
        if self._events.exists():
            yield from map(json.loads, self._events.read_text().splitlines())


def _check_out(folder: Path) -> None:
    """A copy of the files that git knows or would add, as `pulumi` would find them in a clone after `make setup`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in _needed(filter(None, listed.stdout.split("\0"))):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for shared in (".venv", ".build"):
        (ROOT / shared).mkdir(exist_ok=True)
        (folder / shared).symlink_to(ROOT / shared)


def _needed(names: Iterable[str]) -> Iterator[str]:
    """Those that exist and are no tests."""
    return (
        name
        for name in names
        if not name.startswith(("tests/", "benchmarks/", "docs/images/")) and (ROOT / name).exists()
    )


def _install_language_host(pulumi_home: Path) -> None:
    """Put our language host where `pulumi` looks for installed plugins."""
    folder = pulumi_home / "plugins" / "language-python-v0.0.1"
    folder.mkdir(parents=True)
    host = folder / "pulumi-language-python"
    host.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HOST}" "$@"\n')
    host.chmod(0o755)
