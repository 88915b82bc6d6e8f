"""The pages say what is true, as far as a machine can tell."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import api_page
from tests.engine.changes import FOR_NEW_STACKS

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")), *DOCS]
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
MAKE_TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def links(page: Path) -> list[tuple[Path, str]]:
    """The files of this repository that a page links to or shows, each with the heading it leads to, if any."""
    text = page.read_text()
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    inside = [target.partition("#") for target in targets if "://" not in target]
    return [((page.parent / file).resolve() if file else page, heading) for file, _, heading in inside]


def headings(page: Path) -> set[str]:
    """What GitHub calls a page's headings in links."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def row(key: str, declaration: dict[str, Any]) -> str:
    default = declaration["default"]
    text = default if isinstance(default, str) else json.dumps(default)
    return f"| `{key}` | {f'`{text}`' if text else ''} | {declaration['description'].strip()} |"


def test_the_configuration_table_is_that_of_the_project_file() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    rows = [row(key, declaration) for key, declaration in declared.items()]
    table = [line for line in CONFIGURATION.split("## Outputs")[0].splitlines() if line.startswith("| `")]
    missing = [line for line in rows if line not in table]
    assert not missing, "docs/configuration.md lacks:\n" + "\n".join(missing)
    assert table == rows, "docs/configuration.md has rows too many, or in another order than Pulumi.yaml"


def test_the_table_of_changes_has_every_key_that_a_living_stack_may_change() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    table = (ROOT / "docs/operating.md").read_text().split("## What a change touches")[1].split("\n## ")[0]
    assert (
        set(re.findall(r"`(\w+)`", " ".join(re.findall(r"(?m)^\| ([^|]+) \|", table)))) == {*declared} - FOR_NEW_STACKS
    )


def test_the_page_about_the_api_is_made_from_its_description() -> None:
    assert api_page.PAGE.read_text() == api_page.page(), "docs/api.md is stale: run python -m tests.api_page"


def test_make_engine_follows_sections_that_exist() -> None:
    sources = "".join(file.read_text() for file in (ROOT / "tests" / "engine").glob("*.py"))
    followed = set(re.findall(r'(?:commands|within_text)\("([^"]+)", "([^"]+)"\)', sources))
    assert len(followed) > 5
    assert [(page, section) for page, section in followed if f"# {section}\n" not in (ROOT / page).read_text()] == []


def test_every_output_is_explained() -> None:
    exported = set(re.findall(r'pulumi\.export\("(\w+)"', (ROOT / "__main__.py").read_text()))
    section = CONFIGURATION.split("## Outputs")[1]
    assert exported <= set(re.findall(r"`(\w+)`", section))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_it_names_exists(page: Path) -> None:
    assert set(re.findall(r"(?:`|    )make ([a-z-]+)", page.read_text())) <= MAKE_TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [(file, heading) for file, heading in links(page) if not file.exists()]
    assert (
        broken + [(file, heading) for file, heading in links(page) if heading and heading not in headings(file)] == []
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_it_names_exists(page: Path) -> None:
    """But for words in capitals, which stand for any name."""
    named = re.findall(r"`((?:check|components|docs|lambda_src|local|tests|benchmarks)/[\w./-]*)`", page.read_text())
    assert [name for name in named if not re.search(r"[A-Z]{4}", name) and not (ROOT / name).exists()] == []


def test_the_architecture_names_every_folder_of_the_domain() -> None:
    row = re.search(r"(?m)^\| `lambda_src/email_list/` \|.*$", (ROOT / "docs" / "architecture.md").read_text())
    folders = {folder.parent.name for folder in (ROOT / "lambda_src" / "email_list").glob("*/__init__.py")}
    assert row
    assert folders - {"aws"} == set(re.findall(r"`(\w+)/`", row[0]))


def test_the_readme_leads_to_every_page() -> None:
    """By way of the table of contents."""
    first, contents = ROOT / "README.md", ROOT / "docs" / "README.md"
    assert set(PAGES) <= {first} | {file for page in (first, contents) for file, _ in links(page)}


def test_every_decision_has_a_status_and_a_date() -> None:
    decisions = re.split(r"^### ", (ROOT / "docs" / "decisions.md").read_text(), flags=re.MULTILINE)[1:]
    status = re.compile(r"\n\n\*(Accepted|Superseded) \d{4}-\d\d-\d\d(\.|; .+)\* ")
    assert [decision.splitlines()[0] for decision in decisions if not status.search(decision)] == []
