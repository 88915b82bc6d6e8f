"""What the benchmarks count is what DynamoDB would charge for, and what the pages show is what was measured."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks import flood
from benchmarks.__main__ import PARTS, RESULTS
from benchmarks.figures import Aim, Figure, Findings, table
from benchmarks.meter import READ, WRITE, capacity, size
from benchmarks.picture import PICTURE, picture
from benchmarks.publish import pages, with_figures

OPERATING = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
RESULTS_NOW = json.loads(RESULTS.read_text(encoding="utf-8"))
KILOBYTE = {"pk": "x" * 1022}
"""An item of 1,024 bytes: names count as well."""


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    assert size(KILOBYTE) == 1024
    assert size({"a": "ä"}) == 3
    assert size({"n": Decimal("123.45")}) == 1 + 4
    assert size({"l": [True, {"k": "v"}]}) == 1 + 3 + (1 + 1) + (1 + 3 + 1 + 1 + 1)
    assert size({"typed": {"S": "four"}}) == 5 + 4


@pytest.mark.parametrize(
    ("operation", "parameters", "answer", "units"),
    [
        ("PutItem", {"Item": KILOBYTE}, {}, {WRITE: 1}),
        ("PutItem", {"Item": {**KILOBYTE, "a": "b"}}, {}, {WRITE: 2}),
        ("UpdateItem", {}, {"Attributes": {**KILOBYTE, "a": "b"}}, {WRITE: 2}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"Item": KILOBYTE}}, {"Update": {}}]}, {}, {WRITE: 4}),
        ("GetItem", {"ConsistentRead": True}, {"Item": KILOBYTE}, {READ: 1}),
        ("GetItem", {}, {}, {READ: 0.5}),
        ("Query", {}, {"Items": [KILOBYTE] * 9}, {READ: 1.5}),
        (
            "BatchGetItem",
            {"RequestItems": {"t": {"Keys": [{}, {}], "ConsistentRead": True}}},
            {"Responses": {"t": [KILOBYTE]}},
            {READ: 2},
        ),
    ],
)
def test_a_call_costs_what_dynamodb_charges(operation: str, parameters: Any, answer: Any, units: Any) -> None:
    assert capacity(operation, parameters, answer) == units


def test_a_missed_aim_is_seen_in_the_table() -> None:
    figures = [Figure("good", 3, aim=Aim(least=2)), Figure("bad", 3, plain=6, aim=Aim(most=2))]
    good, bad = table({"part": Findings(figures)}).splitlines()[2:]
    assert good.endswith(">= 2  met")
    assert bad.endswith("0.5  <= 2  MISSED")


def test_the_documentation_says_what_a_flood_costs_at_most() -> None:
    table = flood.table(confirmations_per_day=5000)
    assert table in OPERATING, f"docs/operating.md lacks:\n{table}"
    (altogether,) = re.findall(r"All routes together: about \$(\d+)", OPERATING)
    assert int(altogether) == pytest.approx(flood.of_all_routes(), rel=0.25)


def test_every_part_was_measured() -> None:
    assert tuple(RESULTS_NOW) == PARTS


def test_the_pages_and_the_picture_show_what_was_measured() -> None:
    """`make bench` writes all of them; after a part alone, `python -m benchmarks.publish` does."""
    for page, figures in pages(RESULTS_NOW).items():
        text = page.read_text(encoding="utf-8")
        assert with_figures(text, figures) == text
    assert PICTURE.read_text(encoding="utf-8") == picture(RESULTS_NOW)
