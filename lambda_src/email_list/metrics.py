"""Metrics in CloudWatch's embedded metric format: a log line that CloudWatch Logs turns into a metric.

Fields as in the CloudWatch user guide, "Embedded metric format specification".
"""

import json
import time
from collections.abc import Callable

from contract import METRICS, TROUBLES, OwnMetric


class Metrics:
    """The metrics of one stack, which is their only dimension."""

    def __init__(self, stack: str, write: Callable[[str], None] = print) -> None:
        self._stack = stack
        self._write = write

    def count(self, name: str, amount: int = 1) -> None:
        """Something happened this many times."""
        names = [name, *([OwnMetric.PAUSED] if name in TROUBLES else [])]
        directive = {
            "Namespace": METRICS,
            "Dimensions": [["Stack"]],
            "Metrics": [{"Name": each, "Unit": "Count"} for each in names],
        }
        moment = int(time.time() * 1000)
        document = {
            "_aws": {"Timestamp": moment, "CloudWatchMetrics": [directive]},
            "Stack": self._stack,
            **dict.fromkeys(names, amount),
        }
        self._write(json.dumps(document))
