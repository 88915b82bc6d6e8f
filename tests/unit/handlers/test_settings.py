"""GET /settings: what administrators see of the configuration, the sender and the account."""

from typing import Any

import pytest

from email_list.aws.sender_status import sender_status
from tests.unit.handlers.conftest import Stack


@pytest.fixture
def identity(ses: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    ses.create_email_identity(EmailIdentity="list.example")
    monkeypatch.setenv("SENDER_IDENTITY", "list.example")
    return "list.example"


def test_settings_say_what_is_configured_and_hold_no_secret(stack: Stack, identity: str) -> None:
    answer = stack.http("settings", "GET", "/settings")
    assert answer.status == 200
    assert answer.json["list"] == {
        "name": "Garden Letters",
        "postal_address": "1 Hill Road, Springfield",
        "sender": '"Garden Letters" <letters@list.example>',
        "reply_to": None,
        "language": "en",
        **dict.fromkeys(("privacy_url", "logo_url", "website_url", "description")),
        "time_zone": "Europe/Berlin",
        "colors": {
            "light": {"accent": "#1a5fb4", "on_accent": "#ffffff"},
            "dark": {"accent": "#6493cc", "on_accent": "#000000"},
        },
        "double_opt_in": True,
        "pictures_url": "https://pictures.example",
        "archive": False,
        "topics": [{"name": "News", "description": "What is new"}, {"name": "Events", "description": ""}],
    }
    assert answer.json["api_url"] == "https://list.example"
    assert "key" not in answer.body.lower().replace("keyboard", "").replace("_domainkey", "")
    assert answer.headers["cache-control"] == "no-store"


def test_the_sender_and_its_dkim_are_as_ses_sees_them(stack: Stack, identity: str) -> None:
    sender = stack.http("settings", "GET", "/settings").json["sender"]
    assert (sender["identity"], sender["verified"], sender["dkim"]) == (identity, True, "success")
    assert len(sender["dkim_records"]) == 3
    for record in sender["dkim_records"]:
        token = record["name"].partition(".")[0]
        assert record == {
            "name": f"{token}._domainkey.{identity}",
            "type": "CNAME",
            "value": f"{token}.dkim.amazonses.com",
        }


@pytest.mark.parametrize(
    "dkim",
    [
        {"Status": "SUCCESS", "Tokens": ["selector"], "SigningAttributesOrigin": "EXTERNAL"},
        {"Status": "NOT_STARTED", "Tokens": []},
    ],
    ids=["a key of the owner's", "an address"],
)
def test_there_are_no_records_where_ses_made_no_key(dkim: dict[str, Any]) -> None:
    class Client:
        def get_email_identity(self, **_: str) -> dict[str, Any]:
            return {"VerifiedForSendingStatus": True, "DkimAttributes": dkim}

    assert sender_status(Client(), "example.org")["dkim_records"] == []


def test_the_records_lead_to_the_zone_that_ses_names() -> None:
    zone = "dkim.eu-south-1.amazonses.com"

    class Client:
        def get_email_identity(self, **_: str) -> dict[str, Any]:
            return {"DkimAttributes": {"Status": "PENDING", "Tokens": ["one"], "SigningHostedZone": zone}}

    (record,) = sender_status(Client(), "example.org")["dkim_records"]
    assert record["value"] == f"one.{zone}"


def test_the_account_is_in_plain_figures(stack: Stack, identity: str, ses: Any) -> None:
    account = stack.http("settings", "GET", "/settings").json["account"]
    assert account["in_sandbox"] is False
    assert account["sending_enabled"] is True
    ses.put_account_sending_attributes(SendingEnabled=False)
    assert stack.http("settings", "GET", "/settings").json["account"]["sending_enabled"] is False


def test_the_form_to_embed_leads_to_the_list(stack: Stack, identity: str) -> None:
    html = stack.http("settings", "GET", "/settings").json["embed_html"]
    assert 'action="https://list.example/subscribe"' in html
    assert 'name="topic.News"' in html
