"""`make demo`, as a stranger runs it first."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local import demo

ROOT = Path(__file__).parents[2]


def test_the_demo_shows_the_main_job_and_leaves_nothing_behind(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "local.demo"],
        cwd=ROOT,
        env={**os.environ, "PULUMI_ERROR_OUTPUT_STRING": "true", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    for words in ("welcome email", "picture", "segment", "archive", "unsubscribes", "torn down"):
        assert re.search(rf"(?m)^ *[0-9.]+ s  .*{words}", shown.stdout), words
    assert "'Winter in the garden': 2 sent, 0 failed" in shown.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_first_step_that_fails_ends_the_demo_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "WELCOME", {**demo.WELCOME, "steps": []})
    assert demo.main() == 1
    printed = capsys.readouterr()
    assert "error: POST /sequences was answered 422" in printed.err
    assert "torn down" in printed.out
