"""An operator: a checkout of the project, an AWS account on this machine, and commands typed as the docs print them."""

import itertools
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from local.emulator import Emulator, free_port
from local.provider import Provider, Providers
from local.resources import Cloud
from local.ses import SesStandIn
from local.stack import ROOT
from tests.engine.cli import PulumiCli
from tests.engine.printed import commands
from tests.inventory import inventory

REGION = "eu-west-1"
"""The one of the README's commands."""

PASSPHRASE = "of the tests"
SECRETS = {"webhookSecret", "captchaSecret", "postmasterCredentials"}
HOST = Path(__file__).parent / "cli" / "language_host.py"


class Account:
    """An AWS account of its own, as a context manager: the emulator, the stand-in for SES, and a provider to both."""

    cloud: Cloud
    ses: SesStandIn
    environment: dict[str, str]
    """What has `pulumi` reach this account."""

    def __init__(self, provider: Callable[[Cloud, str], Provider] = Provider) -> None:
        self._provider = provider
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self.ses = starting.enter_context(SesStandIn(publish=self._publish))
            emulator = Emulator(free_port(), REGION, ses_url=self.ses.url, enforce_iam=True)
            emulator.name_server = self.ses.names.address
            starting.enter_context(emulator)
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
            if step and step["op"] not in ("same", "read", "refresh") and step["type"] != "pulumi:pulumi:Stack":
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

    def __init__(self, folder: Path, account: Account, pulumi: PulumiCli, release: str | None = None) -> None:
        self.checkout = folder / "email-list"
        self.account = account
        self.history: list[Ran] = []
        """Every command whose end was waited for."""
        self._folder = folder
        self._numbers = itertools.count()
        self.checkout.mkdir()
        _check_out(self.checkout, release)
        (folder / "state").mkdir()
        (folder / "home").mkdir()
        if not pulumi.runs_python:
            _install_language_host(folder / "home")
        self.environment = {
            "PATH": f"{pulumi.executable.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_SKIP_CONFIRMATIONS": "true",
            "PULUMI_ERROR_OUTPUT_STRING": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # the option --event-log is one for debugging
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
        events = self._folder / f"events-{next(self._numbers)}"
        with self.begin(command, PULUMI_OPTION_EVENT_LOG=str(events)) as shell:
            output, _ = shell.communicate()
        told = map(json.loads, events.read_text().splitlines()) if events.exists() else ()
        ran = Ran(command, shell.returncode, output, tuple(told))
        self.history.append(ran)
        return ran

    def begin(self, command: str, **environment: str) -> subprocess.Popen[str]:
        """Type a command and do not wait for its end. It leads a process group of its own."""
        return subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.checkout,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    def foresee(self, settings: Mapping[str, Any], stack: str = "production") -> Ran:
        """What `pulumi preview` says of other settings, which are then dropped again."""
        other = self.checkout / f"settings-{next(self._numbers)}.yaml"
        shutil.copy(self.checkout / f"Pulumi.{stack}.yaml", other)
        self._change(other, settings)
        return self.run(f"pulumi preview --config-file {other.name}")

    def pull(self) -> None:
        """Bring the checkout to the newest version of the project; the files of the stacks stay."""
        stacks = {file.name: file.read_text() for file in self.checkout.glob("Pulumi.*.yaml")}
        shutil.rmtree(self.checkout)
        self.checkout.mkdir()
        _check_out(self.checkout)
        for name, text in stacks.items():
            (self.checkout / name).write_text(text)

    def set(self, settings: Mapping[str, Any], stack: str = "production") -> None:
        """Change a stack's settings, secrets as such; None takes a key out, for its default to count."""
        self._change(self.checkout / f"Pulumi.{stack}.yaml", settings)

    def stored(self) -> list[Path]:
        """Each file in which `pulumi` keeps something of the stacks."""
        files = [*(self._folder / "state").rglob("*"), *self.checkout.glob("Pulumi.*.yaml")]
        return [file for file in files if file.is_file()]

    def _change(self, file: Path, settings: Mapping[str, Any]) -> None:
        content = yaml.safe_load(file.read_text())
        for key, value in settings.items():
            content["config"].pop(f"email-list:{key}", None)
            if value is not None and key not in SECRETS:
                content["config"][f"email-list:{key}"] = value
        file.write_text(yaml.safe_dump(content))
        for key in settings.keys() & SECRETS:
            if settings[key] is not None:
                secret = shlex.quote(settings[key])
                self.run(f"pulumi config set --config-file {file.name} --secret email-list:{key} {secret}")

    def prepare(self, *settings: str, stack: str = "production") -> None:
        """Make a stack and configure it as the README does, and then by further `pulumi config set` arguments."""
        for command in preparation(stack):
            self.run(command)
        # The emulator runs functions on this machine.
        for setting in ("bundleTarget host", *settings):
            self.run(f"pulumi config set {setting}")

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in plain text."""
        return dict(json.loads(self.run("pulumi stack output --json --show-secrets").output))

    def state(self) -> str:
        """The stack's state as it is stored."""
        return self.run("pulumi stack export").output


def preparation(stack: str) -> list[str]:
    """The README's commands before its `pulumi up`, for a stack of this name, without the protection of its data."""
    readme = commands("README.md", "Deploy it on AWS")
    before = readme[: readme.index("pulumi up")]
    return [command.replace("production", stack) for command in before if "deletionProtection" not in command]


def _check_out(folder: Path, release: str | None = None) -> None:
    """The files of a release, or those that git knows or would add, as `pulumi` finds them after `make setup`."""
    if release:
        archive = _git("archive", "--format=tar", release)
        subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    else:
        listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").decode()
        for name in _needed(filter(None, listed.split("\0"))):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for shared in (".venv", ".build"):
        (ROOT / shared).mkdir(exist_ok=True)
        (folder / shared).symlink_to(ROOT / shared)


def releases() -> list[str]:
    """The tags of what was released, the oldest first."""
    return _git("tag", "--list", "v*", "--sort=version:refname").decode().split()


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


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
