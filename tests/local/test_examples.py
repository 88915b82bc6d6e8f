"""What programmers copy from the docs, run as it stands there, with an address and a token in `API` and `TOKEN`."""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import time
from pathlib import Path

import pytest
import requests

from local.stack import LocalStack
from tests.local.test_pictures import photograph

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = [
    (page, number, command)
    for page in ("operating", "segments", "sequences", "subscribers")
    for number, command in enumerate(
        re.findall(r"(?m)^    curl (?:.*\n)(?:(?:    .*)?\n)*?(?=\n|    \w|\Z)", (DOCS / f"{page}.md").read_text())
    )
]


@pytest.fixture
def shell(stack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("API", stack.outputs["api_endpoint"])
    monkeypatch.setenv("TOKEN", stack.outputs["admin_token"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("page", "number", "command"), COMMANDS, ids=[f"{page} {n}" for page, n, _ in COMMANDS])
def test_a_command_of_the_docs_does_what_its_page_says(shell: Path, page: str, number: int, command: str) -> None:
    (shell / "people.csv").write_text("email,name\nada@examples.example.com,Ada\n")
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    answer = json.loads(ran.stdout)
    assert "error" not in answer, answer
    if page in ("segments", "sequences"):
        kept = {"authorization": f"Bearer {os.environ['TOKEN']}"}
        gone = requests.delete(f"{os.environ['API']}/{page}/{answer['id']}", headers=kept, timeout=30)
        assert gone.status_code == 204


def test_there_are_commands_on_every_page() -> None:
    assert {page for page, *_ in COMMANDS} == {"operating", "segments", "sequences", "subscribers"}


def test_the_script_of_the_docs_uploads_a_picture(shell: Path) -> None:
    (shell / "lake.jpg").write_bytes(photograph("olive"))
    script = (DOCS / "campaigns.md").read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    names = {"hashlib": hashlib, "os": os, "pathlib": pathlib, "requests": requests, "time": time}
    exec(script, names)
    assert names["state"]["status"] == "ready"  # ty: ignore[not-subscriptable]
