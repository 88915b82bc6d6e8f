"""The check-up of deliverability, asked of a name server on this machine that has right, missing and wrong records."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from email_list.deliverability import checkup, daily
from email_list.deliverability.advice import Advice
from email_list.deliverability.checkup import Checkup, Findings, Recommendation
from email_list.deliverability.memory import Remembered
from email_list.deliverability.records import SPF, Record, Sender, Wanted, look_up, wanted
from email_list.deliverability.states import PARTS, Code, State
from email_list.figures.results import CampaignResult, Counts
from email_list.lookups import Lookups, resolver
from email_list.metrics import Metrics
from local.names import NameServer
from tests.unit.domain.campaign_world import FakeStore

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
SENDER = Sender(
    identity="example.org",
    domain="example.org",
    verified=True,
    dkim="success",
    tokens=("one", "two", "three"),
    zone="dkim.amazonses.com",
    mail_from="bounce.example.org",
)
BY_ADDRESS = replace(SENDER, identity="ann@example.org", tokens=(), zone="", mail_from="", dkim="not_started")
SERVER = "10 feedback-smtp.eu-west-1.amazonses.com"
OWN = [{"code": "link-domain", "name": "news.example.org", "type": "CNAME", "value": "d-1.execute-api.amazonaws.com"}]
RIGHT = {
    **{f"{token}._domainkey.example.org": {"CNAME": [f"{token}.dkim.amazonses.com."]} for token in SENDER.tokens},
    "bounce.example.org": {
        "MX": ["5 feedback-smtp.eu-west-1.amazonses.com."],
        "TXT": ['"v=spf1 include:amazonses.com ~all"'],
    },
    "_dmarc.example.org": {"TXT": ['"v=DMARC1; p=reject"']},
    "example.org": {"MX": ["10 mx.example.org."]},
    "news.example.org": {"CNAME": ["D-1.execute-api.amazonaws.com."]},
}
ACCOUNT = {
    "in_sandbox": False,
    "sending_enabled": True,
    "enforcement_status": "healthy",
    "rate_per_second": 14.0,
    "daily_quota": 50_000.0,
    "sent_last_24_hours": 12.0,
}


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer() as running:
        running.set(RIGHT)
        yield running


@pytest.fixture
def lookups(names: NameServer) -> Lookups:
    return Lookups(resolver(names.address))


class Ses:
    """What SES says; a part that is an error is raised."""

    def __init__(self, sender: Any = SENDER, account: Any = ACCOUNT, recommendations: Any = ()) -> None:
        self.said = {"sender": sender, "account": account, "recommendations": recommendations}

    def sender(self) -> Sender:
        return self._say("sender")

    def account(self) -> Mapping[str, Any]:
        return self._say("account")

    def recommendations(self) -> Sequence[Recommendation]:
        return self._say("recommendations")

    def _say(self, part: str) -> Any:
        if isinstance(self.said[part], Exception):
            raise self.said[part]
        return self.said[part]


class Kept:
    """The memory, in memory."""

    def __init__(self, remembered: Remembered | None = None) -> None:
        self.remembered = remembered or Remembered()

    def latest(self) -> Remembered:
        return self.remembered

    def keep(self, remembered: Remembered) -> None:
        self.remembered = remembered


def campaign(bounced: int = 0, complained: int = 0, sent: int = 1000) -> CampaignResult:
    counts = Counts(sent=sent, bounced=bounced, complained=complained)
    return CampaignResult("C1", "The fair", "sent", "2026-11-20T08:00:00.000Z", counts)


def look(lookups: Lookups, ses: Ses | None = None, campaigns: Any = (), memory: Any = None) -> Findings:
    def latest(most: int) -> Sequence[CampaignResult]:
        if isinstance(campaigns, Exception):
            raise campaigns
        return campaigns

    assumed = Sender.assumed(SENDER.identity, SENDER.domain)
    others = (ses or Ses(), assumed, "eu-west-1", lambda: OWN, lookups, latest, memory or Kept())
    return Checkup(*others, clock=lambda: NOW).look()


def advice(findings: Findings, language: str = "en") -> dict[str, Any]:
    return Advice(findings, language).to_json()


# Records


def test_records_that_are_right_are_found_and_leave_nothing_to_do(lookups: Lookups) -> None:
    found = look(lookups)
    assert [record.wanted.code for record in found.records] == [
        *(Code.DKIM, Code.DKIM, Code.DKIM, Code.MAIL_FROM, Code.SPF, Code.DMARC, Code.MX, Code.LINK_DOMAIN)
    ]
    assert {str(record.state) for record in found.records} == {"found"}
    assert advice(found)["next"] == {"code": "nothing", "message": "Nothing to do."}


RECORDS: list[tuple[str, str, Any, str, str]] = [
    # name, code, what the name has, the state, what the words say to enter
    ("two._domainkey.example.org", "dkim", {}, "missing", "two.dkim.amazonses.com"),
    ("two._domainkey.example.org", "dkim", {"CNAME": ["two.example.net."]}, "wrong", "two.dkim.amazonses.com"),
    ("two._domainkey.example.org", "dkim", "SERVFAIL", "unknown", ""),
    ("bounce.example.org", "mail_from", {}, "missing", SERVER),
    (
        "bounce.example.org",
        "mail_from",
        {"MX": ["10 mx.example.net."]},
        "wrong",
        SERVER,
    ),
    (
        "bounce.example.org",
        "mail_from",
        {"MX": ["10 feedback-smtp.eu-west-1.amazonses.com.", "20 mx.example.org."]},
        "wrong",
        SERVER,
    ),
    ("bounce.example.org", "spf", {"TXT": ['"hello"']}, "missing", SPF),
    ("bounce.example.org", "spf", {"TXT": ['"v=spf1 mx -all"']}, "wrong", "v=spf1 mx include:amazonses.com -all"),
    ("bounce.example.org", "spf", {"TXT": ['"v=spf1 mx"']}, "wrong", "v=spf1 mx include:amazonses.com"),
    ("bounce.example.org", "spf", {"TXT": ['"V=SPF1 include:"', '"v=spf10 x"']}, "wrong", "include:amazonses.com"),
    ("bounce.example.org", "spf", {"TXT": [f'"{SPF}"', '"v=spf1 -all"']}, "wrong", SPF),
    ("bounce.example.org", "spf", {"TXT": ['"v=spf1 include:" "amazonses.com ?all"']}, "found", ""),
    ("_dmarc.example.org", "dmarc", {}, "missing", "v=DMARC1; p=none"),
    ("_dmarc.example.org", "dmarc", {"TXT": ['"v=DMARC1"']}, "wrong", "v=DMARC1; p=none"),
    ("_dmarc.example.org", "dmarc", {"TXT": ['"v=DMARC1; p=block"']}, "wrong", "v=DMARC1; p=none"),
    ("_dmarc.example.org", "dmarc", {"TXT": ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"']}, "wrong", "all but one"),
    ("_dmarc.example.org", "dmarc", {"TXT": ['"v=DMARC1;p=quarantine; rua=mailto:d@example.org"']}, "found", ""),
    ("example.org", "mx", {"A": ["192.0.2.1"]}, "missing", "mail provider"),
    ("example.org", "mx", {"MX": ["0 ."]}, "wrong", "mail provider"),
    ("news.example.org", "link-domain", {}, "missing", "d-1.execute-api.amazonaws.com"),
    ("news.example.org", "link-domain", {"CNAME": ["old.example.net."]}, "wrong", "d-1.execute-api.amazonaws.com"),
]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("name", "code", "what", "state", "to_enter"), RECORDS)
def test_each_record_is_found_missing_or_wrong_in_words_that_say_what_to_enter(
    names: NameServer, lookups: Lookups, name: str, code: str, what: Any, state: str, to_enter: str, language: str
) -> None:
    names.set({name: what})
    shown = advice(look(lookups), language)["records"]
    (record,) = [each for each in shown if (each["code"], each["name"]) == (code, name)]
    assert record["state"] == state
    if language == "en":
        assert to_enter in record["message"]
    if state == "wrong":
        assert record["found"]
        assert record["found"][0] in record["message"]
    if state in ("missing", "wrong") and record["value"] and "all but one" not in to_enter:
        assert record["value"] in record["message"]
    others = {each["state"] for each in shown if each["name"] != name}
    assert others == {"found"}


@pytest.mark.parametrize(
    ("above", "policy"),
    [('"v=DMARC1; p=reject"', "reject"), ('"v=DMARC1; p=reject; sp=none"', "none"), ('"v=DMARC1; sp=none"', "none")],
)
def test_a_domain_without_a_policy_has_that_of_the_one_above(
    names: NameServer, lookups: Lookups, above: str, policy: str
) -> None:
    names.set({"_dmarc.example.org": {"TXT": [above]}, "_dmarc.news.example.org": {}})
    record = look_up(Wanted(Code.DMARC, "_dmarc.news.example.org", "TXT", ""), lookups)
    assert (record.state, record.policy) == (State.FOUND, policy)


@pytest.mark.parametrize(
    ("what", "state"),
    [
        ({"TXT": ['"v=DKIM1; k=rsa; p=MIGf"']}, "found"),
        ({"TXT": ['"v=DKIM1; k=rsa; p="']}, "wrong"),
        ({}, "missing"),
    ],
)
def test_a_key_of_the_owners_is_looked_for_as_such(names: NameServer, lookups: Lookups, what: Any, state: str) -> None:
    names.set({"mine._domainkey.example.org": what})
    own_key = replace(SENDER, tokens=("mine",), zone="")
    record = look(lookups, Ses(own_key)).records[0]
    assert (record.wanted.type, str(record.state)) == ("TXT", state)


def test_a_mail_from_domain_that_is_not_configured_is_asked_for_by_its_key(lookups: Lookups) -> None:
    shown = advice(look(lookups, Ses(replace(SENDER, mail_from=""))))
    unset = [record for record in shown["records"] if record["code"] in ("spf", "mail_from")]
    assert [(record["name"], record["state"]) for record in unset] == [("bounce.example.org", "missing")] * 2
    assert all(
        "Set mailFromDomain to bounce.example.org" in record["message"].replace("set", "Set") for record in unset
    )


def test_a_sender_without_a_domain_is_told_to_have_one_and_what_a_strict_policy_does_to_it(lookups: Lookups) -> None:
    shown = advice(look(lookups, Ses(BY_ADDRESS)))
    assert [record["code"] for record in shown["records"]] == ["dmarc", "mx", "link-domain"]
    assert shown["sender"]["state"] == "unsigned"
    assert "not signed for your domain" in shown["records"][0]["message"]
    assert shown["next"]["code"] == "sender_unsigned"
    assert "senderDomain" in shown["next"]["message"]


# What is to be done first


def test_one_thing_is_said_first_and_it_is_the_most_urgent(names: NameServer, lookups: Lookups) -> None:
    names.set({"_dmarc.example.org": {"TXT": ['"v=DMARC1; p=none"']}})
    recommended = Recommendation("BIMI", "low", "example.org", "Publish a BIMI record.", "2026-11-01T00:00:00.000Z")

    def first(**said: Any) -> str:
        ses = Ses(**{"recommendations": [recommended], **said.pop("ses", {})})
        return advice(look(lookups, ses, **said))["next"]["code"]

    assert advice(look(lookups))["next"]["code"] == "dmarc_none"
    assert first() == "recommendation"
    names.set({"news.example.org": {}})
    assert first() == "record"
    sandbox = {"account": {**ACCOUNT, "in_sandbox": True}}
    assert first(ses=sandbox) == "account_sandbox"
    names.set({"_dmarc.example.org": {}})
    assert first(ses=sandbox) == "record_dmarc"
    names.set({"one._domainkey.example.org": {}})
    assert first() == "record_dkim"
    wanted_key = wanted(SENDER, "eu-west-1", OWN)[-1].key
    assert first(memory=Kept(Remembered(broken={wanted_key: "2026-11-25T00:00:00.000Z"}))) == "record_broken"
    assert first(campaigns=[campaign(bounced=100)]) == "campaign_pause"
    assert first(ses={"account": {**ACCOUNT, "enforcement_status": "probation"}}) == "account_review"
    assert first(ses={"sender": replace(SENDER, verified=False)}) == "sender_unverified"
    assert first(ses={"account": {**ACCOUNT, "sending_enabled": False}}) == "account_stopped"


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (campaign(sent=99, bounced=50), "few"),
        (campaign(bounced=49), "good"),
        (campaign(bounced=50), "review"),
        (campaign(complained=1), "review"),
        (campaign(bounced=100), "pause"),
        (campaign(complained=5), "pause"),
    ],
)
def test_campaigns_are_held_against_the_limits_of_ses(lookups: Lookups, result: CampaignResult, state: str) -> None:
    (shown,) = advice(look(lookups, campaigns=[result]))["campaigns"]
    assert shown["state"] == state


# What cannot be found out


@pytest.mark.parametrize("part", ["sender", "account", "recommendations", "campaigns", "remembered"])
def test_a_part_that_fails_says_so_and_the_rest_answers(lookups: Lookups, part: str) -> None:
    error = RuntimeError("no answer")

    class Forgetful(Kept):
        def latest(self) -> Remembered:
            raise error

    ses = Ses(**({part: error} if part in ("sender", "account", "recommendations") else {}))
    found = look(lookups, ses, error if part == "campaigns" else (), Forgetful() if part == "remembered" else None)
    shown = advice(found)
    assert [problem["part"] for problem in shown["problems"]] == [part]
    assert shown["next"]["code"] == "problem"
    known = {record["code"] for record in shown["records"] if record["state"] == "found"}
    assert {"dmarc", "mx", "link-domain"} <= known
    assert (shown["account"] is None) == (part == "account")


def test_what_takes_too_long_is_said_to_have_failed(lookups: Lookups, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "PATIENCE", 0.2)

    class Slow(Ses):
        def account(self) -> Mapping[str, Any]:
            time.sleep(1)
            return ACCOUNT

    began = time.monotonic()
    found = look(lookups, Slow())
    assert time.monotonic() - began < 0.9
    assert found.problems == ["account"]
    assert {str(record.state) for record in found.records} == {"found"}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_part_that_can_fail_has_words(language: str) -> None:
    shown = advice(Findings("2026-11-26T08:00:00.000Z", SENDER, problems=PARTS), language)
    assert [problem["part"] for problem in shown["problems"]] == list(PARTS)
    assert all(problem["message"] not in PARTS for problem in shown["problems"])


# Every day


def day(names: NameServer, lookups: Lookups, memory: Kept, ses: Ses | None = None, **has: Any) -> list[str]:
    """One daily check, after these names have changed; returns the metrics it wrote."""
    names.set({name.replace("__", "."): what for name, what in has.items()})
    written: list[str] = []
    daily.check(lambda: look(lookups, ses, memory=memory), memory, FakeStore(), Metrics("test", written.append))
    return written


BROKEN = "link-domain CNAME news.example.org"


def test_a_record_that_was_right_and_breaks_is_counted_until_it_is_right_again(
    names: NameServer, lookups: Lookups
) -> None:
    memory = Kept()
    assert '"DnsRecordsBroken": 0' in day(names, lookups, memory)[0]
    assert '"Paused": 0' in day(names, lookups, memory)[0]
    assert '"DnsRecordsBroken": 1' in day(names, lookups, memory, news__example__org={})[0]
    assert list(memory.remembered.broken) == [BROKEN]
    assert '"Paused": 1' in day(names, lookups, memory, news__example__org={"CNAME": ["else.example.net."]})[0]
    shown = advice(look(lookups, memory=memory))
    assert [record["code"] for record in shown["records"] if record["broken_since"]] == ["link-domain"]
    assert '"DnsRecordsBroken": 0' in day(names, lookups, memory, **{"news.example.org": RIGHT["news.example.org"]})[0]
    assert memory.remembered.broken == {}


def test_a_record_that_never_was_right_is_not_broken(names: NameServer, lookups: Lookups) -> None:
    memory = Kept()
    day(names, lookups, memory, news__example__org={})
    assert '"DnsRecordsBroken": 0' in day(names, lookups, memory)[0]


def test_a_name_server_that_does_not_answer_breaks_nothing_and_fixes_nothing(
    names: NameServer, lookups: Lookups
) -> None:
    memory = Kept()
    day(names, lookups, memory)
    assert '"DnsRecordsBroken": 0' in day(names, lookups, memory, news__example__org="SERVFAIL")[0]
    day(names, lookups, memory, news__example__org={})
    assert '"DnsRecordsBroken": 1' in day(names, lookups, memory, news__example__org="SERVFAIL")[0]


def test_a_name_server_that_never_answers_is_not_waited_for(names: NameServer) -> None:
    names.set({"example.org": "SILENCE"})
    record = look_up(Wanted(Code.MX, "example.org", "MX", ""), Lookups(resolver(names.address), 0.2))
    assert (record.state, record.found) == (State.UNKNOWN, ())


def test_a_record_that_nobody_wants_any_more_is_forgotten_but_not_because_ses_is_silent(
    names: NameServer, lookups: Lookups
) -> None:
    memory = Kept()
    day(names, lookups, memory)
    known = set(memory.remembered.right)
    day(names, lookups, memory, Ses(RuntimeError("no answer")))
    assert set(memory.remembered.right) == known
    day(names, lookups, memory, Ses(replace(SENDER, mail_from="")), bounce__example__org={})
    assert memory.remembered.broken == {}
    assert len(memory.remembered.right) == len(known) - 2


def test_what_was_right_is_never_overwritten_unread(names: NameServer, lookups: Lookups) -> None:
    class Forgetful(Kept):
        def latest(self) -> Remembered:
            raise RuntimeError("no answer")

    with pytest.raises(RuntimeError, match="cannot be read"):
        day(names, lookups, Forgetful())


def test_every_state_of_a_record_has_words_of_its_own_or_those_of_all() -> None:
    for language in ("en", "de"):
        for code in Code:
            for state in (State.FOUND, State.MISSING, State.WRONG):
                record = Record(Wanted(code, "a.example", "TXT", "v"), state, ("x",), "v", f"{code}.{state}")
                found = Findings("2026-11-26T08:00:00.000Z", SENDER, records=[record])
                assert len(advice(found, language)["records"][0]["message"]) > len(state)
