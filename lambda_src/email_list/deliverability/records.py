"""The DNS records by which mailbox providers trust a sender: which there should be, and what a look-up found instead.

Sources: SES developer guide, "Easy DKIM", "Using a custom MAIL FROM domain" and "Complying with DMARC"; RFC 7208 (SPF),
RFC 7489 (DMARC), RFC 7505 (a domain without email).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from email_list.deliverability.states import POLICIES, Code, State
from email_list.lookups import NOWHERE, Lookups, NoAnswerError

SPF = "v=spf1 include:amazonses.com ~all"
SPF_OF_SES = "include:amazonses.com"
DMARC = "v=DMARC1; p=none"
"""What is asked for at first: it changes nothing, and satisfies the providers that ask for a policy."""

SUGGESTED_MAIL_FROM = "bounce"

UNTOLD = "unknown"
"""The state of a sender's DKIM as long as SES says nothing."""


@dataclass(frozen=True)
class Wanted:
    """A record that there should be. `value` is what to enter; empty if only the domain's owner can know it.

    `configured` is False for a record that a key of the configuration would have to ask for first.
    """

    code: Code
    name: str
    type: str
    value: str
    configured: bool = True

    @property
    def key(self) -> str:
        """Distinguishes it from all others."""
        return f"{self.code} {self.type} {self.name}"


@dataclass(frozen=True)
class Record:
    """A record as it was looked up. `value` is what to enter in place of what was `found`.

    `reason` names the text that explains the state (`words`, part `deliverability`), `policy` is DMARC's.
    """

    wanted: Wanted
    state: State
    found: Sequence[str]
    value: str
    reason: str
    policy: str = ""

    @classmethod
    def unknown(cls, wanted: Wanted) -> "Record":
        """Nobody answered, or not in time."""
        return cls(wanted, State.UNKNOWN, (), wanted.value, "unknown")


@dataclass(frozen=True)
class Sender:
    """What SES says about the sender. `domain` is that of the address, `tokens` are those of DKIM.

    `zone` is where the tokens' names lead, empty for a key of the owner's; `mail_from` is the domain for bounces,
    empty where there is none.
    """

    identity: str
    domain: str
    verified: bool
    dkim: str
    tokens: Sequence[str]
    zone: str
    mail_from: str

    @classmethod
    def assumed(cls, identity: str, domain: str) -> "Sender":
        """The sender as the configuration has it, as long as SES says nothing."""
        return cls(identity, domain, verified=False, dkim=UNTOLD, tokens=(), zone="", mail_from="")

    @property
    def is_domain(self) -> bool:
        return "@" not in self.identity


def wanted(sender: Sender, region: str, others: Sequence[Mapping[str, str]]) -> list[Wanted]:
    """The records that there should be; `others` are those of the list's own names, as `{"code", "name", ...}`."""
    found: list[Wanted] = []
    if sender.is_domain and sender.dkim != UNTOLD:
        found += [_dkim(sender, token) for token in sender.tokens]
        mail_from = sender.mail_from or f"{SUGGESTED_MAIL_FROM}.{sender.identity}"
        server = f"10 feedback-smtp.{region}.amazonses.com"
        configured = bool(sender.mail_from)
        found.append(Wanted(Code.MAIL_FROM, mail_from, "MX", server, configured))
        found.append(Wanted(Code.SPF, mail_from, "TXT", SPF, configured))
    found.append(Wanted(Code.DMARC, f"_dmarc.{sender.domain}", "TXT", DMARC))
    found.append(Wanted(Code.MX, sender.domain, "MX", ""))
    found += [Wanted(Code(each["code"]), each["name"], each["type"], each["value"]) for each in others]
    return found


def _dkim(sender: Sender, token: str) -> Wanted:
    name = f"{token}._domainkey.{sender.identity}"
    return (
        Wanted(Code.DKIM, name, "CNAME", f"{token}.{sender.zone}")
        if sender.zone
        else Wanted(Code.DKIM, name, "TXT", "")
    )


def look_up(record: Wanted, lookups: Lookups) -> Record:
    """What the DNS says about a record."""
    if not record.configured:
        return Record(record, State.MISSING, (), record.value, f"{record.code}.unset")
    try:
        return _JUDGES.get(record.code, _judge_exact)(record, lookups.find)
    except NoAnswerError:
        return Record.unknown(record)


Find = Callable[[str, str], Sequence[str]]
Judge = Callable[[Wanted, Find], Record]


def _result(wanted: Wanted, found: Sequence[str], reason: str, value: str = "") -> Record:
    """A record that is there or not; with a `reason`, it is wrong."""
    state = State.WRONG if reason else State.FOUND if found else State.MISSING
    return Record(wanted, state, found, value or wanted.value, f"{wanted.code}.{reason or state}")


def _judge_exact(wanted: Wanted, find: Find) -> Record:
    """There is this value and no other, as of a CNAME; names are the same in capitals."""
    found = find(wanted.name, wanted.type)
    is_other = bool(found) and {value.lower() for value in found} != {wanted.value.lower()}
    return _result(wanted, found, "wrong" if is_other else "")


def _judge_dkim(wanted: Wanted, find: Find) -> Record:
    if wanted.value:
        return _judge_exact(wanted, find)
    found = find(wanted.name, wanted.type)
    # A key that is empty was revoked (RFC 6376, section 3.6.1).
    usable = any(re.search(r"(^|;)\s*p=\s*[^;\s]", value) for value in found)
    state = State.FOUND if usable else State.WRONG if found else State.MISSING
    return Record(wanted, state, found, "", f"dkim.own_{state}")


def _judge_mail_from(wanted: Wanted, find: Find) -> Record:
    """Its priority may be any; with a second server, SES goes on under its own name."""
    found = find(wanted.name, wanted.type)
    servers = [value.rpartition(" ")[2].lower() for value in found]
    return _result(wanted, found, "wrong" if found and servers != [wanted.value.rpartition(" ")[2]] else "")


def _judge_spf(wanted: Wanted, find: Find) -> Record:
    found = [value for value in find(wanted.name, wanted.type) if re.match(r"v=spf1( |$)", value, re.IGNORECASE)]
    if len(found) > 1:
        return _result(wanted, found, "two")
    if found and SPF_OF_SES not in found[0].lower().split():
        return _result(wanted, found, "wrong", _with_ses(found[0]))
    return _result(wanted, found, "")


def _with_ses(policy: str) -> str:
    """An SPF policy that lets SES send as well: before the last word, which decides about everybody else."""
    version, *terms = policy.split()
    ends = [at for at, term in enumerate(terms) if term.lower().lstrip("+-~?") == "all"]
    at = ends[0] if ends else len(terms)
    return " ".join([version, *terms[:at], SPF_OF_SES, *terms[at:]])


def _judge_dmarc(wanted: Wanted, find: Find) -> Record:
    """The policy of the domain or, where it has none, of the nearest domain above it."""
    domain = wanted.name.removeprefix("_dmarc.")
    for above in _domains(domain):
        found = [value for value in find(f"_dmarc.{above}", "TXT") if dict(_tags(value)).get("v") == "DMARC1"]
        if len(found) > 1:
            return _result(wanted, found, "two")
        if found:
            tags = dict(_tags(found[0]))
            policy = tags.get("p", "") if above == domain else tags.get("sp", tags.get("p", ""))
            if policy.lower() not in POLICIES:
                return _result(wanted, found, "wrong")
            return Record(wanted, State.FOUND, found, wanted.value, f"dmarc.{policy.lower()}", policy.lower())
    return _result(wanted, [], "")


def _domains(domain: str) -> Iterator[str]:
    """A domain and those above it, except for the top one."""
    labels = domain.split(".")
    return (".".join(labels[at:]) for at in range(len(labels) - 1))


def _tags(policy: str) -> Iterator[tuple[str, str]]:
    for tag in policy.split(";"):
        name, _, value = tag.partition("=")
        yield name.strip().lower(), value.strip()


def _judge_mx(wanted: Wanted, find: Find) -> Record:
    found = find(wanted.name, wanted.type)
    refuses = bool(found) and all(value.endswith(f" {NOWHERE}") for value in found)
    return _result(wanted, found, "wrong" if refuses else "")


_JUDGES: Mapping[Code, Judge] = {
    Code.DKIM: _judge_dkim,
    Code.SPF: _judge_spf,
    Code.MAIL_FROM: _judge_mail_from,
    Code.DMARC: _judge_dmarc,
    Code.MX: _judge_mx,
}
