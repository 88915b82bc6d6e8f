"""Prints what CHANGELOG.md says of a version, as the notes of its release.

Usage: ``python .ci/release_notes.py v1.2.3``. Exit status 1 when the change log has no dated section for the version.
"""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


def notes(changelog: str, tag: str) -> str:
    """The text below ``## [1.2.3] - 2026-11-30``; ValueError when there is no such heading, or nothing below it."""
    heading = rf"^## \[{re.escape(tag.removeprefix('v'))}\] - \d{{4}}-\d\d-\d\d$"
    found = re.search(rf"{heading}\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if not found or not found[1].strip():
        raise ValueError(f"CHANGELOG.md has nothing under '## [{tag.removeprefix('v')}] - YYYY-MM-DD'.")
    return found[1].strip()


if __name__ == "__main__":
    try:
        print(notes(CHANGELOG.read_text(), sys.argv[1]))
    except ValueError as error:
        sys.exit(f"error: {error}")
