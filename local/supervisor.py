"""Runs a server until its standard input closes, then leaves nothing of it behind.

The pipe on standard input is the lifeline to the process that wanted the server: it closes when that process closes
it, and also when that process is killed and can no longer clean up by itself. Everything the server spawned
goes with it, because the server leads a process group of its own, and so does its working folder.

Usage: ``python -I supervisor.py FOLDER COMMAND...``. Standard library only; it runs as a process of its own.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

DYING_SECONDS = 0.5
"""How long killed processes may take to be gone. Longer is a zombie that this machine's init does not collect."""


def supervise(folder: str, command: list[str]) -> int:
    """Run ``command`` until it ends by itself or standard input closes; return its exit status."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603

    def end_server(*_signal: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)

    def end_server_with_lifeline() -> None:
        sys.stdin.buffer.read()
        end_server()

    signal.signal(signal.SIGTERM, end_server)
    threading.Thread(target=end_server_with_lifeline, daemon=True).start()
    status = server.wait()
    end_server()  # what it spawned outlives it otherwise
    _wait_for_group_to_vanish(server.pid)
    shutil.rmtree(folder, ignore_errors=True)
    return status


def _wait_for_group_to_vanish(group: int) -> None:
    deadline = time.monotonic() + DYING_SECONDS
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS forbids signalling a group of zombies
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.005)


if __name__ == "__main__":
    status = supervise(sys.argv[1], sys.argv[2:])
    # Not sys.exit: the thread blocked on standard input would hold the interpreter's shutdown.
    os._exit(status if status >= 0 else 128 - status)
