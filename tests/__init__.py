"""Tests, and the commands of contributors that live beside them: `python -m tests...` finds the functions' code."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lambda_src"))
