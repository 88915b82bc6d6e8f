"""What the check says of the sender's DNS records, asked of a server on this machine."""

import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from check.sender_dns import dkim_words, dmarc_words, look_up

ZONE = {
    ("one._domainkey.example.org.", "CNAME"): "one.dkim.amazonses.com.",
    ("two._domainkey.example.org.", "CNAME"): "elsewhere.example.net.",
    ("_dmarc.example.org.", "TXT"): '"v=DMARC1; p=none"',
    ("_dmarc.bare.example.", "TXT"): '"something else"',
}


def answer(question: bytes) -> bytes:
    asked = dns.message.from_wire(question)
    name, kind = asked.question[0].name.to_text(), dns.rdatatype.to_text(asked.question[0].rdtype)
    response = dns.message.make_response(asked)
    response.flags |= dns.flags.RA
    if (name, kind) in ZONE:
        response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, ZONE[name, kind]))
    elif "broken" in name:
        response.set_rcode(dns.rcode.SERVFAIL)
    else:
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response.to_wire()


@pytest.fixture(scope="module")
def resolver() -> Iterator[dns.resolver.Resolver]:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            question, sender = server.recvfrom(4096)
            if not question:
                return
            server.sendto(answer(question), sender)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers, asking.port = ["127.0.0.1"], server.getsockname()[1]
    yield asking
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"", server.getsockname())
    thread.join()
    server.close()


def record(token: str, domain: str = "example.org") -> dict[str, str]:
    return {"name": f"{token}._domainkey.{domain}", "type": "CNAME", "value": f"{token}.dkim.amazonses.com"}


def test_dkim_records_are_found_missing_wrong_or_not_to_be_looked_up(resolver: dns.resolver.Resolver) -> None:
    records = [record("one"), record("two"), record("three"), record("four", "broken.example")]
    assert [words.partition(": ")[2] for words in dkim_words(records, resolver)] == [
        "found",
        "wrong, it has elsewhere.example.net",
        "missing",
        "could not be looked up",
    ]


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("example.org", "DMARC published"),
        ("news.example.org", "DMARC published"),
        ("bare.example", 'no DMARC record: add _dmarc.bare.example TXT "v=DMARC1; p=none"'),
        ("broken.example", "DMARC could not be looked up"),
    ],
)
def test_a_dmarc_record_is_that_of_the_domain_or_of_one_above(
    resolver: dns.resolver.Resolver, domain: str, words: str
) -> None:
    assert dmarc_words(domain, resolver) == words


def test_a_name_that_does_not_exist_has_no_records(resolver: dns.resolver.Resolver) -> None:
    assert look_up("nothing.example.org", "TXT", resolver) == []
