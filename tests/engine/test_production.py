"""The stack of the README, `production`, from `pulumi stack init` to an empty account, by the commands of the docs.

The tests share the stack and run in their order: the first look at how it was made, the last takes it down.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.stack import ROOT
from tests.engine.changes import losses, printed_table, table, touched
from tests.engine.cli import PulumiCli
from tests.engine.operator import Account, CommandFailed, Operator, Ran
from tests.engine.printed import PAGES, WARNED_OF, commands, printed, typable, within_text
from tests.engine.test_own_domain import SECTIONS as OF_OWN_DOMAINS

FROM_THE_CLOUD = {
    *("api_endpoint", "dkim_records", "dns_records"),
    *(f"{page}_url" for page in ("subscribe", "confirm", "unsubscribe", "subscribers", "campaigns", "templates")),
    *("analytics_url", "console_url"),
}
"""Outputs that nobody knows before the cloud has told."""


ELSEWHERE = {"Continue after an interrupted `pulumi up`", "1. Before `pulumi up`", *OF_OWN_DOMAINS}
"""The sections that test_faults.py and test_own_domain.py follow."""

SECTIONS = {
    *ELSEWHERE,
    "Revoke a key that signs links",
    "Rotate the keys that sign links",
    "Rotate an admin token",
    "Move to another domain",
    "Turn it on and off",
    "Bring the settings back",
    "Take a stack down",
}
"""Those that have a test of their own."""


IN_DESCRIPTIONS = ("pulumi config set --secret)", "pulumi stack output link_keys --show-secrets printed")
"""What descriptions of keys name in passing; they stand in a table as they do in Pulumi.yaml, without backticks."""


@dataclass
class Production:
    """The stack, and what the commands said that made it."""

    operator: Operator
    foreseen: Ran
    made_by_preview: dict[str, list[Any]]
    made: Ran


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, pulumi: PulumiCli) -> Iterator[Production]:
    with Account() as account:
        operator = Operator(tmp_path_factory.mktemp("production"), account, pulumi)
        readme = commands("README.md", "Deploy it on AWS")
        up = readme.index("pulumi up")
        for command in readme[:up]:
            operator.run(command)
        foreseen = operator.run("pulumi preview")
        untouched = account.inventory()
        yield Production(operator, foreseen, untouched, operator.run(readme[up]))


@pytest.fixture
def operator(production: Production) -> Operator:
    return production.operator


def test_a_preview_of_a_new_stack_makes_nothing_and_knows_no_address(production: Production) -> None:
    assert production.made_by_preview == {}
    assert production.foreseen.warnings == []
    assert set(production.foreseen.steps.values()) == {"create"}
    assert unknown_outputs(production.foreseen.output) == FROM_THE_CLOUD


def test_up_makes_what_was_foreseen(production: Production) -> None:
    assert production.made.warnings == []
    assert production.made.steps == production.foreseen.steps
    assert set(production.operator.outputs()) >= FROM_THE_CLOUD | {"admin_token", "subscribers_table"}


@pytest.mark.parametrize("command", ["pulumi preview", "pulumi up", "pulumi refresh", "pulumi preview --refresh"])
def test_nothing_changes_where_nobody_changed_anything(command: str, operator: Operator) -> None:
    again = operator.run(command)
    assert again.steps == {}
    assert again.warnings == []


def test_lost_settings_come_back_from_the_state(operator: Operator) -> None:
    settings = operator.checkout / "Pulumi.production.yaml"
    before = settings.read_text()
    settings.unlink()
    for command in commands("docs/runbook.md", "Bring the settings back"):
        operator.run(command)
    assert operator.run("pulumi preview").steps == {}
    settings.write_text(before)


def test_changes_touch_what_the_docs_say_and_replace_nothing_precious(operator: Operator) -> None:
    found = touched(operator, TELLING)
    assert set(table(found).splitlines()) <= set(printed_table().splitlines())
    assert losses(found) == {}


TELLING = ["senderLocalPart", "linkKeys", "topics", "alarmEmail", "webhookUrl", "a handler"]
"""Changes of all kinds; test_changes.py tries every one."""


def test_an_identity_that_the_stack_made_is_not_given_to_others_by_a_setting(operator: Operator) -> None:
    with pytest.raises(CommandFailed, match="this stack made the identity"):
        operator.foresee({"senderIdentity": "existing"})


def test_a_leaked_key_is_revoked_although_it_is_protected(operator: Operator) -> None:
    for command in commands("docs/runbook.md", "Revoke a key that signs links"):
        done = operator.run(command)
    assert deleted(done) == ["email-list-production-link-key-first"]
    assert link_keys(operator) == {"second"}


def test_link_keys_rotate_and_an_old_one_is_removed(operator: Operator) -> None:
    for command in commands("docs/runbook.md", "Rotate the keys that sign links"):
        operator.run(command)
    assert link_keys(operator) == {"first", "second"}
    (look,) = within_text("docs/runbook.md", "Rotate the keys that sign links")
    assert json.loads(operator.run(look).output) == ["first", "second"]

    instead, *_ = [each for each in within_text("docs/runbook.md", "Revoke a key that signs links") if " rm " in each]
    _, *rest = commands("docs/runbook.md", "Revoke a key that signs links")
    for command in (instead, *rest):
        operator.run(command)
    assert link_keys(operator) == {"second"}


def test_admin_tokens_rotate_while_both_are_valid(operator: Operator) -> None:
    *rotate, show, remove, up = commands("docs/runbook.md", "Rotate an admin token")
    before = operator.outputs()
    for command in rotate:
        operator.run(command)
    new = operator.run(show).output.strip()
    assert new != before["admin_token"]
    assert [status(before, token) for token in (before["admin_token"], new)] == [200, 200]
    operator.run(remove)
    operator.run(up)
    assert [status(before, token) for token in (before["admin_token"], new)] == [403, 200]


def test_what_else_the_pages_print_works_on_a_living_stack(operator: Operator) -> None:
    user = {"type": "authorized_user", "client_id": "id", "client_secret": "secret", "refresh_token": "token"}
    (operator.checkout / "key.json").write_text(json.dumps(user))
    before = len(operator.history)
    for each in (each for page in PAGES for each in printed(page) if each.section not in SECTIONS):
        for command in typable(each.command):
            if is_due(command, operator.history) and command != "pulumi destroy":
                operator.run(command)
    steps = {urn: step for ran in operator.history[before:] for urn, step in ran.steps.items()}
    assert "replace" not in steps.values()
    assert any("deliver_webhook" in urn for urn in steps)


def is_due(command: str, history: list[Ran]) -> bool:
    """Whether it was never typed, or brings a change of the configuration into force."""
    changed = history[-1].command.startswith("pulumi config ")
    return command not in {ran.command for ran in history} or (command == "pulumi up" and changed)


def test_the_list_moves_to_another_domain(operator: Operator) -> None:
    set_domain, up, remove_address, look = within_text("docs/runbook.md", "Move to another domain")
    operator.run(remove_address)
    operator.run(set_domain)
    moved = operator.run(up)
    replaced = {urn.rpartition("::")[2] for urn, step in moved.steps.items() if step == "replace"}
    assert replaced == {"email-list-production-sender"}
    assert "new.example.org" in operator.run(look).output


def test_quicksight_is_foreseen(operator: Operator) -> None:
    *on, _ = commands("docs/quicksight.md", "Turn it on and off")
    off, _ = within_text("docs/quicksight.md", "Turn it on and off")
    for command in on:
        operator.run(command)
    foreseen = operator.run("pulumi preview")  # no emulator has QuickSight
    assert set(foreseen.steps.values()) <= {"create", "update"}
    assert sum("aws:quicksight" in urn for urn in foreseen.steps) > 5
    operator.run(off)
    assert operator.run("pulumi preview").steps == {}


def test_a_protected_stack_goes_only_once_its_protection_is_given_up(operator: Operator) -> None:
    before = operator.account.inventory()
    destroy, *_ = within_text("docs/runbook.md", "Take a stack down")
    assert "protected" in operator.refused(destroy)
    assert operator.account.inventory() == before

    operator.run("pulumi config set deletionProtection false")
    operator.run("pulumi up")
    gone = operator.run(destroy)
    assert set(gone.steps.values()) == {"delete"}
    assert operator.account.inventory() == {}
    assert json.loads(operator.state())["deployment"].get("resources", []) == []


def test_every_command_of_the_pages_is_typed_in_a_test(operator: Operator) -> None:
    typed = {ran.command for ran in operator.history}
    untyped = {each for page in PAGES for each in printed(page) if not typed.issuperset(typable(each.command))}
    assert {each for each in untyped if each.section not in ELSEWHERE} == set()


def test_no_command_of_the_pages_is_overlooked() -> None:
    for page in PAGES:
        text = " ".join((ROOT / page).read_text().replace("\\\n", " ").split())
        for each in printed(page):
            text = text.replace(each.command, "")
        for command in WARNED_OF:
            text = text.replace(f"`{command}`", "")
        mentions = re.findall(
            r"\bpulumi (?:\w+ )?(?:stack|config|up|preview|refresh|destroy|cancel|state|import)\b.{,40}", text
        )
        assert {mention for mention in mentions if not mention.startswith(IN_DESCRIPTIONS)} == set()


def unknown_outputs(preview: str) -> set[str]:
    """The outputs that a preview shows as not known yet."""
    lines = [line.partition(":") for line in preview.partition("Outputs:")[2].splitlines()]
    return {name.strip().lstrip("+ ") for name, _, value in lines if "[unknown]" in value}


def deleted(ran: Ran) -> list[str]:
    return [urn.rpartition("::")[2] for urn, step in ran.steps.items() if step == "delete"]


def link_keys(operator: Operator) -> set[str]:
    """The ids of the keys that functions find."""
    parameters = operator.account.cloud.client("ssm").describe_parameters()["Parameters"]
    (name,) = [found["Name"] for found in parameters if "-link-keys-" in found["Name"]]
    stored = operator.account.cloud.client("ssm").get_parameter(Name=name, WithDecryption=True)
    return set(json.loads(stored["Parameter"]["Value"])["keys"])


def status(outputs: dict[str, Any], token: str) -> int:
    """What the API answers to somebody with this token."""
    request = urllib.request.Request(outputs["subscribers_url"], headers={"authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
