"""The AWS CLI commands that the pages print, compared with the models from which the CLI is made (botocore)."""

import re
import shlex
from functools import cache

import pytest
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel
from botocore.session import Session

from tests.unit.test_docs import PAGES

OF_THE_CLI = {"--query", "--region", "--cli-binary-format", "--cli-read-timeout"}
"""Options of every command, each with a value (AWS CLI user guide, "Command line options")."""

WAITERS = {("dynamodb", "table-exists"): "describe-table"}
"""What `wait` asks (AWS CLI reference, `aws dynamodb wait table-exists`)."""

PRINTED = [
    pytest.param(" ".join(command.split()), id=f"{page.stem}: {' '.join(command.split()[1:3])}")
    for page in PAGES
    for command in re.findall(r"(?m)^ +(aws \S+ .+)$", page.read_text().replace("\\\n", " "))
]


@cache
def service(name: str) -> ServiceModel:
    return Session().get_service_model(name)


def operation(words: list[str]) -> OperationModel:
    """What the words after `aws`, which this takes away, have the CLI call."""
    name, called = words.pop(0), words.pop(0)
    if called == "wait":
        called = WAITERS[name, words.pop(0)]
    operations = {xform_name(each, "-"): each for each in service(name).operation_names}
    return service(name).operation_model(operations[called])


@pytest.mark.parametrize("command", PRINTED)
def test_a_printed_command_has_the_options_that_aws_takes_and_those_it_demands(command: str) -> None:
    # Placeholders and what another command answers are values, whatever is in them.
    command = re.sub(r'"\$\([^)]*\)"|<[^>]*>', "VALUE", command)
    words = shlex.split(command.partition(" > ")[0])[1:]
    shape = operation(words).input_shape
    options = {word.replace("--no-", "--", 1) for word in words if word.startswith("--")} - OF_THE_CLI
    taken = {f"--{xform_name(name, '-')}": name for name in shape.members}
    assert options <= taken.keys()
    assert {taken[option] for option in options} >= set(shape.required_members)


def test_the_commands_are_found_on_the_pages() -> None:
    found = {str(printed.values[0]).split()[1] for printed in PRINTED}
    of_the_runbook = {"dynamodb", "lambda", "logs", "resourcegroupstaggingapi", "sesv2", "sqs"}
    assert found == {*of_the_runbook, "quicksight", "service-quotas"}
