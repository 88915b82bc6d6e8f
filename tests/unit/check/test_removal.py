"""Where a check finds what it made, which it shares no code with."""

import pytest

from check.removal import MAX_TEMPLATE_NAME, template_of
from email_list.settings import template_name

CAMPAIGN = "01JDEXAMPLE0000000000000AB"


@pytest.mark.parametrize("stack", ["email-list-dev", "email-list-" + "x" * 17, "email-list-" + "x" * 18, "x" * 60])
def test_a_campaigns_template_is_found_however_long_the_stacks_name(stack: str) -> None:
    assert template_of(stack, CAMPAIGN) == template_name(stack, f"campaign-{CAMPAIGN}")
    assert len(template_of(stack, CAMPAIGN)) <= MAX_TEMPLATE_NAME
