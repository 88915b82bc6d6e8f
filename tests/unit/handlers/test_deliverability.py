"""GET /deliverability, and the same check once a day."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from email_list.aws.clients import client
from email_list.aws.deliverability_table import DeliverabilityTable
from local.names import NameServer
from tests.unit.handlers.conftest import Stack

SERVER = "feedback-smtp.eu-central-1.amazonses.com."


@pytest.fixture
def names(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    with NameServer() as running:
        monkeypatch.setenv("NAME_SERVER", running.address)
        yield running


@pytest.fixture
def sender(ses: Any, names: NameServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A domain of which all records are right."""
    ses.create_email_identity(EmailIdentity="list.example")
    ses.put_email_identity_mail_from_attributes(EmailIdentity="list.example", MailFromDomain="bounce.list.example")
    tokens = ses.get_email_identity(EmailIdentity="list.example")["DkimAttributes"]["Tokens"]
    names.set(
        {
            **{f"{token}._domainkey.list.example": {"CNAME": [f"{token}.dkim.amazonses.com."]} for token in tokens},
            "bounce.list.example": {"MX": [f"10 {SERVER}"], "TXT": ['"v=spf1 include:amazonses.com ~all"']},
            "_dmarc.list.example": {"TXT": ['"v=DMARC1; p=quarantine"']},
        }
    )
    monkeypatch.setenv("SENDER_IDENTITY", "list.example")
    return "list.example"


def look(stack: Stack, query: str = "") -> Any:
    answer = stack.http("deliverability", "GET", f"/deliverability{query}")
    assert answer.status == 200
    return answer.json


def test_it_tells_what_the_dns_and_ses_say(stack: Stack, sender: str) -> None:
    found = look(stack)
    assert found["next"] == {"code": "nothing", "message": "Nothing to do."}
    assert {record["state"] for record in found["records"]} == {"found"}
    assert sorted({record["code"] for record in found["records"]}) == ["dkim", "dmarc", "mail_from", "mx", "spf"]
    assert (found["sender"]["mail_from"], found["account"]["state"]) == ("bounce.list.example", "good")
    assert (found["problems"], found["recommendations"], found["campaigns"]) == ([], [], [])


def test_it_speaks_the_language_that_is_asked_for(stack: Stack, sender: str) -> None:
    assert look(stack, "?language=de")["next"]["message"] == "Nichts zu tun."
    refused = stack.http("deliverability", "GET", "/deliverability?language=tlh")
    assert (refused.status, refused.json["error"]["details"]) == (422, {"field": "language"})


def test_it_passes_on_what_ses_recommends(stack: Stack, sender: str, ses: Any) -> None:
    import requests

    mailbox = ses.meta.endpoint_url.rstrip("/") + "/mailbox"
    said = [
        {"Type": "DMARC", "Description": "Tighten the policy.", "ResourceArn": "arn:aws:ses:x:1:identity/list.example"},
        {"Type": "BIMI", "Status": "FIXED"},
    ]
    requests.put(f"{mailbox}/behaviour", json={"recommendations": said}, timeout=5).raise_for_status()
    found = look(stack)
    (recommended,) = found["recommendations"]
    assert (recommended["type"], recommended["impact"], recommended["resource"]) == ("DMARC", "high", "list.example")
    assert found["next"] == {"code": "recommendation", "message": "Amazon SES recommends (DMARC): Tighten the policy."}


@pytest.mark.parametrize(
    ("operation", "part"),
    [("GetEmailIdentity", "sender"), ("GetAccount", "account"), ("ListRecommendations", "recommendations")],
)
def test_when_ses_fails_the_part_says_so_and_the_rest_answers(
    stack: Stack, sender: str, ses: Any, operation: str, part: str
) -> None:
    import requests

    fault = {"fault": "server_error", "operation": operation}
    mailbox = ses.meta.endpoint_url.rstrip("/") + "/mailbox"
    requests.put(f"{mailbox}/behaviour", json={"faults": [fault]}, timeout=5).raise_for_status()
    found = look(stack)
    assert [problem["part"] for problem in found["problems"]] == [part]
    assert "found" in {record["state"] for record in found["records"]}


def test_the_records_of_the_lists_own_names_are_looked_up_as_well(
    stack: Stack, sender: str, names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [{"code": "link-domain", "name": "news.list.example", "type": "CNAME", "value": "d-1.example.net"}]
    client("ssm").put_parameter(Name="/list/dns-records", Value=json.dumps(kept), Type="String")
    monkeypatch.setenv("DNS_RECORDS_PARAMETER", "/list/dns-records")
    assert look(stack)["records"][-1]["state"] == "missing"
    names.set({"news.list.example": {"CNAME": ["d-1.example.net."]}})
    assert look(stack)["records"][-1]["state"] == "found"


def test_once_a_day_what_has_broken_is_counted_and_remembered_for_the_report(
    stack: Stack, sender: str, names: NameServer, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.run("deliverability", {})
    names.set({"_dmarc.list.example": {}})
    capsys.readouterr()
    stack.run("deliverability", {})
    assert '"DnsRecordsBroken": 1' in capsys.readouterr().out
    remembered = DeliverabilityTable(stack.records).latest()
    assert [record["name"] for record in remembered.amiss] == ["_dmarc.list.example"]
    (record,) = [each for each in look(stack)["records"] if each["code"] == "dmarc"]
    assert record["broken_since"] == remembered.at
    assert look(stack)["next"]["code"] == "record_broken"
