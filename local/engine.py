"""Runs a Pulumi program in this process and has each resource it declares created as it goes.

The Pulumi runtime is the real one: dependencies, outputs, components and secrets behave as under ``pulumi
up``. What is replaced is the engine behind it, at the seam Pulumi offers for tests, ``set_mocks``.
"""

import asyncio
import contextlib
import importlib
import json
import logging
import runpy
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

import pulumi
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.stack import Stack, run_pulumi_func

from local.project import Project

Inputs = dict[str, Any]


class DeploymentError(Exception):
    """The program or one of its resources failed; the message says which and why."""


class Provider(Protocol):
    """Creates what a program declares. Called from several threads at once."""

    def create(self, type_: str, name: str, inputs: Inputs, default_tags: Mapping[str, str]) -> tuple[str, Inputs]:
        """Create one resource and return its id and its outputs, keys as in the Pulumi schema."""
        ...

    def invoke(self, token: str, arguments: Inputs) -> Inputs:
        """Answer one function call, such as ``aws:index/getRegion:getRegion``."""
        ...


def deploy(project: Project, provider: Provider) -> dict[str, Any]:
    """Run the project's program and return its stack outputs as plain values, including secrets.

    Raises DeploymentError if the program stops or a resource cannot be created. What was created by then is for the
    provider to clean up.
    """
    outcome: Future[dict[str, Any]] = Future()

    def run() -> None:
        try:
            outcome.set_result(asyncio.run(_deploy(project, provider)))
        except BaseException as error:
            outcome.set_exception(error)

    # The Pulumi runtime keeps its state in context variables: a thread of its own starts with none.
    threading.Thread(target=run, name="pulumi-program", daemon=True).start()
    return outcome.result()


async def _deploy(project: Project, provider: Provider) -> dict[str, Any]:
    engine = _Engine(provider, project.config)
    settings.SETTINGS.lock = threading.Lock()
    settings.SETTINGS.outputs = set()
    pulumi.runtime.set_all_config(dict(project.config), list(project.secret_keys))
    mocks.set_mocks(engine, project.name, project.stack, preview=False, logger=logging.getLogger("pulumi"))
    # Once one resource has failed, those that wait for it fail too; only the first failure is worth reading.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    try:
        with _importable(project.program.parent):
            await run_pulumi_func(lambda: run_to_end(lambda: runpy.run_path(str(project.program), run_name="__main__")))
        root = pulumi.runtime.get_root_resource()
        assert isinstance(root, Stack)
        return await pulumi.Output.from_input(root.outputs).future() or {}
    except Exception as error:
        if engine.failure is not None:
            raise engine.failure from engine.failure.__cause__
        raise DeploymentError(_explain(error, project.program.parent)) from error


async def run_to_end(program: Callable[[], object]) -> None:
    """Run a program and await its outputs together.

    Pulumi awaits them one by one, each time looking at all of them: half of the time of a large program.
    """
    program()
    while outputs := list(settings.SETTINGS.outputs):
        await asyncio.gather(*outputs, return_exceptions=True)
        settings.SETTINGS.outputs.difference_update(outputs)


class _Engine(mocks.Mocks):
    """Hands resources to the provider: secrets unwrapped, provider resources and default tags resolved."""

    def __init__(self, provider: Provider, config: Mapping[str, str]) -> None:
        self.failure: DeploymentError | None = None
        self._provider = provider
        self._default_tags = {"": _default_tags(config.get("aws:defaultTags"))}
        """Tags for every resource of a provider, by its name; the empty name is the default provider."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, Inputs]:
        if not args.custom:
            return "", {}
        inputs: Inputs = plain(args.inputs)
        if args.typ == "pulumi:providers:aws":
            self._default_tags[args.name] = _default_tags(inputs.get("defaultTags"))
        provider_name = (args.provider or "").rpartition("::")[0].rpartition("::")[2]
        default_tags = self._default_tags.get(provider_name, {})
        try:
            id_, outputs = self._provider.create(args.typ, args.name, inputs, default_tags)
        except Exception as error:
            failure = DeploymentError(f'{args.typ} "{args.name}": {error}')
            failure.__cause__ = error
            self.failure = self.failure or failure
            raise failure from error
        return id_, {**args.inputs, **outputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[Inputs, list[tuple[str, str]]]:
        try:
            return self._provider.invoke(args.token, plain(args.args)), []
        except Exception as error:
            raise DeploymentError(f"{args.token}: {error}") from error


def plain(value: Any) -> Any:
    """A property value as Python data: secrets unwrapped, whole numbers as int, assets left as they are."""
    if rpc.is_rpc_secret(value):
        return plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _default_tags(value: Any) -> dict[str, str]:
    """The tags in a provider's ``defaultTags``, which travels as JSON text."""
    parsed = json.loads(value) if isinstance(value, str) else value
    return (parsed or {}).get("tags") or {}


@contextlib.contextmanager
def _importable(folder: Path) -> Generator[None]:
    """Let the program import its own modules, as the Pulumi CLI does."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _explain(error: BaseException, folder: Path) -> str:
    """One message for a program that stopped: its own words if it has any, otherwise where it went wrong."""
    if isinstance(error, pulumi.RunError | DeploymentError):
        return str(error)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(folder) and "site-packages" not in frame.filename
    ]
    where = f"{Path(frames[-1].filename).relative_to(folder)}:{frames[-1].lineno}: " if frames else ""
    return f"{where}{type(error).__name__}: {error}"
