"""Planning: people frozen into batches in a second, and the memory that takes, for lists of very different sizes.

The product's own planner walks a list in memory, for as many people as no emulator holds. Each size has a process of
its own, whose memory is the system's figure for all of it. The plain way reads the whole list before it sends.
"""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import kinds
from benchmarks.engine import CAMPAIGN, PAGE, Crowd, Forgetful, Queue, campaign, never, planner
from benchmarks.figures import Aim, Figure, Findings
from benchmarks.stage import Process
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import Position
from tests.unit.domain.campaign_world import FakeClock

SIZES = (10_000, 100_000, 1_000_000)

KNOWN = {
    "topics": ("News", "Events"),
    "attributes": {"city": "Köln", "age": "34", "since": "2026-05-01", "tier": "gold"},
    "source": "import:0193f2",
}
TEN_LEAVES = {
    "all": [
        {"topic": "events"},
        {"any": [{"attribute": "city", "is": "Berlin"}, {"attribute": "city", "begins_with": "kö"}]},
        {"attribute": "age", "above": 17},
        {"attribute": "age", "below": 67.5},
        {"attribute": "since", "above": "2026-01-01"},
        {"not": {"any": [{"attribute": "tier", "contains": "silver"}, {"source": "form"}]}},
        {"joined": {"before_days": 1}},
        {"attribute": "tier", "known": True},
    ]
}
"""It chooses everybody, and has to ask all of its ten questions to do so."""


def run() -> Findings:
    """Every size planned, and read at once."""
    plans = [Process({}, _plan, size).result() for size in SIZES]
    asked_seconds, asked_memory = Process({}, _plan, SIZES[-1], TEN_LEAVES).result()
    reads = [Process({}, _read_all, size).result() for size in SIZES]
    rates = [size / seconds for size, (seconds, _) in zip(SIZES, plans, strict=True)]
    smallest, largest = f"{SIZES[0]:,}", f"{SIZES[-1]:,}"
    figures = [
        Figure(f"people planned a second, of {smallest}", rates[0]),
        Figure(f"people planned a second, of {largest}", rates[-1], plain=rates[0], aim=Aim(least=0.8 * rates[0])),
        Figure(f"people planned a second, of {largest}, by ten conditions", SIZES[-1] / asked_seconds, plain=rates[-1]),
        Figure(f"memory for {smallest}", plans[0][1], "MB", plain=reads[0][1]),
        Figure(f"memory for {largest}", plans[-1][1], "MB", plain=reads[-1][1], aim=Aim(most=plans[0][1] + 10)),
        Figure(
            f"memory for {largest}, by ten conditions",
            asked_memory,
            "MB",
            plain=plans[-1][1],
            aim=Aim(most=plans[0][1] + 10),
        ),
    ]
    figures += kinds.figures()
    curves = {
        "seconds to plan": [[size, seconds] for size, (seconds, _) in zip(SIZES, plans, strict=True)],
        "megabytes to plan": [[size, memory] for size, (_, memory) in zip(SIZES, plans, strict=True)],
        "megabytes to read all": [[size, memory] for size, (_, memory) in zip(SIZES, reads, strict=True)],
    }
    return Findings(figures, curves)


def _plan(size: int, tree: Mapping[str, Any] | None = None) -> tuple[float, float]:
    """Seconds, and the process's largest size in MB, to plan for the people whom a filter chooses."""
    clock, queue, store = FakeClock(), Queue(), Forgetful()
    store.create(campaign(Audience(filter=tree)))
    started = time.process_time()
    planner(store, Crowd(size, **KNOWN), queue, clock).plan(CAMPAIGN, never)
    seconds = time.process_time() - started
    if store.campaigns[CAMPAIGN].plan.people != size:
        raise RuntimeError(f"not planned: {store.campaigns[CAMPAIGN]}")
    return seconds, memory()


def _read_all(size: int) -> tuple[float, float]:
    """The plain way: everybody in one list."""
    crowd, people, after = Crowd(size), [], None
    started = time.process_time()
    for _ in range(0, size, PAGE):
        page = crowd.walk(after, "", frozenset())
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
