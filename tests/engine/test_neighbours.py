"""Two lists in one account, the name of one of which begins as the other's."""

import urllib.request
from typing import Any

import pytest

from tests.engine.operator import Operator

TEMPLATE = b'{"subject": "Hello", "html": "<p>Hello</p>"}'


@pytest.mark.full
def test_stacks_whose_names_begin_alike_live_side_by_side_and_go_one_by_one(operator: Operator) -> None:
    operator.prepare(stack="museum")
    operator.prepare("senderDomain example.net", stack="museum-shop")
    outputs = {}
    for stack in ("museum", "museum-shop"):
        operator.run(f"pulumi stack select {stack}")
        operator.run("pulumi up --skip-preview")
        outputs[stack] = operator.outputs()
        assert put_template(outputs[stack]) == 201

    operator.run("pulumi destroy --skip-preview --stack museum")
    assert operator.run("pulumi preview --refresh --stack museum-shop").steps == {}
    assert put_template(outputs["museum-shop"]) == 200, "its template is still there"

    operator.run("pulumi destroy --skip-preview --stack museum-shop")
    assert operator.account.inventory() == {}


def put_template(outputs: dict[str, Any]) -> int:
    """What the API answers to a template of the same name: 201 where there was none."""
    headers = {"authorization": f"Bearer {outputs['admin_token']}", "content-type": "application/json"}
    request = urllib.request.Request(f"{outputs['templates_url']}/ours", TEMPLATE, headers, method="PUT")
    with urllib.request.urlopen(request) as answer:
        return int(answer.status)
