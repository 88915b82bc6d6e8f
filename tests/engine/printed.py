"""The commands that README, docs and change log print for people to type."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from local.stack import ROOT

PAGES = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    *sorted(f"docs/{page.name}" for page in ROOT.glob("docs/*.md")),
)

_BLOCK = re.compile(r"(?m)^(?: {4}\S.*\n(?: {8}.*\n)*)+")
_QUOTED = re.compile(r"`(pulumi [^`]+)`")
_HEADING = re.compile(r"(?m)^#+ +(.+)$")


@dataclass(frozen=True)
class Printed:
    """A command, and where it stands."""

    page: str
    section: str
    command: str


def commands(page: str, section: str | None = None) -> list[str]:
    """What a page, or one of its sections, prints about `pulumi`, in its order."""
    found = printed((ROOT / page).read_text(), page)
    return [each.command for each in found if section in (None, each.section)]


def printed(text: str, page: str = "") -> Iterator[Printed]:
    """The commands of a text that call `pulumi`: lines of indented blocks, and what stands between backticks."""
    headings = [(heading.start(), heading[1]) for heading in _HEADING.finditer(text)]
    found = [(quoted.start(), " ".join(quoted[1].split())) for quoted in _QUOTED.finditer(text)]
    for block in _BLOCK.finditer(text):
        lines = block[0].replace("\\\n", " ").splitlines()
        found += [(block.start(), " ".join(line.split())) for line in lines if re.search(r"\bpulumi\b", line)]
    for place, command in sorted(found, key=lambda each: each[0]):
        section = next((heading for start, heading in reversed(headings) if start < place), "")
        yield Printed(page, section, command)
