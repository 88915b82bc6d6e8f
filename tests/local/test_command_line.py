"""``python -m local up`` as a person runs it: comes up, tells how to use it, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.emulator import free_port, require_free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def command(*arguments: str) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "up", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PULUMI_ERROR_OUTPUT_STRING": "true"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def outputs_when_ready(file: Path, process: subprocess.Popen[str]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "not ready in time"
        time.sleep(0.05)
    outputs: dict[str, Any] = json.loads(file.read_text())
    return outputs


def local_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("email-list-local-*"))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_comes_up_and_an_interrupt_removes_everything(sent: signal.Signals, tmp_path: Path) -> None:
    port, file, before = free_port(), tmp_path / "outputs.json", local_folders()
    with command("--port", str(port), "--outputs", str(file), "--config", "listName=Cat News") as process:
        outputs = outputs_when_ready(file, process)
        assert outputs["emulator_url"] == f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(outputs["mailbox_url"] + "/messages") as answer:
            assert json.loads(answer.read()) == []
        (folder,) = local_folders() - before
        process.send_signal(sent)
        printed, errors = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "Traceback" not in errors
    assert outputs["admin_token"] in printed
    assert printed.count("curl ") == 3
    assert not folder.exists()
    require_free_port(port)
    require_free_port(port + 1)


def test_the_outputs_hold_a_secret_and_are_for_the_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    with command("--port", str(free_port()), "--outputs", str(file)) as process:
        outputs_when_ready(file, process)
        assert file.stat().st_mode & 0o077 == 0


def test_a_taken_port_is_said_so(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "outputs.json"
    with command("--port", str(port), "--outputs", str(file)) as first:
        outputs_when_ready(file, first)
        with command("--port", str(port)) as second:
            _, errors = second.communicate(timeout=20)
    assert second.returncode == 1
    assert errors.startswith(f"error: port {port} is in use")


def test_wrong_configuration_is_said_so_without_a_traceback() -> None:
    with command("--port", str(free_port()), "--config", "senderEmail=not an address") as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "senderEmail" in errors
    assert "Traceback" not in errors


def test_a_python_without_the_packages_hands_over_to_the_projects_environment(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.symlink_to(Path(sys.executable).resolve())
    without = subprocess.run([bare, "-I", "-c", "import pulumi"], capture_output=True, check=False)
    assert without.returncode != 0, "this interpreter has the packages itself"
    answer = subprocess.run(
        [bare, "-m", "local", "up", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert "--outputs FILE" in answer.stdout
