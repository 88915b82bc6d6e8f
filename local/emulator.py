"""Starts and stops ministack, the AWS emulator, as a child process that leaves nothing behind."""

import errno
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

HOST = "127.0.0.1"
INTERPRETER = Path(__file__).parent.parent / ".venv-emulator/bin/python"
ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105 - the emulator accepts any
START_SECONDS = 30
CONCURRENT_INVOCATIONS = 8  # more workers than that only slow each other down on a laptop's cores


class EmulatorError(Exception):
    """The emulator could not be started; the message says why and what to do."""


class Emulator:
    """ministack on one port of this machine, reachable only from this machine.

    Function handlers run as the emulator's children and inherit its environment, so it contains what they need and
    nothing of the developer's: no home folder, no credentials, no package path.

    With ``enforce_iam`` a function may do what its role allows and nothing else, as on AWS; then only the credentials
    ACCESS_KEY and SECRET_KEY may do everything. Without it, any credentials may.
    """

    folder: Path
    """Where the running emulator and its workers keep their files; gone when it has stopped."""

    def __init__(
        self,
        port: int,
        region: str = "us-east-1",
        ses_url: str | None = None,
        enforce_iam: bool = False,
        interpreter: Path = INTERPRETER,
    ) -> None:
        self.port = port
        self.region = region
        self.url = f"http://{HOST}:{port}"
        self.ses_url = ses_url
        """Where functions reach SES; read when the emulator starts, as are the next two."""
        self.name_server: str | None = None
        self.throttled = False
        """Whether requests beyond the limits of their routes are refused."""
        self._enforce_iam = enforce_iam
        self._interpreter = interpreter
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def start(self) -> Self:
        """Start the emulator and return once it answers.

        Raises EmulatorError if its interpreter is missing, its port is taken, or it ends or stays silent.
        """
        if not self._interpreter.exists():
            raise EmulatorError(f"the emulator's environment is missing ({self._interpreter}); run `make setup`")
        require_free_port(self.port)
        self.folder = folder = Path(tempfile.mkdtemp(prefix="email-list-local-"))
        try:
            for name in ("tmp", "state", "home"):
                (folder / name).mkdir()
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
            supervisor = [sys.executable, "-I", str(Path(__file__).with_name("supervisor.py")), str(folder)]
            server = [str(self._interpreter), "-I", str(Path(__file__).with_name("emulator_server.py"))]
            self._process = subprocess.Popen(  # noqa: S603
                [*supervisor, *server],
                stdin=subprocess.PIPE,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=self._environment(folder),
                start_new_session=True,  # Ctrl-C at the terminal is for the parent to act on
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def wait(self) -> None:
        """Block until the emulator ends."""
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """End the emulator, its function workers and its folder; harmless when it is not running."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What the emulator has written so far: its warnings, and the errors of function handlers."""
        if self._log is None:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def function_runtime(self) -> str:
        """What runs the functions here whatever runtime they declare, such as ``CPython 3.11.4, x86_64``."""
        question = "import platform as p; print(f'{p.python_implementation()} {p.python_version()}, {p.machine()}')"
        command = [str(self._interpreter), "-I", "-c", question]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603

    def _environment(self, folder: Path) -> dict[str, str]:
        environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "STATE_DIR": str(folder / "state"),
            "S3_DATA_DIR": str(folder / "state" / "s3"),
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": HOST,
            "AUTH": "true" if self._enforce_iam else "false",
            "MINISTACK_HOST": HOST,
            "MINISTACK_REGION": self.region,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_ACCOUNT_CONCURRENCY": str(CONCURRENT_INVOCATIONS),
            "LOG_LEVEL": "WARNING",
        }
        if self.ses_url:
            environment["AWS_ENDPOINT_URL_SESV2"] = self.ses_url
        if self.throttled:
            environment["THROTTLE_ROUTES"] = "true"
        if self.name_server:
            environment["NAME_SERVER"] = self.name_server
        return environment

    def _wait_until_healthy(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self._process.poll() is not None:
                raise EmulatorError(f"the emulator ended while starting. Its last words:\n{self.log[-2000:]}")
            if time.monotonic() > deadline:
                raise EmulatorError(f"the emulator did not answer on {self.url} within {START_SECONDS} s")
            time.sleep(0.02)


def free_port() -> int:
    """A port that nothing listens on now, nor on the one after it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind((HOST, 0))
            port: int = first.getsockname()[1]
            try:
                second.bind((HOST, port + 1))
            except (OSError, OverflowError):
                continue
            return port


def require_free_port(port: int) -> None:
    """Raise EmulatorError unless a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just released counts as free
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            reason = "is in use" if taken else f"cannot be used ({error})"
            raise EmulatorError(f"port {port} {reason}; choose another port, or free this one") from error


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
