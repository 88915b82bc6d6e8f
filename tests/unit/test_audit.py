"""What `make audit` makes of the reports of its tools."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci/audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks up the module that it is defined in.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "audit", module)
        spec.loader.exec_module(module)
    return module


def test_a_known_vulnerability_is_a_problem_and_an_unknown_package_is_not_audited(audit: ModuleType) -> None:
    report = {
        "dependencies": [
            {"name": "good", "version": "1.0", "vulns": []},
            {"name": "bad", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]},
            {"name": "local", "skip_reason": "Dependency not found on PyPI"},
        ]
    }
    findings = audit.vulnerabilities(report)
    assert findings.problems == ["bad 1.0 has PYSEC-1; fixed in 1.1"]
    assert findings.audited == 2


@pytest.mark.parametrize(
    ("licence", "deployed", "fine"),
    [
        ("MIT License", True, True),
        ("Apache-2.0 OR BSD-2-Clause", True, True),
        ("UNKNOWN", True, False),
        ("GNU Library or Lesser General Public License (LGPL)", True, False),
        ("GNU Library or Lesser General Public License (LGPL)", False, True),
        ("GNU General Public License v3 (GPLv3)", False, False),
        ("AGPL-3.0-only", False, False),
        ("UNKNOWN", False, True),
    ],
)
def test_licences_are_welcome_or_not(audit: ModuleType, licence: str, deployed: bool, fine: bool) -> None:
    packages = [{"Name": "Some_Package", "License": licence}]
    assert (audit.unwelcome(packages, ["some-package"] if deployed else []) == []) == fine


def test_the_deployed_packages_are_those_of_the_functions(audit: ModuleType) -> None:
    names = [name for listed in audit.RUN_TIME for name in audit.run_time_packages(listed.read_text())]
    assert {"email-validator", "pillow"} <= {*names}
    assert "moto" not in names
