"""The gate of `make faults`, which kills the functions that call through it."""

import signal
import socket
import subprocess
import sys
from contextlib import ExitStack

from tests.faults.gate import HOST, Fault, Gate, Harm

OTHERS = 8

CALL = """
import socket, sys
caller = socket.socket()
caller.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
caller.bind(("127.0.0.1", int(sys.argv[1])))
caller.connect(("127.0.0.1", int(sys.argv[2])))
caller.sendall(b"GET / HTTP/1.1\\r\\nHost: here\\r\\n\\r\\n")
caller.recv(1)
"""


def test_the_caller_is_killed_and_nobody_else_whose_connection_begins_at_the_same_port() -> None:
    gate = Gate(faults=[Fault(Harm.KILL_BEFORE, "sender")])
    door = gate.door("sender", "").rpartition(":")[2]
    with ExitStack() as open_:
        port = 0
        for _ in range(OTHERS):
            elsewhere = open_.enter_context(socket.create_server((HOST, 0)))
            ours = open_.enter_context(socket.socket())
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ours.bind((HOST, port))
            port = ours.getsockname()[1]
            ours.connect(elsewhere.getsockname())
        called = subprocess.run([sys.executable, "-c", CALL, str(port), door], timeout=60, check=False)
    gate.close()
    assert called.returncode == -signal.SIGKILL
