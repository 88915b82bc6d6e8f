"""Letters that readers could do nothing with, through the gateway: every way to send them says the same, and where."""

from typing import Any

import pytest

from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.test_drafts import call

BAD = [
    "![x](/img/a.png)",
    "[x](www.example.org)",
    "[x](http://{{unsubscribe_url}})",
    "[x]()",
    '<a href="java&#9;script:alert(1)">x</a>',
    "![x](file:///C:/pictures/a.png)",
    "[x](http://https://example.org)",
    "[x](https:///path)",
    "[x](ftp://example.org/a)",
    "[x](page.html?a={{name}})",
]
"""An address that no email client can open, in each of its kinds."""

DOUBTFUL = ["[x](#gone)", "[x](http://192.168.1.7/a)", "[x]({{attributes.site}}/a)"]


@pytest.mark.parametrize("address", BAD)
def test_a_bad_address_is_refused_alike_wherever_the_letter_goes(stack: LocalStack, address: str) -> None:
    letter = {"subject": "x", "body": f"Hello\n\n{address}"}
    refusals = [
        call(stack, "POST", path, {**letter, **more})
        for path, more in (("/drafts/preview", {}), ("/drafts/test", {"to": ["a@example.com"]}), ("/campaigns", {}))
    ]
    assert [answer.status_code for answer in refusals] == [422] * 3
    messages = {answer.json()["error"]["message"] for answer in refusals}
    checked = call(stack, "POST", "/campaigns/preflight", letter).json()
    errors = [each for each in checked["findings"] if each["severity"] == "error"]
    assert (checked["ready"], {each["message"] for each in errors}) == (False, messages)
    assert [(each["part"], each["line"]) for each in errors] == [("body", 3)]
    kept = call(stack, "POST", "/drafts", {"letter": letter})
    assert (kept.status_code, kept.json()["letter"]) == (201, letter)


@pytest.mark.parametrize("address", DOUBTFUL)
def test_a_doubtful_address_is_a_warning_that_every_answer_carries(stack: LocalStack, address: str) -> None:
    letter = {"subject": "x", "body": address, "defaults": {"attributes.site": "https://example.org"}}
    answers = [
        call(stack, "POST", "/drafts/preview", letter),
        call(stack, "POST", "/campaigns", {**letter, "hold": True}),
        call(stack, "POST", "/campaigns/preflight", letter),
        call(stack, "POST", "/drafts", {"letter": letter}),
    ]
    found = [answer.json()["warnings"] for answer in answers]
    assert found[0]
    assert found == [found[0]] * 4


def test_preflight_counts_readers_and_remembers_tests(stack: LocalStack) -> None:
    campaigner = Campaigner(stack)
    campaigner.add_people("preflight", 12)
    letter = {"subject": "The fair", "body": "In {{attributes.town}}"}
    audience = {"attributes": {"crowd": "preflight"}}

    def checked(**more: Any) -> Any:
        answer = call(stack, "POST", "/campaigns/preflight", {**letter, "audience": audience, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    hole = checked()
    assert (hole["people"], hole["exact"], hole["ready"]) == (12, True, False)
    assert "12 of the 12 people in the audience have none" in hole["findings"][0]["message"]
    letter["body"] = "Hello {{name}}"
    assert "no_test" in {each["code"] for each in checked()["findings"]}
    assert call(stack, "POST", "/drafts/test", {**letter, "to": ["me@preflight.example"]}).status_code == 200
    after = checked()
    assert "no_test" not in {each["code"] for each in after["findings"]}
    assert after["ready"]
    assert after["estimated_end"] >= after["starts_at"]
