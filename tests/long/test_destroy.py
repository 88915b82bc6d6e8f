"""Whatever `up` and the functions have made, `destroy` removes; data that is guarded stays, and a message says so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.resources import DestroyError
from local.stack import LocalStack
from tests.inventory import inventory
from tests.local.campaigners import Campaigner
from tests.local.visitor import Visitor


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    """A stack of this test's own, which destroys it."""
    with LocalStack(port=0, enforce_iam=True) as running:
        yield running


def test_destroy_leaves_nothing_of_what_the_stack_and_its_functions_have_made(stack: LocalStack) -> None:
    visitor, campaigner = Visitor(stack), Campaigner(stack)
    visitor.join("somebody@example.com")
    visitor.admin("PUT", "/templates/ours", json={"subject": "Hi", "html": "<p>Hi</p>"})
    visitor.admin("POST", "/subscribers/import", data="email\na@example.com\n", headers={"content-type": "text/csv"})
    campaigner.wait(campaigner.create("nobody", hold=False))
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    scheduled = campaigner.create("nobody", schedule_at=later)
    stack.cloud.client("sesv2").create_email_template(
        TemplateName="of-another-stack", TemplateContent={"Subject": "x", "Text": "x"}
    )
    before = inventory(stack.cloud)
    made_at_run_time = [name for name in before["templates"] if name.startswith("email-list-local_")]
    assert len(made_at_run_time) == 2
    assert scheduled in before["schedules"]
    assert len(before) > 15

    stack.provider.destroy()

    left = inventory(stack.cloud)
    assert left.pop("templates") == ["of-another-stack"]
    assert left.pop("schedule groups", ["default"]) == ["default"]
    assert left == {}


def test_guarded_data_stays_and_the_message_says_what_to_do() -> None:
    with LocalStack(port=0, config={"deletionProtection": "true"}) as stack:
        visitor = Visitor(stack)
        visitor.put("somebody@example.com", "active")
        before = inventory(stack.cloud)
        with pytest.raises(DestroyError, match="pulumi config set deletionProtection false") as refused:
            stack.provider.destroy()
        assert "email-list-local-subscribers" in str(refused.value)
        assert inventory(stack.cloud) == before
        assert visitor.person("somebody@example.com")
