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
    """A command that calls `pulumi`, where it stands, and whether it is within a sentence."""

    page: str
    section: str
    command: str
    within_text: bool


WARNED_OF = {"pulumi stack rename"}
"""What the pages name to keep people from typing it."""

PLACEHOLDERS = {"KEY VALUE": "replyTo office@example.org", "NAME": "api_endpoint"}


def commands(page: str, section: str) -> list[str]:
    """What a section of a page has people type, line by line."""
    return [each.command for each in printed(page) if each.section == section and not each.within_text]


def within_text(page: str, section: str) -> list[str]:
    """The commands within the sentences of a section."""
    return [each.command for each in printed(page) if each.section == section and each.within_text]


def typable(command: str) -> list[str]:
    """What can be typed of a printed command: that of another tool gives what it asks `pulumi`."""
    for placeholder, example in PLACEHOLDERS.items():
        command = command.replace(placeholder, example)
    return [command] if command.startswith("pulumi ") else re.findall(r"\$\((pulumi [^)]*)\)", command)


def printed(page: str) -> Iterator[Printed]:
    """The commands of a page that call `pulumi`: lines of indented blocks, and what stands between backticks."""
    text = (ROOT / page).read_text()
    headings = [(heading.start(), heading[1]) for heading in _HEADING.finditer(text)]
    found = [(quoted.start(), True, quoted[1]) for quoted in _QUOTED.finditer(text)]
    for block in _BLOCK.finditer(text):
        lines = block[0].replace("\\\n", " ").splitlines()
        found += [(block.start(), False, line) for line in lines if re.search(r"\bpulumi\b", line)]
    for place, within_text, command in sorted(found, key=lambda each: each[0]):
        section = next((heading for start, heading in reversed(headings) if start < place), "")
        if command not in WARNED_OF:
            yield Printed(page, section, " ".join(command.split()), within_text)
