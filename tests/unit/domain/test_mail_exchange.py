"""Whether a domain takes email, asked of a real name server, the one of the laptop."""

from collections.abc import Iterator

import pytest

from email_list.lookups import Lookups, resolver
from email_list.people.mail_exchange import MailExchanges
from local.names import NameServer


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer() as running:
        yield running


@pytest.fixture
def exchanges(names: NameServer) -> MailExchanges:
    return MailExchanges(Lookups(resolver(names.address), remembers=True))


@pytest.mark.parametrize(
    ("what", "takes"),
    [
        ({"MX": ["10 mx.example.com."]}, True),
        ({"MX": ["0 ."]}, False),
        ({"MX": ["0 .", "10 mx.example.com."]}, True),
        ({"A": ["192.0.2.1"]}, True),
        ({"AAAA": ["2001:db8::1"]}, True),
        ({"TXT": ['"v=spf1 -all"']}, False),
        ({}, False),
        ("SERVFAIL", True),
    ],
)
def test_only_a_sure_no_is_one(names: NameServer, exchanges: MailExchanges, what: object, takes: bool) -> None:
    names.set({"there.example.org": what})
    assert exchanges.takes_mail("ann@there.example.org") is takes


def test_a_server_that_does_not_answer_is_no_reason_to_turn_anybody_away(names: NameServer) -> None:
    names.set({"silent.example.org": "SILENCE"})
    assert MailExchanges(Lookups(resolver(names.address), 0.2)).takes_mail("ann@silent.example.org")


@pytest.mark.parametrize("domain", ["a" * 64 + ".example.org", "..", "xn--bcher-kva.example"])
def test_a_domain_that_cannot_be_asked_for_is_no_sure_no(exchanges: MailExchanges, domain: str) -> None:
    assert exchanges.takes_mail(f"ann@{domain}")


def test_nobody_listens_there_and_people_join_all_the_same() -> None:
    assert MailExchanges(Lookups(resolver("127.0.0.1:1"), 0.2)).takes_mail("ann@example.com")
