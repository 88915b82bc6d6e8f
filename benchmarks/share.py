"""Lambda's share of a processor: a process held to what a function of some memory gets.

A function has one virtual processor at 1,769 MB and less in proportion below (Lambda developer guide, "Configure Lambda
function memory"). Here a control group with a quota holds a process to that share, where the machine lets us make one.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

MEMORY_OF_A_PROCESSOR = 1769
PERIOD = 20_000
"""Microseconds in which a share is used up or not; Lambda's own period, as its functions see it."""

_V1 = Path("/sys/fs/cgroup/cpu")
_V2 = Path("/sys/fs/cgroup")


def share(memory: int) -> float:
    """The processors that a function of `memory` MB has."""
    return memory / MEMORY_OF_A_PROCESSOR


@contextmanager
def held_to(processors: float) -> Generator[None]:
    """Hold this process to so much of a processor; OSError where no control group can be made.

    Enter it once everything is imported: Lambda gives a function's start a processor of its own.
    """
    group, quota = _group(), round(processors * PERIOD)
    group.mkdir()
    try:
        if group.is_relative_to(_V1):
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD}")
        home = _V1 if group.is_relative_to(_V1) else _V2
        (group / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (home / "cgroup.procs").write_text(str(os.getpid()))
    finally:
        group.rmdir()


def can_hold() -> bool:
    """Whether this machine lets us hold a process to a share."""
    try:
        with held_to(1.0):
            return True
    except OSError:
        return False


def _group() -> Path:
    return (_V1 if _V1.is_dir() else _V2) / f"email-list-{os.getpid()}"
