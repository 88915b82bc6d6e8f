"""One Lambda function as a component."""

from pathlib import Path

import pulumi
import pytest

from components.function import MAX_NAME, FunctionPlatform, PythonFunction, PythonFunctionArgs
from tests.unit.components.recording import run_program


def declare(name: str) -> None:
    platform = FunctionPlatform(bundle=Path("bundle"), log_retention_days=30)
    PythonFunction(name, PythonFunctionArgs(handler="subscribe", description="Test", platform=platform))


def test_the_longest_name_that_aws_allows_is_accepted() -> None:
    assert run_program(lambda: declare("x" * MAX_NAME)).functions.keys() == {"x" * MAX_NAME}


def test_a_longer_name_is_refused_with_how_much_shorter_the_stack_name_must_be() -> None:
    with pytest.raises(pulumi.RunError, match="at least 3 characters shorter: pulumi stack init"):
        run_program(lambda: declare("x" * (MAX_NAME + 3)))
