"""What the tests of ``local/`` share."""

import pytest

from local import emulator


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on, and the one after it neither."""
    return emulator.free_port()
