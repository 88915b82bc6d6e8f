"""Campaigns under injected faults: `python -m tests.faults` runs them all on the local stack and prints a table."""
