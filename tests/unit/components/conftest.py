"""The whole program, run under the recording mocks."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from components import packaging
from local.project import load_project
from tests.unit.components.recording import STACK, Deployment, run_program

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Deployment]:
    """Run `__main__.py` with changes to the dev stack's configuration; its bundle is an empty directory."""
    bundle = tmp_path_factory.mktemp("bundle")

    def deploy(*, stack: str = STACK, preview: bool = False, **changes: str) -> Deployment:
        config = load_project(ROOT, STACK, changes).config
        with pytest.MonkeyPatch.context() as patch:
            # An Output in an f-string is an error then, not a puzzling string.
            patch.setenv("PULUMI_ERROR_OUTPUT_STRING", "true")
            patch.setattr(packaging, "build_bundle", lambda target: bundle)
            return run_program(
                lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
                config,
                stack=stack,
                preview=preview,
            )

    return deploy


@pytest.fixture(scope="session")
def deployment(deploy: Callable[..., Deployment]) -> Deployment:
    """What the dev stack declares."""
    return deploy()
