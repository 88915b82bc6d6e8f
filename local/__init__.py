"""Runs the Pulumi program on a laptop: an AWS emulator, an SES stand-in, and the engine that joins them.

``python -m local`` works with any Python: if the packages are missing there, the environment that ``make setup``
created takes over.
"""

import importlib.util
import os
import sys
from pathlib import Path

_ENVIRONMENT = Path(__file__).parent.parent / ".venv" / "bin" / "python"


def _enter_environment() -> None:
    """Run the same command again in the project's environment."""
    if not _ENVIRONMENT.exists() or Path(sys.executable) == _ENVIRONMENT:
        raise SystemExit("error: this project's packages are not installed. Install them with: make setup")
    os.execv(_ENVIRONMENT, [str(_ENVIRONMENT), *sys.orig_argv[1:]])  # noqa: S606 - no shell is wanted


if importlib.util.find_spec("pulumi") is None:
    _enter_environment()
