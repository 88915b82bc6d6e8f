"""Repeatable measurements of the product beside the plain way: `make bench`, explained in docs/benchmarks.md."""

import sys
from pathlib import Path

# The functions' code is no package of the project: it is what a bundle holds at its root.
sys.path.insert(0, str(Path(__file__).parents[1] / "lambda_src"))
