"""The emulator as a child process: it starts, listens on this machine only, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from local.emulator import Emulator, EmulatorError, require_free_port

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks processes up in /proc")


def processes_of(folder: Path) -> list[int]:
    """Every live process that mentions the folder in its command or works in it."""

    def belongs(process: Path) -> bool:
        try:
            command, cwd = (process / "cmdline").read_bytes().decode(), os.readlink(process / "cwd")
        except OSError:
            return False
        return str(folder) in command or cwd.startswith(str(folder))

    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if belongs(process)]


def eventually(condition: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_free(port: int) -> bool:
    try:
        require_free_port(port)
    except EmulatorError:
        return False
    return True


def invoke_a_function(emulator: Emulator, code: str) -> object:
    """Deploy one function and invoke it, so that a worker process exists."""
    import io
    import zipfile

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("index.py", textwrap.dedent(code))
    session = boto3.Session("test", "test", region_name="us-east-1")
    client = session.client("lambda", endpoint_url=emulator.url)
    client.create_function(
        FunctionName="probe",
        Runtime="python3.14",
        Handler="index.handler",
        Role="arn:aws:iam::000000000000:role/probe",
        Code={"ZipFile": archive.getvalue()},
    )
    return json.loads(client.invoke(FunctionName="probe")["Payload"].read())


@pytest.fixture
def emulator(free_port: int) -> Iterator[Emulator]:
    with Emulator(free_port) as running:
        yield running


def test_stopping_leaves_no_process_no_port_and_no_folder(emulator: Emulator) -> None:
    assert invoke_a_function(emulator, "def handler(event, context): return 'here'") == "here"
    assert len(processes_of(emulator.folder)) == 3  # supervisor, server, one worker

    emulator.stop()

    assert processes_of(emulator.folder) == []
    assert is_free(emulator.port)
    assert not emulator.folder.exists()


def test_stopping_twice_is_harmless(emulator: Emulator) -> None:
    emulator.stop()
    emulator.stop()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_parent_that_is_killed_takes_the_emulator_with_it(sent: signal.Signals, free_port: int) -> None:
    code = f"""
        import signal, time
        from local.emulator import Emulator
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
        with Emulator({free_port}) as emulator:
            print(emulator.folder, flush=True)
            time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        folder = Path(parent.stdout.readline().strip())
        assert len(processes_of(folder)) == 2
        parent.send_signal(sent)

    assert eventually(lambda: processes_of(folder) == [] and not folder.exists())
    assert is_free(free_port)


def test_an_emulator_that_dies_by_itself_leaves_no_worker_and_no_folder(emulator: Emulator) -> None:
    invoke_a_function(emulator, "def handler(event, context): return 'here'")
    server = next(
        pid
        for pid in processes_of(emulator.folder)
        if b"supervisor.py" not in command_of(pid) and b"emulator_server.py" in command_of(pid)
    )
    os.kill(server, signal.SIGKILL)

    assert eventually(lambda: processes_of(emulator.folder) == [] and not emulator.folder.exists())


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_it_listens_on_this_machine_only(emulator: Emulator) -> None:
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{emulator.port:04X}")
    ]
    assert listening == [f"0100007F:{emulator.port:04X}"]


def test_a_taken_port_is_said_so(free_port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port))
        taken.listen()
        with pytest.raises(EmulatorError, match=f"port {free_port} is in use; choose another port"):
            Emulator(free_port).start()


def test_a_number_that_is_no_port_is_said_so() -> None:
    with pytest.raises(EmulatorError, match=r"port 70000 cannot be used \(.*0-65535.*\); choose another port"):
        Emulator(70000).start()


def test_a_missing_environment_is_said_so_with_the_command_that_makes_it(free_port: int, tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="make setup"):
        Emulator(free_port, interpreter=tmp_path / "python").start()


def test_an_emulator_that_cannot_start_shows_its_last_words_and_leaves_nothing(free_port: int) -> None:
    emulator = Emulator(free_port, interpreter=Path(sys.executable))  # has no ministack
    with pytest.raises(EmulatorError, match="No module named 'ministack'"):
        emulator.start()
    assert not emulator.folder.exists()


def test_functions_see_nothing_of_the_developers_environment(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    with Emulator(free_port, ses_url="http://127.0.0.1:1/") as emulator:
        seen = invoke_a_function(emulator, "import os\ndef handler(event, context): return dict(os.environ)")
    assert isinstance(seen, dict)
    assert seen["AWS_ENDPOINT_URL_SESV2"] == "http://127.0.0.1:1/"
    assert seen["AWS_ENDPOINT_URL"] == emulator.url
    assert seen["HOME"].startswith(str(emulator.folder))
    assert "real" not in seen.values()
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"} & seen.keys()


def test_functions_do_not_see_the_packages_of_this_repository(emulator: Emulator) -> None:
    code = """
        import importlib.util
        def handler(event, context):
            wanted = ("pulumi", "moto", "email_validator", "local", "boto3")
            return [name for name in wanted if importlib.util.find_spec(name)]
    """
    assert invoke_a_function(emulator, code) == ["boto3"]


def test_what_really_runs_the_functions_is_told(emulator: Emulator) -> None:
    code = "import platform\ndef handler(event, context): return platform.python_version()"
    assert str(invoke_a_function(emulator, code)) in emulator.function_runtime()
