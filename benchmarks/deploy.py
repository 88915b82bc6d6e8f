"""Deploying: how long `python -m local up` takes until everything answers, the first time and with the bundle there.

A copy of the repository is deployed, so that nothing is built yet. The second time is what follows a change of
configuration; after an edit of our own code the bundle is copied anew, but pip does not run.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, Findings
from components.packaging import ROOT
from local.emulator import free_port

LEFT = shutil.ignore_patterns(".git", ".build", ".venv*", "*_cache", "__pycache__")
LINKED = (".venv", ".venv-emulator")
PATIENCE_SECONDS = 300.0
RUNS = 3
TICK = 0.02


def run() -> Findings:
    """Seconds until the stack is ready."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "copy"
        shutil.copytree(ROOT, folder, ignore=LEFT)
        for name in LINKED:
            (folder / name).symlink_to(ROOT / name)
        first = _seconds_until_ready(folder)
        again = min(_seconds_until_ready(folder) for _ in range(RUNS))
        with (folder / "lambda_src/handlers/__init__.py").open("a") as source_file:
            source_file.write("\n")
        edited = _seconds_until_ready(folder)
    return Findings(
        [
            Figure("up to ready with nothing built", first, "s"),
            Figure("up to ready with an unchanged bundle", again, "s", plain=first),
            Figure("up to ready after an edit of our code", edited, "s", plain=first),
        ]
    )


def _seconds_until_ready(folder: Path) -> float:
    outputs = folder / "outputs.json"
    command: Sequence[str] = [
        *(sys.executable, "-m", "local", "up"),
        *("--port", str(free_port()), "--outputs", str(outputs)),
    ]
    environment = {**os.environ, "PULUMI_ERROR_OUTPUT_STRING": "true", "PYTHONPATH": ""}
    started = time.monotonic()
    with subprocess.Popen(  # noqa: S603
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        while not outputs.exists():
            if running.poll() is not None or time.monotonic() - started > PATIENCE_SECONDS:
                running.kill()
                raise RuntimeError(f"not up: {running.communicate()[1]}")
            time.sleep(TICK)
        seconds = time.monotonic() - started
        running.send_signal(signal.SIGTERM)
        running.communicate()
    outputs.unlink(missing_ok=True)
    return seconds
