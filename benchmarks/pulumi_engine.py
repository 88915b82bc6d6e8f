"""Pulumi's own engine at work: how many resources it has to look after, and how long it takes over them.

It works on the emulator, so that its own time and the program's are in it, and AWS's is not.
"""

import tempfile
import time
from pathlib import Path

from benchmarks.declared import declared
from benchmarks.figures import Figure, Findings
from tests.engine.cli import PulumiCli, Unavailable, find
from tests.engine.operator import Account, Operator
from tests.unit.components.conftest import EVERYTHING


def run() -> Findings:
    """Counts, and seconds where a `pulumi` is to be had."""
    counts = [
        Figure("resources of a default stack", len(declared().resources), exact=True),
        Figure("resources with everything on", len(declared(**EVERYTHING).resources), exact=True),
    ]
    try:
        pulumi = find()
    except Unavailable as reason:
        return Findings(counts, notes={"not measured": f"No times, since {reason}."})
    return Findings([*counts, *_times(pulumi)], notes={"pulumi": pulumi.version})


def _times(pulumi: PulumiCli) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, Account() as account:
        operator = Operator(Path(folder), account, pulumi)
        operator.prepare()
        seconds = {
            what: _seconds(operator, command)
            for what, command in {
                "up of a new stack": "pulumi up --skip-preview",
                "up with nothing changed": "pulumi up --skip-preview",
                "destroy": "pulumi destroy --skip-preview",
            }.items()
        }
    return [Figure(f"pulumi, {what}", value, "s") for what, value in seconds.items()]


def _seconds(operator: Operator, command: str) -> float:
    started = time.monotonic()
    operator.run(command)
    return time.monotonic() - started
