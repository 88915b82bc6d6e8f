"""Pulumi's command line: the one on the PATH, or else one built from its Go modules, which `go.mod` here pins."""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "email-list"
"""Outside of the checkout, so that each of them builds nothing once one of them has."""

_PACKAGE = "github.com/pulumi/pulumi/pkg/v3"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_LANGUAGE_HOST = "pulumi-language-python"


class Unavailable(Exception):
    """There is no `pulumi` to be had on this machine; the message says why."""


@dataclass(frozen=True)
class PulumiCli:
    """An executable `pulumi`, and its version, such as ``v3.274.1``."""

    executable: Path
    version: str

    @property
    def runs_python(self) -> bool:
        """Whether it came with its language host for Python, which is no Go module that could be built."""
        return (self.executable.resolve().parent / _LANGUAGE_HOST).exists() or bool(shutil.which(_LANGUAGE_HOST))


def find() -> PulumiCli:
    """The `pulumi` on the PATH, or one built on first use, which takes some minutes. Raises Unavailable."""
    on_path = shutil.which("pulumi")
    if on_path:
        return _described(Path(on_path))
    version = _pinned_version()
    executable = CACHE / f"pulumi-{version}" / "pulumi"
    if not executable.exists():
        _build(version, executable)
    return _described(executable)


def _described(executable: Path) -> PulumiCli:
    answer = subprocess.run([executable, "version"], check=True, capture_output=True, text=True)
    return PulumiCli(executable, answer.stdout.strip())


def _pinned_version() -> str:
    (version,) = re.findall(rf"(?m)^\s*{re.escape(_PACKAGE)} (v\S+)", (MODULES / "go.mod").read_text())
    return str(version)


def _build(version: str, executable: Path) -> None:
    if shutil.which("go") is None:
        raise Unavailable("neither pulumi nor go, which could build it, is on the PATH")
    print(f"Building Pulumi {version} into {executable.parent}; this takes some minutes, once.", flush=True)
    executable.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=executable.parent) as scratch:
        built = Path(scratch) / "pulumi"
        # Without the version, it would call itself v3.0.0-dev and fail the project's requiredPulumiVersion.
        command = ["go", "build", "-ldflags", f"-s -w -X {_VERSION_VARIABLE}={version}", "-o", str(built)]
        done = subprocess.run([*command, f"{_PACKAGE}/cmd/pulumi"], cwd=MODULES, capture_output=True, text=True)
        if done.returncode != 0:
            raise Unavailable(f"pulumi is not on the PATH, and go cannot build it: {done.stderr.strip()[-500:]}")
        built.replace(executable)
