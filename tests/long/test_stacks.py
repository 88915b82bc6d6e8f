"""Stacks that are not like the others: beside one another, and with a bundle that lacks something."""

import json
import re
import shutil
import socket
from pathlib import Path

import pytest

from components import packaging
from local.emulator import HOST, free_port
from local.stack import LocalStack


def test_two_stacks_run_side_by_side_and_the_mailbox_gives_way_on_a_taken_port() -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind((HOST, port + 1))
        taken.listen()
        with LocalStack(port=0) as stack, LocalStack(port) as other:
            assert other.outputs["mailbox_url"] != f"http://{HOST}:{port + 1}/mailbox"
            mine, theirs = (running.cloud.client("dynamodb").list_tables()["TableNames"] for running in (stack, other))
            assert mine
            assert theirs
            assert not set(mine) & set(theirs)


def test_a_bundle_that_lacks_a_dependency_does_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "lambda_src"
    shutil.copytree(packaging.SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    requirements = source / "requirements.txt"
    kept = re.sub(r"^itsdangerous==.*?(?=^\S)", "", requirements.read_text(), flags=re.MULTILINE | re.DOTALL)
    requirements.write_text(kept)
    build = packaging.build_bundle
    monkeypatch.setattr(packaging, "build_bundle", lambda *what: build(*what, source=source, build=tmp_path / "build"))
    with LocalStack(port=0) as stack:
        answer = stack.cloud.client("lambda").invoke(
            FunctionName=stack.outputs["unsubscribe_function"], Payload=json.dumps({"email": "ann@example.com"})
        )
        assert "FunctionError" in answer
        assert "itsdangerous" in answer["Payload"].read().decode()
