"""What the tests of ``local/`` share."""

import socket

import pytest


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on, and the one after it neither."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
