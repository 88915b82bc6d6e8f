"""The README says what is true."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_the_configuration_table_is_that_of_the_project_file() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", README.split("## Configuration")[1], re.MULTILINE))
    assert {key: declaration["description"].strip() for key, declaration in declared.items()} == {
        key: told.get(key) for key in declared
    }


def test_every_output_is_explained() -> None:
    exported = set(re.findall(r'pulumi\.export\("(\w+)"', (ROOT / "__main__.py").read_text()))
    section = README.split("## Outputs")[1].split("\n## ")[0]
    assert exported <= set(re.findall(r"`(\w+)`", section))


def test_every_command_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", README)) <= targets
