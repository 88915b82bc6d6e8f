"""Builds the functions' bundles: their code and their dependencies in one directory.

Nearly all functions share one. What needs a library that is no part of it has another, with dependencies of its own.

The same inputs give the same bytes. A bundle's directory is named by a hash of everything that goes into it, so it is
built once and never changed. Dependencies are kept beside it under a hash of their own: an edit of our sources does not
run pip.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "lambda_src"
BUILD = ROOT / ".build"

CONTRACT = ROOT / "contract.py"
PACKAGES = ("handlers", "email_list")
"""Which of our source files are packed."""

EPOCH = 315_532_800
"""1980-01-01, the earliest time a zip archive can hold, for every file of a bundle."""

COMMON = "requirements.txt"
PICTURES = "requirements-pictures.txt"
FEEDS = "requirements-feeds.txt"
"""The dependencies of the bundles, beside our sources."""

_LAYOUT = b"1"
"""Part of every hash; increased when the rules of this module change what a bundle contains."""

_KEPT_METADATA = ("METADATA", "licenses", "LICENSE", "LICENCE", "COPYING", "NOTICE")
"""The beginnings of the names that are kept from a dependency's *.dist-info: its licence, and its name and version,
which scanners of deployed functions read."""


class PackagingError(pulumi.RunError):
    """The bundle cannot be built; the message says why and what to do."""


@dataclass(frozen=True)
class Target:
    """Where a bundle runs. Without platforms, pip installs for the interpreter and machine it runs on."""

    name: str
    python_version: str
    platforms: tuple[str, ...] = ()

    @classmethod
    def aws(cls) -> "Target":
        """Lambda's python3.14 on arm64, which is Amazon Linux 2023 with glibc 2.34."""
        return cls("aws", "3.14", ("manylinux_2_28_aarch64", "manylinux_2_24_aarch64", "manylinux2014_aarch64"))

    @classmethod
    def host(cls) -> "Target":
        """This interpreter on this machine."""
        return cls(f"host-{sysconfig.get_platform()}", platform.python_version())

    def pip_options(self) -> list[str]:
        """How pip is told to install for this target."""
        if not self.platforms:
            return []
        platforms = [f"--platform={platform_}" for platform_ in self.platforms]
        return [*platforms, "--implementation=cp", f"--python-version={self.python_version}"]


TARGETS: dict[str, Callable[[], Target]] = {"aws": Target.aws, "host": Target.host}
"""The targets by the name they have in the stack's configuration."""

Installer = Callable[[Path, Path, Target], None]
"""Installs a requirements file into a directory for a target."""


def pip_install(requirements: Path, directory: Path, target: Target) -> None:
    """Install exactly the wheels whose hashes `requirements` lists; otherwise PackagingError in pip's own words."""
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        # The file also lists dependencies of dependencies; otherwise an unlisted one would be installed unpinned.
        *("--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes", *target.pip_options()),
        *("--target", str(directory), "--requirement", str(requirements)),
    ]
    pip = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if pip.returncode != 0:
        raise PackagingError(
            f"Cannot install the functions' dependencies for {target.name}: pip failed on {requirements}.\n"
            f"{(pip.stderr or pip.stdout).strip()}\n"
            "Check the network, the pinned versions and their hashes; each must offer a wheel for this target."
        )


def build_bundle(
    target: Target,
    listed_in: str = COMMON,
    *,
    source: Path = SOURCE,
    build: Path = BUILD,
    install: Installer = pip_install,
) -> Path:
    """The directory of the bundle for `target` with what is listed there, built unless one exists for these inputs.

    Safe while others build the same one: the first to finish wins, the others' work is discarded.
    """
    requirements = source / listed_in
    dependencies_hash = _hash(_LAYOUT, repr(target).encode(), requirements.read_bytes())
    dependencies = build / "dependencies" / dependencies_hash
    if not dependencies.is_dir():
        with _Staging(dependencies) as stage:
            install(requirements, stage, target)
            _strip_dependencies(stage)
            _normalise(stage)

    sources = [(Path(CONTRACT.name), CONTRACT), *((file, source / file) for file in _source_files(source))]
    contents = (part for name, path in sources for part in (name.as_posix().encode(), path.read_bytes()))
    bundle = build / "lambda" / _hash(dependencies_hash.encode(), *contents)
    if not bundle.is_dir():
        with _Staging(bundle) as stage:
            shutil.copytree(dependencies, stage, dirs_exist_ok=True)
            for name, path in sources:
                (stage / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, stage / name)
            _normalise(stage)
    return bundle


def package(bundle: Path, list_document: Mapping[str, Any]) -> pulumi.AssetArchive:
    """The code of a stack's functions: the bundle, and in `list.json` the list's settings.

    These are not in the functions' environment because Lambda limits that to 4 KB (Lambda quotas), which thirty topics
    exceed.
    """
    text = json.dumps(list_document, ensure_ascii=False, indent=1)
    return pulumi.AssetArchive({".": pulumi.FileArchive(str(bundle)), "list.json": pulumi.StringAsset(text)})


class _Staging:
    """A scratch directory that becomes `final` in one step, unless its work fails or someone else was faster."""

    def __init__(self, final: Path) -> None:
        self._final = final

    def __enter__(self) -> Path:
        self._final.parent.mkdir(parents=True, exist_ok=True)
        self._scratch = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=self._final.parent))
        return self._scratch

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        try:
            if failure is None:
                os.rename(self._scratch, self._final)
        except OSError:
            if not self._final.is_dir():
                raise
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)


def _source_files(source: Path) -> Iterator[Path]:
    """The files of our packages, relative to `source`, in a fixed order."""
    for package in PACKAGES:
        for file in sorted((source / package).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(source)


def _strip_dependencies(directory: Path) -> None:
    """Remove what never runs in a function: scripts, tests, compiled files, and pip's own records."""
    shutil.rmtree(directory / "bin", ignore_errors=True)
    for path in sorted(directory.rglob("*"), reverse=True):
        in_metadata = path.parent.name.endswith(".dist-info")
        if path.name in ("__pycache__", "tests") or (in_metadata and not path.name.startswith(_KEPT_METADATA)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _normalise(directory: Path) -> None:
    """Give every file and directory the same time and mode, and no trace of who built it."""
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (EPOCH, EPOCH))


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]
