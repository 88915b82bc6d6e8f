"""Building the functions' bundle."""

import hashlib
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components import packaging
from components.packaging import COMMON, FEEDS, PICTURES, SOURCE, PackagingError, Target, build_bundle, pip_install

HOST = Target.host()


class FakePip:
    """Installs a package that looks like pip's work; counts how often it was asked."""

    def __init__(self) -> None:
        self.installs = 0

    def __call__(self, requirements: Path, directory: Path, target: Target) -> None:
        self.installs += 1
        package, metadata = directory / "dependency", directory / "dependency-1.0.dist-info"
        for folder in (package / "tests", package / "__pycache__", metadata / "licenses", directory / "bin"):
            folder.mkdir(parents=True)
        (package / "__init__.py").write_text("VERSION = 1\n")
        (package / "tests" / "test_dependency.py").write_text("")
        (package / "__pycache__" / "dependency.cpython-311.pyc").write_bytes(os.urandom(8))
        (metadata / "METADATA").write_text("Name: dependency\n")
        (metadata / "RECORD").write_text("")
        (metadata / "licenses" / "LICENSE").write_text("Free as air\n")
        (directory / "bin" / "dependency").write_text("#!/home/somebody/python\n")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "lambda_src"
    for name, text in {
        "handlers/subscribe.py": "def handler(event, context): ...\n",
        "email_list/__init__.py": "",
        "email_list/pages/form.html": "<form>\n",
        "email_list/__pycache__/__init__.cpython-311.pyc": "left over",
        "requirements.txt": "dependency==1.0\n",
        "notes.txt": "not for Lambda\n",
    }.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return source


@pytest.fixture
def pip() -> FakePip:
    return FakePip()


@pytest.fixture
def build(tmp_path: Path, source: Path, pip: FakePip) -> Callable[..., Path]:
    def build(target: Target = HOST, into: str = "build") -> Path:
        return build_bundle(target, source=source, build=tmp_path / into, install=pip)

    return build


def files(bundle: Path) -> set[str]:
    return {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}


def picture(bundle: Path) -> list[tuple[str, bytes, int, float]]:
    """Everything a zip archive of the bundle would hold."""
    return [
        (
            path.relative_to(bundle).as_posix(),
            path.read_bytes() if path.is_file() else b"",
            path.stat().st_mode,
            path.stat().st_mtime,
        )
        for path in sorted(bundle.rglob("*"))
    ]


def test_the_same_inputs_give_the_same_bytes_names_times_and_modes(build: Callable[..., Path], source: Path) -> None:
    first = build(into="first")
    for path in source.rglob("*.py"):
        path.chmod(0o600)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    second = build(into="second")
    assert first.name == second.name
    assert picture(first) == picture(second)


def test_a_bundle_holds_our_code_its_dependencies_and_their_licences_and_nothing_else(
    build: Callable[..., Path],
) -> None:
    assert files(build()) == {
        "contract.py",
        "handlers/subscribe.py",
        "email_list/__init__.py",
        "email_list/pages/form.html",
        "dependency/__init__.py",
        "dependency-1.0.dist-info/METADATA",
        "dependency-1.0.dist-info/licenses/LICENSE",
    }


def test_an_unchanged_bundle_is_not_built_again(build: Callable[..., Path], pip: FakePip) -> None:
    first = build()
    inode = first.stat().st_ino
    assert build() == first
    assert first.stat().st_ino == inode
    assert pip.installs == 1


@pytest.mark.parametrize("name", ["handlers/subscribe.py", "handlers/added.py", "email_list/pages/form.html"])
def test_an_edit_of_our_sources_makes_a_new_bundle_without_running_pip(
    build: Callable[..., Path], source: Path, pip: FakePip, name: str
) -> None:
    first = build()
    (source / name).write_text("edited\n")
    second = build()
    assert second != first
    assert (second / name).read_text() == "edited\n"
    assert pip.installs == 1


def test_an_edit_of_the_contract_makes_a_new_bundle(
    build: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build()
    edited = tmp_path / packaging.CONTRACT.name
    edited.write_text("edited\n")
    monkeypatch.setattr(packaging, "CONTRACT", edited)
    second = build()
    assert second != first
    assert (second / "contract.py").read_text() == "edited\n"


def test_a_file_that_moves_makes_a_new_bundle(build: Callable[..., Path], source: Path) -> None:
    first = build()
    (source / "handlers" / "subscribe.py").rename(source / "handlers" / "join.py")
    assert build() != first


def test_leftovers_of_python_make_no_new_bundle(build: Callable[..., Path], source: Path) -> None:
    first = build()
    (source / "email_list" / "__pycache__" / "other.cpython-311.pyc").write_bytes(b"compiled")
    assert build() == first


def test_other_requirements_make_a_new_bundle_with_other_dependencies(
    build: Callable[..., Path], source: Path, pip: FakePip
) -> None:
    first = build()
    (source / "requirements.txt").write_text("dependency==2.0\n")
    assert build() != first
    assert pip.installs == 2


@pytest.mark.parametrize(
    "target", [Target.aws(), Target("host", "3.99"), Target(HOST.name, HOST.python_version, ("other",))]
)
def test_another_interpreter_or_machine_gets_a_bundle_of_its_own(
    build: Callable[..., Path], pip: FakePip, target: Target
) -> None:
    assert build() != build(target)
    assert pip.installs == 2


def test_a_failed_build_leaves_nothing_behind_and_can_be_repeated(
    build: Callable[..., Path], tmp_path: Path, source: Path, pip: FakePip
) -> None:
    def broken(requirements: Path, directory: Path, target: Target) -> None:
        pip(requirements, directory, target)
        raise PackagingError("no network")

    with pytest.raises(PackagingError, match="no network"):
        build_bundle(HOST, source=source, build=tmp_path / "build", install=broken)
    assert [path for path in (tmp_path / "build").rglob("*") if path.name != "dependencies"] == []
    assert "dependency/__init__.py" in files(build())


def test_builds_at_the_same_moment_end_in_one_whole_bundle(source: Path, tmp_path: Path) -> None:
    pip = FakePip()
    builders = 4
    together = threading.Barrier(builders, timeout=10)

    def slow_pip(requirements: Path, directory: Path, target: Target) -> None:
        pip(requirements, directory, target)
        together.wait()

    with ThreadPoolExecutor(builders) as pool:
        builds = [
            pool.submit(build_bundle, HOST, source=source, build=tmp_path / "build", install=slow_pip)
            for _ in range(builders)
        ]
        bundles = {build.result(timeout=20) for build in builds}
    assert len(bundles) == 1
    assert len(files(bundles.pop())) == 7
    assert list((tmp_path / "build").rglob(".unfinished-*")) == []


def test_lambda_gets_wheels_for_its_own_python_and_processor() -> None:
    assert Target.aws().pip_options() == [
        "--platform=manylinux_2_28_aarch64",
        "--platform=manylinux_2_24_aarch64",
        "--platform=manylinux2014_aarch64",
        "--implementation=cp",
        "--python-version=3.14",
    ]
    assert HOST.pip_options() == []


def test_a_failing_pip_is_an_error_in_its_own_words(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./missing-1.0-py3-none-any.whl\n")
    with pytest.raises(PackagingError, match=r"(?s)pip failed on .*requirements.txt.*missing-1.0.*Check the network"):
        pip_install(requirements, tmp_path / "into", HOST)


@pytest.mark.parametrize(
    ("options", "complaint"), [("", "Hashes are required"), (f" --hash=sha256:{'0' * 64}", "DO NOT MATCH THE HASHES")]
)
def test_a_package_whose_bytes_nobody_vouched_for_is_not_installed(
    tmp_path: Path, options: str, complaint: str
) -> None:
    wheel = tmp_path / "dependency-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("dependency.py", "")
        archive.writestr("dependency-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: dependency\nVersion: 1.0\n")
        archive.writestr("dependency-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("dependency-1.0.dist-info/RECORD", "")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{wheel.as_uri()}{options}\n")
    with pytest.raises(PackagingError, match=complaint):
        pip_install(requirements, tmp_path / "into", HOST)
    assert not (tmp_path / "into").exists()

    vouched = hashlib.sha256(wheel.read_bytes()).hexdigest()
    requirements.write_text(f"{wheel.as_uri()} --hash=sha256:{vouched}\n")
    pip_install(requirements, tmp_path / "into", HOST)
    assert (tmp_path / "into" / "dependency.py").exists()


@pytest.mark.parametrize("listed_in", [COMMON, FEEDS, PICTURES])
def test_every_dependency_is_installed_by_hash_in_the_version_that_is_asked_for(listed_in: str) -> None:
    pins = re.compile(r"^([\w.-]+==[\w.]+)", re.MULTILINE)
    locked = (SOURCE / listed_in).read_text()
    assert sorted(pins.findall(locked)) == sorted(pins.findall((SOURCE / listed_in).with_suffix(".in").read_text()))
    assert len(re.findall(r"^[\w.-]+==[\w.]+ \\\n    --hash=sha256:", locked, re.MULTILINE)) == len(
        pins.findall(locked)
    )


def test_the_real_bundle_runs_on_its_own(tmp_path: Path) -> None:
    bundle = build_bundle(HOST, build=tmp_path)
    assert bundle.stat().st_mode & 0o777 == 0o755
    names = sorted(path.stem for path in (SOURCE / "handlers").glob("*.py"))
    imports = "; ".join(["import email_validator, itsdangerous", *(f"import handlers.{name}" for name in names)])
    # -S leaves site-packages out; boto3, which Lambda provides, comes back by its own path.
    provided = os.path.dirname(os.path.dirname(__import__("boto3").__file__))
    script = f"import sys; sys.path[:0] = [{str(bundle)!r}]; sys.path.append({provided!r}); {imports}"
    python = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)
    assert python.returncode == 0, python.stderr
