"""A stack's whole life with the commands of the README, from `pulumi stack init` to an empty account."""

import json

from tests.engine.operator import Account, Operator
from tests.engine.printed import commands

FROM_THE_CLOUD = {
    *("api_endpoint", "dkim_records"),
    *(f"{page}_url" for page in ("subscribe", "confirm", "unsubscribe", "subscribers", "campaigns", "templates")),
    *("analytics_url", "console_url"),
}
"""Outputs that nobody knows before the cloud has told."""


def test_a_new_stack_lives_and_goes_with_the_commands_of_the_readme(operator: Operator, account: Account) -> None:
    *preparation, up = commands("README.md", "Deploy it on AWS")[:7]
    assert [command.split()[1] for command in preparation] == ["stack", *["config"] * 5]
    assert up == "pulumi up"
    for command in preparation:
        operator.run(command)

    foreseen = operator.run("pulumi preview")
    assert foreseen.warnings == []
    assert set(foreseen.steps.values()) == {"create"}
    assert unknown_outputs(foreseen.output) == FROM_THE_CLOUD
    assert account.inventory() == {}, "a preview makes nothing"

    made = operator.run(up)
    assert made.warnings == []
    assert made.steps == foreseen.steps
    assert set(operator.outputs()) >= FROM_THE_CLOUD | {"admin_token", "subscribers_table"}

    for command in ("pulumi preview", "pulumi up", "pulumi refresh", "pulumi preview"):
        again = operator.run(command)
        assert again.steps == {}, command
        assert again.warnings == []

    before = account.inventory()
    assert "protected" in operator.refused("pulumi destroy")
    assert account.inventory() == before, "what is refused removes nothing"

    operator.run("pulumi config set deletionProtection false")
    operator.run("pulumi up")
    gone = operator.run("pulumi destroy")
    assert set(gone.steps.values()) == {"delete"}
    assert account.inventory() == {}
    assert json.loads(operator.state())["deployment"].get("resources", []) == []


def unknown_outputs(preview: str) -> set[str]:
    """The outputs that a preview shows as not known yet."""
    lines = preview.partition("Outputs:")[2].splitlines()
    return {
        name.strip().lstrip("+ ") for name, _, value in (line.partition(":") for line in lines) if "[unknown]" in value
    }
