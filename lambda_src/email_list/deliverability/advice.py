"""What a check-up found, in plain words and for programs, and what to do first."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contract import BOUNCE_PAUSE, BOUNCE_REVIEW, COMPLAINT_PAUSE, COMPLAINT_REVIEW
from email_list.deliverability.checkup import Findings, Warmth
from email_list.deliverability.gmail import SpamRate
from email_list.deliverability.records import Record, Sender
from email_list.deliverability.states import GMAIL_ADVISED, GMAIL_LIMIT, GOOD, NEXT, Code, State
from email_list.figures.report_texts import Texts
from email_list.figures.results import CampaignResult

ENOUGH_MAILS = 100
"""With fewer emails, one bounce or complaint would look like a catastrophe."""

_FIRST = (Code.DKIM, Code.DMARC)
"""Records that Gmail and Yahoo demand of bulk senders."""

LIMITS: Mapping[str, float] = {
    "bounce_review": BOUNCE_REVIEW,
    "bounce_pause": BOUNCE_PAUSE,
    "complaint_review": COMPLAINT_REVIEW,
    "complaint_pause": COMPLAINT_PAUSE,
    "gmail_review": GMAIL_ADVISED,
    "gmail_pause": GMAIL_LIMIT,
}


class Advice:
    """Puts findings into the words of a language."""

    def __init__(self, findings: Findings, language: str) -> None:
        self._found = findings
        self._texts = Texts(language, "deliverability")

    def to_json(self) -> dict[str, Any]:
        """The public shape."""
        found = self._found
        return {
            "checked_at": found.at,
            "next": self._next(),
            "sender": self._sender(found.sender),
            "records": [self._record(record) for record in found.records],
            "account": self._account(found.account) if found.account else None,
            "recommendations": [vars(each) for each in found.recommendations],
            "campaigns": [self._campaign(campaign) for campaign in found.campaigns],
            "gmail": None if found.gmail is None else self._gmail(found.gmail),
            "warm_up": self._warm_up(found.warm_up) if found.warm_up else None,
            "limits": dict(LIMITS),
            "problems": [{"part": part, "message": self._texts.say(f"problem.{part}")} for part in found.problems],
        }

    def _next(self) -> dict[str, str]:
        """The most urgent of what there is to do."""
        code, message = min(self._to_do(), key=lambda each: NEXT.index(each[0]))
        return {"code": code, "message": message}

    def _to_do(self) -> Iterator[tuple[str, str]]:
        found, say = self._found, self._texts.say
        yield "nothing", say("next.nothing")
        if "sender" not in found.problems and (state := sender_state(found.sender)) != GOOD:
            yield f"sender_{state}", self._sender(found.sender)["message"]
        if found.account and (state := account_state(found.account)) != GOOD:
            yield f"account_{state}", self._account(found.account)["message"]
        for campaign in found.campaigns:
            if (state := campaign_state(campaign)) in ("review", "pause"):
                yield f"campaign_{state}", f"{campaign.subject}: {say(f'campaign.{state}')}"
        if found.gmail is not None and (state := gmail_state(found.gmail)) in ("review", "pause"):
            yield f"gmail_{state}", self._gmail(found.gmail)["message"]
        for record in found.records:
            if record.state in (State.MISSING, State.WRONG):
                yield self._kind(record), f"{self._purpose(record)}: {self._words(record)}"
            elif record.policy == "none":
                yield "dmarc_none", f"{self._purpose(record)}: {self._words(record)}"
        for each in found.recommendations:
            yield "recommendation", say("next.recommendation", type=each.type, description=each.description)
        for part in found.problems:
            yield "problem", say(f"problem.{part}")

    def _kind(self, record: Record) -> str:
        if record.wanted.key in self._found.remembered.broken:
            return "record_broken"
        return f"record_{record.wanted.code}" if record.wanted.code in _FIRST else "record"

    def _sender(self, sender: Sender) -> dict[str, Any]:
        state = sender_state(sender)
        return {
            "identity": sender.identity,
            "domain": sender.domain,
            "verified": sender.verified,
            "dkim": sender.dkim,
            "mail_from": sender.mail_from or None,
            "state": state,
            "message": self._texts.say(f"sender.{state}", identity=sender.identity),
        }

    def _record(self, record: Record) -> dict[str, Any]:
        wanted = record.wanted
        return {
            "code": wanted.code.value,
            "purpose": self._purpose(record),
            "name": wanted.name,
            "type": wanted.type,
            "value": record.value or None,
            "state": record.state.value,
            "found": list(record.found),
            "policy": record.policy or None,
            "message": self._words(record),
            "broken_since": self._found.remembered.broken.get(wanted.key),
        }

    def _purpose(self, record: Record) -> str:
        return self._texts.say(f"purpose.{record.wanted.code}")

    def _words(self, record: Record) -> str:
        wanted, reason = record.wanted, record.reason
        if record.policy in ("quarantine", "reject") and not self._found.sender.is_domain:
            reason = "dmarc.unsigned"
        if reason not in self._texts:
            reason = f"record.{record.state}"
        there = ", ".join(record.found)
        return self._texts.say(
            reason, name=wanted.name, type=wanted.type, value=record.value, found=there, policy=record.policy
        )

    def _account(self, account: Mapping[str, Any]) -> dict[str, Any]:
        state = account_state(account)
        message = self._texts.say(f"account.{state}", status=str(account["enforcement_status"]))
        return {**account, "state": state, "message": message}

    def _gmail(self, rates: Sequence[SpamRate]) -> dict[str, Any]:
        state = gmail_state(rates)
        day, rate = (rates[-1].date, rates[-1].spam_rate) if rates else ("", None)
        message = self._texts.say(f"gmail.{state}", day=day, rate=self._texts.percent(rate))
        return {"state": state, "message": message, "days": [vars(each) for each in rates]}

    def _warm_up(self, warmth: Warmth) -> dict[str, Any]:
        numbers = {name: self._texts.number(getattr(warmth, name)) for name in ("day", "room", "sent", "subscribers")}
        return {**vars(warmth), "message": self._texts.say("warm_up", **numbers, covers_on=warmth.covers_on)}

    def _campaign(self, campaign: CampaignResult) -> dict[str, Any]:
        state, rates = campaign_state(campaign), campaign.counts.rates
        return {
            "id": campaign.id,
            "subject": campaign.subject,
            "started_at": campaign.started_at,
            "sent": campaign.counts.sent,
            "bounce_rate": rates["bounce_rate"],
            "complaint_rate": rates["complaint_rate"],
            "state": state,
            "message": self._texts.say(f"campaign.{state}"),
        }


def sender_state(sender: Sender) -> str:
    """Whether SES sends for it, and signs for its domain."""
    if not sender.verified:
        return "unverified"
    return GOOD if sender.is_domain else "unsigned"


def account_state(account: Mapping[str, Any]) -> str:
    """The most serious of what SES says about the account (`aws.sender_status.account_status`)."""
    if not account["sending_enabled"] or account["enforcement_status"] == "shutdown":
        return "stopped"
    if account["enforcement_status"] != "healthy":
        return "review"
    return "sandbox" if account["in_sandbox"] else GOOD


def campaign_state(campaign: CampaignResult) -> str:
    """How a campaign's rates stand to the limits of SES."""
    if campaign.counts.sent < ENOUGH_MAILS:
        return "few"
    rates = campaign.counts.rates
    bounced, complained = rates["bounce_rate"] or 0, rates["complaint_rate"] or 0
    if bounced >= BOUNCE_PAUSE or complained >= COMPLAINT_PAUSE:
        return "pause"
    return "review" if bounced >= BOUNCE_REVIEW or complained >= COMPLAINT_REVIEW else GOOD


def gmail_state(rates: Sequence[SpamRate]) -> str:
    """How the latest of Gmail's days stands to what Gmail asks for."""
    if not rates:
        return "none"
    latest = rates[-1].spam_rate
    return "pause" if latest >= GMAIL_LIMIT else "review" if latest >= GMAIL_ADVISED else GOOD
