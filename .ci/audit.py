"""Looks for known vulnerabilities and unwelcome licences among the packages of this project's environments.

Usage: ``python .ci/audit.py ENVIRONMENT...``, with the interpreter of an environment that holds pip-audit and
pip-licenses. Exit status 1 when there is something to do. Where the vulnerability service cannot be reached, that is
said, and is no failure: a laptop may be offline.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUN_TIME = sorted((Path(__file__).parents[1] / "lambda_src").glob("requirements*.txt"))
"""What is deployed, by bundle."""

PERMISSIVE = re.compile(r"\b(MIT|MIT-0|BSD|Apache|ISC|PSF|Unlicense|MPL|Mozilla Public License)\b", re.IGNORECASE)
"""What may go into the bundle that is deployed."""

COPYLEFT = re.compile(r"\bA?GPL|(?<!Lesser )General Public License", re.IGNORECASE)
"""What may not even be among the tools. The Lesser GPL is not meant; a tool that is only run may have it."""


@dataclass(frozen=True)
class Findings:
    """`problems` must be fixed; `audited` counts the packages whose vulnerabilities are known to the service."""

    problems: Sequence[str]
    audited: int


def vulnerabilities(report: Mapping[str, Any]) -> Findings:
    """What pip-audit's JSON report says."""
    known = [package for package in report["dependencies"] if "vulns" in package]
    problems = [
        f"{package['name']} {package['version']} has {found['id']}; fixed in {', '.join(found['fix_versions']) or '-'}"
        for package in known
        for found in package["vulns"]
    ]
    return Findings(problems, audited=len(known))


def unwelcome(packages: Iterable[Mapping[str, str]], deployed: Iterable[str]) -> list[str]:
    """Packages whose licence keeps them out: of the bundle unless it is permissive, of the tools if it is copyleft."""
    deployed = {_normal(name) for name in deployed}
    problems = []
    for package in packages:
        name, licence = package["Name"], package["License"]
        if _normal(name) in deployed and not PERMISSIVE.search(licence):
            problems.append(f"{name} is deployed and has the licence {licence}")
        elif COPYLEFT.search(licence.replace("Library or Lesser ", "Lesser ").replace("LGPL", "")):
            problems.append(f"{name} has the licence {licence}")
    return problems


def _normal(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def run_time_packages(requirements: str) -> list[str]:
    """The names in a requirements file."""
    return re.findall(r"^([A-Za-z0-9_.-]+)\s*[=<>~!]", requirements, re.MULTILINE)


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603


def _audit(environment: Path) -> Findings:
    (packages,) = environment.glob("lib/python3*/site-packages")
    output = _run(sys.executable, "-m", "pip_audit", "--path", str(packages), "-f", "json", "--progress-spinner", "off")
    try:
        return vulnerabilities(json.loads(output))
    except ValueError:
        return Findings([], audited=0)


def main(environments: Sequence[str]) -> int:
    problems: list[str] = []
    for environment in map(Path, environments):
        findings = _audit(environment)
        problems += findings.problems
        if findings.audited:
            print(f"{environment}: {findings.audited} packages looked up, {len(findings.problems)} vulnerabilities")
        else:
            print(f"{environment}: NOT looked up: the vulnerability service cannot be reached from here")
        tool = str(Path(sys.executable).with_name("pip-licenses"))
        licences = json.loads(_run(tool, f"--python={environment}/bin/python", "--format=json"))
        problems += unwelcome(licences, (name for listed in RUN_TIME for name in run_time_packages(listed.read_text())))
        for licence in sorted({package["License"] for package in licences}):
            names = [package["Name"] for package in licences if package["License"] == licence]
            print(f"  {licence}: {', '.join(names)}")
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
