"""``python -m local up`` as a person runs it: comes up, tells how to use it, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import sample_list
from local.emulator import free_port, require_free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def command(*arguments: str, **environment: str) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "up", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PULUMI_ERROR_OUTPUT_STRING": "true", **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def outputs_when_ready(file: Path, process: subprocess.Popen[str]) -> dict[str, Any]:
    deadline = time.monotonic() + 180
    while not file.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "not ready in time"
        time.sleep(0.05)
    outputs: dict[str, Any] = json.loads(file.read_text())
    return outputs


@dataclass(frozen=True)
class Up:
    """A stack that a command has brought up."""

    process: subprocess.Popen[str]
    port: int
    outputs_file: Path
    outputs: dict[str, Any]
    temporary: Path
    """Its folder for temporary files, which nobody else uses."""

    def interrupt(self, sent: signal.Signals) -> tuple[str, str]:
        """Send a signal; what was printed, and what to the error stream, until the end."""
        self.process.send_signal(sent)
        return self.process.communicate(timeout=20)


@contextmanager
def bring_up(folder: Path, *more: str) -> Generator[Up]:
    port, file, temporary = free_port(), folder / "outputs.json", folder / "temporary"
    temporary.mkdir()
    arguments = ("--port", str(port), "--outputs", str(file), "--config", "listName=Cat News", *more)
    with command(*arguments, TMPDIR=str(temporary)) as process:
        yield Up(process, port, file, outputs_when_ready(file, process), temporary)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with bring_up(tmp_path_factory.mktemp("up")) as up:
        yield up


def assert_nothing_is_left(up: Up) -> None:
    assert list(up.temporary.iterdir()) == []
    require_free_port(up.port)
    require_free_port(up.port + 1)


def test_it_comes_up_where_it_was_told_to(up: Up) -> None:
    assert up.outputs["emulator_url"] == f"http://127.0.0.1:{up.port}"
    with urllib.request.urlopen(up.outputs["mailbox_url"] + "/messages") as answer:
        assert json.loads(answer.read()) == []
    assert list(up.temporary.iterdir()) != []


def test_the_outputs_hold_a_secret_and_are_for_the_owner_only(up: Up) -> None:
    assert up.outputs_file.stat().st_mode & 0o077 == 0


def test_a_taken_port_is_said_so(up: Up) -> None:
    with command("--port", str(up.port)) as second:
        _, errors = second.communicate(timeout=20)
    assert second.returncode == 1
    assert errors.startswith(f"error: port {up.port} is in use")


def forward(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", "forward", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_days_pass_for_the_sequences_of_a_running_stack(up: Up) -> None:
    passed = forward("2", "--every", "0", "--port", str(up.port))
    assert (passed.returncode, passed.stderr) == (0, "")
    assert passed.stdout.splitlines() == [f"Day {day}: 0 due" for day in (1, 2)]


def test_no_day_passes_where_no_stack_runs(up: Up) -> None:
    port = free_port()
    passed = forward("1", "--port", str(port))
    assert passed.returncode == 1
    assert passed.stderr.startswith(f"error: no stack answers on port {port}: `python -m local up` starts one")
    assert forward("0", "--port", str(up.port)).returncode == 2


def test_an_interrupt_removes_everything(up: Up) -> None:
    printed, errors = up.interrupt(signal.SIGINT)
    assert up.process.returncode == 0
    assert "Traceback" not in errors
    assert up.outputs["admin_token"] in printed
    assert printed.count("curl ") == 4
    assert_nothing_is_left(up)


def test_a_termination_removes_everything(tmp_path: Path) -> None:
    with bring_up(tmp_path) as up:
        _, errors = up.interrupt(signal.SIGTERM)
    assert up.process.returncode == 0
    assert "Traceback" not in errors
    assert_nothing_is_left(up)


def test_what_it_tells_to_try_works_to_the_letter_and_a_demo_has_a_past(tmp_path: Path) -> None:
    with bring_up(tmp_path, "--demo") as up:
        output = up.process.stdout
        assert output
        printed = list(iter(lambda: output.readline().rstrip(), "Ctrl-C removes everything."))
        words = next(line for line in printed if line.startswith("  Console"))
        assert words.split()[-1] == up.outputs["console_url"]
        *commands, read = [line for line in printed if line.startswith("  curl ")]
        answers = [subprocess.run(["bash", "-c", line], capture_output=True, check=True).stdout for line in commands]
        assert all("error" not in json.loads(answer) for answer in answers)
        deadline = time.monotonic() + 60
        while b"The first issue." not in subprocess.run(["bash", "-c", read], capture_output=True, check=True).stdout:
            assert time.monotonic() < deadline, "ada has not got the newsletter"
            time.sleep(0.5)

        def asked(path: str) -> Any:
            token = {"authorization": f"Bearer {up.outputs['admin_token']}"}
            with urllib.request.urlopen(
                urllib.request.Request(f"{up.outputs['api_endpoint']}{path}", headers=token)
            ) as answer:
                return json.load(answer)

        past = asked("/campaigns")["campaigns"][1:]
        assert [(campaign["status"], campaign["counts"]["sent"]) for campaign in past] == [
            ("sent", sample_list.PEOPLE)
        ] * 2
        for campaign in past:
            results = asked(f"/campaigns/{campaign['id']}")["results"]
            assert sample_list.PEOPLE > results["opened"] > results["clicked"] > 0
            assert all(link["clicked"] for link in results["links"])


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
