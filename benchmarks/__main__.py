"""`python -m benchmarks [PART...]`: every benchmark, or some of them; the table, and benchmarks/results.json."""

import argparse
import importlib
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import Findings, table

PARTS = (
    "sending",
    "planning",
    "scale",
    "events",
    "cost",
    "api",
    "cold_start",
    "files",
    "deploy",
    "pulumi_engine",
    "idle",
)
RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    """Measure, print, and store; figures of parts that are not measured stay as they are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)} (default: all)")
    wanted = parser.parse_args().parts or PARTS
    if unknown := [part for part in wanted if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}")
    found: dict[str, Findings] = {}
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for part in wanted:
        started = time.monotonic()
        found[part] = importlib.import_module(f"benchmarks.{part}").run()
        seconds = time.monotonic() - started
        print(f"{part}: measured in {seconds:.0f} s", file=sys.stderr, flush=True)
        results[part] = {"measured": _circumstances(seconds), **found[part].to_json()}
        ordered = {name: results[name] for name in PARTS if name in results}
        RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")
    print(table(found))
    return 0


def _circumstances(seconds: float) -> dict[str, Any]:
    """What a reader should know of a measurement; a load far above the processors' number distorts times."""
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "seconds": round(seconds),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


if __name__ == "__main__":
    sys.exit(main())
