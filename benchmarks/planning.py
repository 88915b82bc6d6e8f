"""Planning: people frozen into batches in a second, and the memory that takes, for lists of very different sizes.

The product's own planner walks a list in memory, for as many people as no emulator holds. Each size has a process of
its own, whose memory is the system's figure for all of it. The plain way reads the whole list before it sends.
"""

import re
import time
from pathlib import Path

from benchmarks.engine import CAMPAIGN, PAGE, Crowd, Forgetful, Queue, campaign, never, planner
from benchmarks.figures import Aim, Figure, Findings
from benchmarks.stage import Process
from email_list.campaigns.campaign import Position
from tests.unit.domain.campaign_world import FakeClock

SIZES = (10_000, 100_000, 1_000_000)


def run() -> Findings:
    """Every size planned, and read at once."""
    plans = [Process({}, _plan, size).result() for size in SIZES]
    reads = [Process({}, _read_all, size).result() for size in SIZES]
    rates = [size / seconds for size, (seconds, _) in zip(SIZES, plans, strict=True)]
    smallest, largest = f"{SIZES[0]:,}", f"{SIZES[-1]:,}"
    figures = [
        Figure(f"people planned a second, of {smallest}", rates[0]),
        Figure(f"people planned a second, of {largest}", rates[-1], plain=rates[0], aim=Aim(least=0.8 * rates[0])),
        Figure(f"memory for {smallest}", plans[0][1], "MB", plain=reads[0][1]),
        Figure(f"memory for {largest}", plans[-1][1], "MB", plain=reads[-1][1], aim=Aim(most=plans[0][1] + 10)),
    ]
    curves = {
        "seconds to plan": [[size, seconds] for size, (seconds, _) in zip(SIZES, plans, strict=True)],
        "megabytes to plan": [[size, memory] for size, (_, memory) in zip(SIZES, plans, strict=True)],
        "megabytes to read all": [[size, memory] for size, (_, memory) in zip(SIZES, reads, strict=True)],
    }
    return Findings(figures, curves)


def _plan(size: int) -> tuple[float, float]:
    """Seconds, and the process's largest size in MB."""
    clock, queue, store = FakeClock(), Queue(), Forgetful()
    store.create(campaign())
    started = time.process_time()
    planner(store, Crowd(size), queue, clock).plan(CAMPAIGN, never)
    seconds = time.process_time() - started
    if store.campaigns[CAMPAIGN].plan.people != size:
        raise RuntimeError(f"not planned: {store.campaigns[CAMPAIGN]}")
    return seconds, memory()


def _read_all(size: int) -> tuple[float, float]:
    """The plain way: everybody in one list."""
    crowd, people, after = Crowd(size), [], None
    started = time.process_time()
    for _ in range(0, size, PAGE):
        page = crowd.walk(after, "")
        people += page.people
        after = Position(page.people[-1].subscribed_date, page.people[-1].email)
    return time.process_time() - started, memory()


def memory() -> float:
    """The largest size that this process had, in MB, as Linux tells it (`getrusage` would tell of the parent's)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    largest = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if largest is None:
        raise RuntimeError("this system does not tell how large a process was")
    return int(largest[1]) / 1024
