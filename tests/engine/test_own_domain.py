"""A domain of the list's own, by the commands of its page: DNS elsewhere, a hosted zone, a stack made again."""

import pytest

from tests.engine.operator import Operator, Ran
from tests.engine.printed import commands

PAGE = "docs/own-domain.md"
SECTIONS = {
    "With a hosted zone in Route 53",
    "With DNS elsewhere",
    "Redirects that count clicks",
    "When the stack is made again",
}
PROMISED = {"table", "emailIdentity:", "randomPassword", "/api:"}
"""What no domain may replace or remove."""


@pytest.mark.full
def test_a_domain_is_attached_by_the_commands_of_its_page_and_old_links_outlive_the_stack(operator: Operator) -> None:
    operator.prepare("senderDomain example.org", stack="museum")
    operator.run("pulumi up --skip-preview")
    endpoint = operator.outputs()["api_endpoint"]

    done = [*_run(operator, "With DNS elsewhere"), *_run(operator, "Redirects that count clicks")]
    assert [warning for ran in done for warning in ran.warnings] == []
    assert [urn for ran in done for urn, step in ran.steps.items() if _breaks_a_promise(urn, step)] == []
    attached = operator.outputs()
    assert attached["console_url"] == "https://news.example.org/console"
    assert attached["api_endpoint"] == endpoint
    assert len(attached["dns_records"]) == 9

    zoned = _run(operator, "With a hosted zone in Route 53")[-1]
    assert {step for urn, step in zoned.steps.items() if "route53/record" in urn} == {"create"}
    assert not [urn for urn, step in zoned.steps.items() if _breaks_a_promise(urn, step)]
    assert operator.run("pulumi preview --refresh").steps == {}

    keep, *on_the_new_stack = commands(PAGE, "When the stack is made again")
    operator.run(keep)
    kept = operator.outputs()["link_keys"]
    operator.run("pulumi destroy --skip-preview")
    assert operator.account.inventory() == {}
    for command in on_the_new_stack:
        operator.run(command)
    operator.run("pulumi up --skip-preview")
    assert operator.outputs()["link_keys"] == kept
    assert kept not in operator.state()
    operator.run("pulumi destroy --skip-preview")
    assert operator.account.inventory() == {}


def _run(operator: Operator, section: str) -> list[Ran]:
    return [operator.run(command) for command in commands(PAGE, section)]


def _breaks_a_promise(urn: str, step: str) -> bool:
    return step in ("replace", "delete") and any(kind in urn for kind in PROMISED)
