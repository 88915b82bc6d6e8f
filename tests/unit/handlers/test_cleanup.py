"""With the stack go its SES templates, and nobody else's."""

from collections.abc import Iterator
from typing import Any

import pytest

from email_list.aws.clients import client
from email_list.aws.stack_templates import StackTemplates
from local.ses import SesStandIn

from .conftest import Context, Stack

MANY = 120


@pytest.fixture
def ses(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with SesStandIn() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", running.url)
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "list-test-cleanup-0123456")
        client.cache_clear()
        for number in range(MANY):
            keep(f"list-test_campaign-{number}")
        keep("list-test-2_campaign-1")
        keep("other")
        yield client("sesv2")
    client.cache_clear()


def keep(name: str) -> None:
    client("sesv2").create_email_template(TemplateName=name, TemplateContent={"Subject": "x", "Text": "x"})


def names(ses: Any) -> set[str]:
    return {found["TemplateName"] for found in ses.list_email_templates(PageSize=100)["TemplatesMetadata"]}


def test_destroying_a_stack_deletes_all_of_its_templates(stack: Stack, ses: Any) -> None:
    assert stack.run("cleanup", {"tf": {"action": "delete"}}) == {"deleted": MANY}
    assert names(ses) == {"list-test-2_campaign-1", "other"}
    assert stack.run("cleanup", {"tf": {"action": "delete"}}) == {"deleted": 0}


@pytest.mark.parametrize("action", ["create", "update"])
def test_a_stack_that_is_changed_keeps_its_templates(stack: Stack, ses: Any, action: str) -> None:
    assert stack.run("cleanup", {"tf": {"action": action}}) == {}
    assert len(list(StackTemplates(ses, "list-test").names())) == MANY


def test_a_function_that_another_has_taken_the_place_of_deletes_nothing(
    stack: Stack, ses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def invoke(function: str, action: str) -> Any:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", function)
        return stack.run("cleanup", {"tf": {"action": action}})

    assert [invoke("old", "create"), invoke("new", "create"), invoke("old", "delete")] == [{}, {}, {"deleted": 0}]
    assert len(list(StackTemplates(ses, "list-test").names())) == MANY
    assert invoke("new", "delete") == {"deleted": MANY}


def test_what_is_left_when_time_is_up_is_an_error_that_says_what_to_do(stack: Stack, ses: Any) -> None:
    with pytest.raises(RuntimeError, match=f"{MANY} of {MANY} SES templates are left; run pulumi destroy again"):
        stack.run("cleanup", {"tf": {"action": "delete"}}, Context(remaining=0))


def test_it_waits_for_its_turn_and_passes_over_what_is_gone() -> None:
    waited: list[float] = []

    class Busy:
        class exceptions:
            class NotFoundException(Exception): ...

            class TooManyRequestsException(Exception): ...

        def __init__(self) -> None:
            self.answers = [self.exceptions.TooManyRequestsException(), self.exceptions.NotFoundException()]

        def delete_email_template(self, TemplateName: str) -> None:
            raise self.answers.pop(0)

    StackTemplates(Busy(), "list", waited.append).delete("list-1")
    assert waited == [1.0]
