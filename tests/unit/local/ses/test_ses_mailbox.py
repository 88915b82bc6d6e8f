"""The mailbox: JSON for programs, pages for people."""

import json
import socket
import subprocess
import sys
import urllib.request
from email.parser import Parser
from email.policy import default
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.ses import SesStandIn

HOSTILE = "<script>alert(1)</script>\"'&"


def test_messages_are_listed_oldest_first_and_in_pages(mailbox: Any, send: Any) -> None:
    ids = [send(f"p{number}@example.org") for number in range(5)]
    assert [mail["id"] for mail in mailbox.messages()] == ids
    assert [mail["id"] for mail in mailbox.messages("?limit=2&offset=1")] == ids[1:3]
    assert mailbox.messages("?offset=9") == []
    assert mailbox.request("GET", "/messages?limit=1")[1]["X-Total-Count"] == "5"
    assert mailbox.request("GET", "/messages?limit=-1")[0] == 400


def test_messages_are_found_by_recipient_whatever_the_case(mailbox: Any, send: Any) -> None:
    send("ann@example.org")
    send("bob@example.org", Destination={"ToAddresses": ["bob@example.org"], "BccAddresses": ["Ann@example.org"]})
    send("joann@example.org")
    assert len(mailbox.messages("?to=ANN@example.org")) == 2


def test_the_mailbox_is_emptied(mailbox: Any, send: Any) -> None:
    message_id = send()
    assert mailbox.request("DELETE", "/messages")[0] == 204
    assert mailbox.messages() == []
    assert mailbox.request("GET", f"/messages/{message_id}")[0] == 404


def test_one_message_is_the_same_as_in_the_list(mailbox: Any, send: Any) -> None:
    message_id = send()
    assert json.loads(mailbox.request("GET", f"/messages/{message_id}")[2]) == mailbox.messages()[0]


def test_the_raw_message_is_what_a_receiver_parses(mailbox: Any, send: Any) -> None:
    unsubscribe = "<https://example.com/unsubscribe?token=" + "t" * 400 + ">"
    simple = {
        "Subject": {"Data": "Grüße aus Köln"},
        "Body": {"Text": {"Data": "Schöne Grüße"}, "Html": {"Data": "<p>Schöne Grüße</p>"}},
        "Headers": [{"Name": "List-Unsubscribe", "Value": unsubscribe}],
    }
    message_id = send(Content={"Simple": simple})
    raw = mailbox.request("GET", f"/messages/{message_id}/raw")[2]
    message = Parser(policy=default).parsestr(raw)

    assert f"List-Unsubscribe: {unsubscribe}\r\n" in raw
    assert message["Subject"] == "Grüße aus Köln"
    assert message["To"] == "ann@example.org"
    assert message["Message-ID"].startswith(f"<{message_id}@")
    assert [part.get_content().rstrip() for part in message.iter_parts()] == ["Schöne Grüße", "<p>Schöne Grüße</p>"]


def test_an_empty_mailbox_says_so(mailbox: Any) -> None:
    status, _, page = mailbox.request("GET", "/")
    assert status == 200
    assert "No emails yet." in page


def test_the_page_lists_emails_newest_first(mailbox: Any, send: Any) -> None:
    for number in range(55):
        send(f"p{number}@example.org")
    first, second = mailbox.request("GET", "/")[2], mailbox.request("GET", "/?offset=50")[2]
    assert first.index("p54@example.org") < first.index("p53@example.org")
    assert "p4@example.org" not in first
    assert "p4@example.org" in second
    assert "51&ndash;55 of 55" in second
    assert mailbox.request("GET", "/rows?to=p7@example.org")[2].count("<tr><td>") == 1


def test_what_comes_from_an_email_is_escaped_on_every_page(mailbox: Any, send: Any) -> None:
    simple = {
        "Subject": {"Data": HOSTILE},
        "Body": {"Text": {"Data": f"see https://example.com/?a=1&b=2 {HOSTILE}"}, "Html": {"Data": HOSTILE}},
        "Headers": [{"Name": "X-<b>", "Value": HOSTILE}],
    }
    message_id = send(Content={"Simple": simple}, FromEmailAddress="'<news@example.com>")
    pages = [mailbox.request("GET", path)[2] for path in ("/", f"/messages/{message_id}/view", "/?to=%3Cscript%3E")]

    assert all("<script>" not in page for page in pages)
    assert all("X-<b>" not in page for page in pages)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;" in pages[0]
    assert 'href="https://example.com/?a=1&amp;b=2" target="_blank"' in pages[1]


def test_the_html_part_is_shown_where_it_can_do_nothing(mailbox: Any, send: Any) -> None:
    html = "<html><head><title>x</title></head><body><a href='https://example.com'>x</a></body></html>"
    simple = {"Subject": {"Data": "s"}, "Body": {"Html": {"Data": html}}}
    message_id = send(Content={"Simple": simple})
    view = mailbox.request("GET", f"/messages/{message_id}/view")[2]
    _, headers, document = mailbox.request("GET", f"/messages/{message_id}/html")

    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in view
    assert headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert '<head><base target="_blank">' in document


def test_pages_load_only_what_the_stand_in_itself_serves(mailbox: Any, send: Any) -> None:
    send()
    _, headers, page = mailbox.request("GET", "/")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "//" not in page.replace("<!doctype", "")
    for name in ("mailbox.css", "mailbox.js"):
        assert f"/mailbox/static/{name}" in page
        assert mailbox.request("GET", f"/static/{name}")[0] == 200
    assert mailbox.request("GET", "/static/../server.py")[0] == 404


def test_another_sites_page_cannot_use_the_mailbox(mailbox: Any, send: Any) -> None:
    send()
    assert mailbox.request("DELETE", "/messages", headers={"Origin": "https://evil.example"})[0] == 403
    own = mailbox.url.removesuffix("/mailbox")
    assert mailbox.request("DELETE", "/messages", headers={"Origin": own})[0] == 204


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("POST", "/messages"),
        ("GET", "/messages/none"),
        ("GET", "/messages/none/raw"),
        ("PUT", "/"),
    ],
)
def test_what_does_not_exist_is_not_found(mailbox: Any, method: str, path: str) -> None:
    assert mailbox.request(method, path)[0] == 404


def test_the_bare_address_leads_to_the_mailbox(stand_in: SesStandIn) -> None:
    with urllib.request.urlopen(stand_in.url) as answer:
        assert answer.url == stand_in.mailbox_url + "/"


def test_a_stopped_stand_in_frees_its_port_and_connections(aws_session: Any) -> None:
    with SesStandIn() as running:
        port = int(running.url.rpartition(":")[2])
        client = aws_session.client("sesv2", endpoint_url=running.url)
        client.get_account()
    with pytest.raises(EndpointConnectionError):
        client.get_account()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_stand_in_that_never_started_can_be_stopped() -> None:
    SesStandIn().stop()


def test_it_runs_alone_and_ends_on_sigterm() -> None:
    process = subprocess.Popen([sys.executable, "-m", "local.ses"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with urllib.request.urlopen(url + "/mailbox/messages") as answer:
            assert json.load(answer) == []
        process.terminate()
        assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.communicate()
