"""How the tests share two processes."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
NEEDS_THE_MACHINE = ("browser", "local", "unit/local")
"""Folders whose tests start stacks, and look at what is running and lying about on this machine."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that need the machine in one process, one after another; the rest runs beside them."""
    for item in items:
        folder = item.path.relative_to(TESTS).parent.as_posix()
        machine = any(folder == place or folder.startswith(f"{place}/") for place in NEEDS_THE_MACHINE)
        item.add_marker(pytest.mark.xdist_group("machine" if machine else folder + item.path.name))
