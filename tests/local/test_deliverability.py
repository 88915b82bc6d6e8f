"""Whether emails arrive, asked of the running stack, whose functions look names up on this machine."""

import json

import requests

from local.stack import LocalStack
from tests.local.visitor import Visitor

POLICY = "_dmarc.example.com"


def say(stack: LocalStack, policy: str | None) -> None:
    what = None if policy is None else {"TXT": [f'"{policy}"']} if policy else {}
    names = f"{stack.outputs['mailbox_url']}/names"
    requests.put(names, json={POLICY: what}, timeout=30).raise_for_status()


def test_a_record_is_found_missing_or_wrong_and_its_breaking_is_noticed_the_next_day(stack: LocalStack) -> None:
    visitor = Visitor(stack)

    def seen() -> tuple[str, bool]:
        answer = visitor.admin("GET", "/deliverability").json()
        (record,) = [each for each in answer["records"] if each["code"] == "dmarc"]
        assert answer["problems"] == []
        return record["state"], record["broken_since"] is not None

    def a_day_passes() -> None:
        functions = stack.cloud.client("lambda")
        names = [each["FunctionName"] for each in functions.list_functions(MaxItems=100)["Functions"]]
        (name,) = [name for name in names if "-deliverability-" in name]
        answer = functions.invoke(FunctionName=name, Payload=json.dumps({}).encode())
        assert "FunctionError" not in answer, answer["Payload"].read()

    say(stack, "v=DMARC1; p=reject")
    a_day_passes()
    assert seen() == ("found", False)
    say(stack, "")
    assert seen() == ("missing", False)
    a_day_passes()
    assert seen() == ("missing", True)
    say(stack, "v=DMARC1")
    assert seen() == ("wrong", True)
    say(stack, None)


def test_emails_name_their_campaign_or_their_kind_for_gmail(stack: LocalStack) -> None:
    visitor, email = Visitor(stack), "feedback-id@deliverability.example.com"
    visitor.join(email)
    assert visitor.mail(email)["headers"]["Feedback-ID"].startswith("confirmation:")
    audience = {"filter": {"all": [{"attribute": "nobody", "is": "has this"}]}}
    person = visitor.admin("PATCH", f"/subscribers/{email}", json={"attributes": {"nobody": "has this"}})
    assert person.status_code == 200
    letter = {"subject": "Hello", "body": "Hello", "audience": audience}
    campaign = visitor.admin("POST", "/campaigns", json=letter).json()
    assert visitor.mail(email, 2)["headers"]["Feedback-ID"].startswith(f"{campaign['id']}:")
