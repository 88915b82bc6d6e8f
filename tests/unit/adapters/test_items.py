"""Items of DynamoDB, and the keys of the records table, stay inside `email_list/aws/`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "lambda_src"
ADAPTERS = SOURCE / "email_list" / "aws"
KEYS = {"pk", "sk"}
CALLS = {
    "batch_get_item",
    "delete_item",
    "get_item",
    "put_item",
    "query",
    "transact_write_items",
    "update_item",
}
SHARED_AMONG_ADAPTERS = {"dynamodb", "sharded_index", "subscriber_items"}


def knows_items(source: str) -> Iterator[str]:
    """Where code that is no adapter names a key, speaks to a table, or builds a condition."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in KEYS:
            yield f"line {node.lineno}: the key {node.value}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            yield f"line {node.lineno}: a call of {node.func.attr}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("boto3.dynamodb"):
            yield f"line {node.lineno}: {node.module}"


def hands_out_items(source: str) -> Iterator[str]:
    """Public functions and methods of an adapter that take an item or answer with one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            hints = [node.returns, *(each.annotation for each in (*node.args.args, *node.args.kwonlyargs))]
            if any("Item" in ast.unparse(hint).replace("[", " ").replace("]", " ").split() for hint in hints if hint):
                yield f"line {node.lineno}: {node.name}"


def outside() -> list[Path]:
    return [file for file in sorted(SOURCE.rglob("*.py")) if ADAPTERS not in file.parents]


def test_no_key_or_item_leaves_the_adapters() -> None:
    found = {str(file.relative_to(SOURCE)): list(knows_items(file.read_text())) for file in outside()}
    assert len(found) > 50
    assert {file: places for file, places in found.items() if places} == {}


def test_no_adapter_hands_out_items() -> None:
    tables = [file for file in sorted(ADAPTERS.glob("*.py")) if file.stem not in SHARED_AMONG_ADAPTERS]
    found = {file.name: list(hands_out_items(file.read_text())) for file in tables}
    assert "subscriber_table.py" in found
    assert {file: functions for file, functions in found.items() if functions} == {}


@pytest.mark.parametrize(
    "source",
    ['id = job["sk"]', 'table.get_item(Key={"email": email})', "from boto3.dynamodb.conditions import Attr"],
)
def test_a_key_a_call_and_a_condition_are_found(source: str) -> None:
    assert len(list(knows_items(source))) == 1


@pytest.mark.parametrize("signature", ["get(email) -> Item | None", "page() -> list[Item]", "show(item: Item)"])
def test_an_item_in_a_signature_is_found(signature: str) -> None:
    assert len(list(hands_out_items(f"def {signature}: ..."))) == 1
