"""The notes of a release come from the change log."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from email_list.openapi import VERSION

SCRIPT = Path(__file__).parents[2] / ".ci/release_notes.py"

CHANGELOG = """\
# Changes

## [Unreleased]

## [1.10.0] - 2026-12-01

### Added

- Something.

## [1.1.0] - 2026-11-30

- The first.
"""


@pytest.fixture(scope="module")
def release_notes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_notes", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("tag", "notes"), [("v1.10.0", "### Added\n\n- Something."), ("v1.1.0", "- The first."), ("1.1.0", "- The first.")]
)
def test_a_release_has_the_notes_of_its_version_alone(release_notes: ModuleType, tag: str, notes: str) -> None:
    assert release_notes.notes(CHANGELOG, tag) == notes


@pytest.mark.parametrize("tag", ["v1.2.0", "v1.10", "vUnreleased", "v1x1.0"])
def test_a_version_without_notes_is_not_released(release_notes: ModuleType, tag: str) -> None:
    with pytest.raises(ValueError, match=r"CHANGELOG\.md has nothing under"):
        release_notes.notes(CHANGELOG, tag)


def test_the_release_job_fails_for_a_tag_without_notes() -> None:
    script = subprocess.run([sys.executable, str(SCRIPT), "v0.0.1"], capture_output=True, text=True, check=False)
    assert script.returncode == 1
    assert script.stdout == ""
    assert "0.0.1" in script.stderr


def test_the_version_that_the_api_tells_is_the_latest_of_the_change_log() -> None:
    changelog = (SCRIPT.parents[1] / "CHANGELOG.md").read_text()
    assert re.findall(r"(?m)^## \[(\d.*?)\]", changelog)[0] == VERSION


def test_what_a_stack_of_this_version_holds_is_kept() -> None:
    kept = SCRIPT.parents[1] / "tests/releases" / VERSION
    assert {file.name for file in kept.iterdir()} == {"stack.yaml", "state.json.gz", "data.json.gz"}
