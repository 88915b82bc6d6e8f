"""Campaigns under injected faults: `python -m tests.faults` runs them all on the local stack and prints a table."""

import sys
from pathlib import Path

# The functions' code is no package of the project: it is what a bundle holds at its root.
sys.path.insert(0, str(Path(__file__).parents[2] / "lambda_src"))
