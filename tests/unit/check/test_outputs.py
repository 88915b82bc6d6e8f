"""Where the check gets a stack's outputs from, and what it says when they are no good."""

import json
from pathlib import Path

import pytest

from check import CheckFailedError, outputs
from check.outputs import NEEDED

COMPLETE = {**dict.fromkeys(NEEDED, "value"), "admin_token": "secret", "dkim_records": []}


def pulumi(folder: Path, script: str) -> str:
    """A command in the place of the Pulumi CLI, which notes its arguments and then runs a script."""
    command = folder / "pulumi"
    command.write_text(f'#!/bin/sh\necho "$@" > {folder}/arguments\n{script}\n')
    command.chmod(0o755)
    return str(command)


def test_the_outputs_of_a_stack_come_from_the_cli_with_their_secrets(tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(json.dumps(COMPLETE))
    found = outputs.of_stack("production", pulumi(tmp_path, f"cat {tmp_path}/answer.json"))
    assert found == COMPLETE
    arguments = (tmp_path / "arguments").read_text()
    assert arguments == "stack output --json --show-secrets --non-interactive --stack production\n"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "echo \"error: no stack named 'nix' found\" >&2; exit 6",
            "`pulumi stack output` failed: error: no stack named",
        ),
        ("echo not-json", "The outputs of stack production are not JSON"),
        ("echo '[]'", "The outputs of stack production are not a JSON object."),
        ("echo '{}'", "The outputs of stack production lack api_endpoint, "),
        ("exec sleep 5", "did not answer within 0.1 seconds"),
    ],
)
def test_a_stack_without_usable_outputs_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    if "sleep" in script:
        monkeypatch.setattr(outputs, "PULUMI_SECONDS", 0.1)
    with pytest.raises(CheckFailedError) as failed:
        outputs.of_stack("production", pulumi(tmp_path, script))
    assert reason in failed.value.reason
    assert failed.value.advice


def test_a_machine_without_the_cli_is_told_of_the_other_way(tmp_path: Path) -> None:
    with pytest.raises(CheckFailedError) as failed:
        outputs.of_stack("production", str(tmp_path / "nothing"))
    assert "OUTPUTS=" in failed.value.advice


def test_a_file_of_outputs_is_read(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(COMPLETE))
    assert outputs.of_file(file) == COMPLETE


def test_a_file_that_hides_its_secrets_is_refused_with_the_command_that_does_not(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({**COMPLETE, "admin_token": "[secret]"}))
    with pytest.raises(CheckFailedError) as failed:
        outputs.of_file(file)
    assert "hide the admin token" in failed.value.reason
    assert "--show-secrets" in failed.value.advice


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckFailedError, match=r"missing\.json"):
        outputs.of_file(tmp_path / "missing.json")
