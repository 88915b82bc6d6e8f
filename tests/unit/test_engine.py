"""`make engine` where there is nothing to run it with; `tests/engine` is where it has."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_without_pulumi_and_go_one_line_says_so_and_nothing_fails(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "tests.engine"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout
        == "make engine: nothing was run, since neither pulumi nor go, which could build it, is on the PATH\n"
    )


def test_where_go_cannot_build_pulumi_its_reason_is_told_and_nothing_fails(tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho 'no network' >&2\nexit 1\n")
    go.chmod(0o755)
    environment = {**os.environ, "PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "tests.engine"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("go cannot build it: no network")
