"""The name server of the laptop, asked over its socket."""

from collections.abc import Iterator
from typing import Any

import dns.message
import dns.query
import dns.rcode
import pytest
import requests

from local.names import NamesError, NameServer
from local.ses import SesStandIn


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer() as running:
        yield running


def ask(names: NameServer, name: str, kind: str) -> tuple[str, list[str]]:
    host, _, port = names.address.partition(":")
    answer = dns.query.udp(dns.message.make_query(name, kind), host, port=int(port), timeout=2)
    return dns.rcode.to_text(answer.rcode()), [record.to_text() for rrset in answer.answer for record in rrset]


def test_every_domain_has_a_mail_exchange_and_nothing_else(names: NameServer) -> None:
    assert ask(names, "anything.example.org", "MX") == ("NOERROR", ["10 mx.anything.example.org."])
    assert ask(names, "anything.example.org", "TXT") == ("NOERROR", [])


def test_a_name_has_what_was_said_whatever_the_case_of_its_letters(names: NameServer) -> None:
    names.set({"Example.org": {"TXT": ['"v=spf1 -all"'], "A": ["192.0.2.1", "192.0.2.2"]}, "gone.example": {}})
    assert ask(names, "eXample.ORG", "TXT") == ("NOERROR", ['"v=spf1 -all"'])
    assert sorted(ask(names, "example.org", "A")[1]) == ["192.0.2.1", "192.0.2.2"]
    assert ask(names, "example.org", "MX") == ("NOERROR", [])
    assert ask(names, "gone.example", "MX") == ("NXDOMAIN", [])


def test_null_takes_back_what_was_said(names: NameServer) -> None:
    names.set({"gone.example": {}, "other.example": "SERVFAIL"})
    names.set({"gone.example": None})
    assert ask(names, "gone.example", "MX")[0] == "NOERROR"
    assert ask(names, "other.example", "MX")[0] == "SERVFAIL"


@pytest.mark.parametrize(
    "wrong",
    [
        {"x.example": "BROKEN"},
        {"x.example": {"MX": ["nonsense"]}},
        {"x.example": {"NO-TYPE": ["1"]}},
        {"x.example": 7},
        {"a" * 64: {}},
        [],
    ],
)
def test_what_no_name_can_have_is_refused_and_changes_nothing(names: NameServer, wrong: Any) -> None:
    with pytest.raises(NamesError):
        names.set(wrong)
    assert names.shown() == {}


def test_what_is_no_question_is_passed_over(names: NameServer) -> None:
    import socket

    host, _, port = names.address.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"nonsense", (host, int(port)))
    assert ask(names, "example.org", "MX")[0] == "NOERROR"


def test_names_are_said_over_http_too() -> None:
    with SesStandIn() as ses:
        said = requests.put(f"{ses.mailbox_url}/names", json={"gone.example": {}}, timeout=5)
        assert (said.status_code, said.json()) == (200, {"gone.example": {}})
        assert ask(ses.names, "gone.example", "MX")[0] == "NXDOMAIN"
        wrong = requests.put(f"{ses.mailbox_url}/names", json={"x.example": "BROKEN"}, timeout=5)
        assert (wrong.status_code, "SERVFAIL" in wrong.json()["error"]) == (400, True)
        assert requests.get(f"{ses.mailbox_url}/names", timeout=5).json() == {"gone.example": {}}
