"""What may change a person's status, and to what: the one table that decides it.

Consent only ever tightens by itself. A row of a file, an event or a list that somebody else keeps may take a person
further away from the newsletter, never closer: only the person, or an administrator who says so about this one person,
brings anybody back. Where two sources disagree, the more restrictive one wins, whatever order they arrive in.

`docs/subscribers.md` shows the table to readers; a test checks that page against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from email_list.people.subscribers import Status

RESTRICTIVENESS = (Status.ACTIVE, Status.PENDING, Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED)
"""From the status that allows newsletters to the one that nobody can lift."""


class Decider(StrEnum):
    """Who decides about a change of status."""

    PERSON = "the person"
    ADMINISTRATOR = "an administrator, for this one person"
    ANYONE = "anyone"
    """A file, an event or a list is enough: anything that arrives this way only tightens."""


class Act(StrEnum):
    """Everything that can change a status."""

    SIGN_UP = "sign_up"
    CONFIRM = "confirm"
    COME_BACK = "come_back"
    JOIN = "join"
    VOUCH = "vouch"
    INVOKE = "invoke"
    REACTIVATE = "reactivate"
    LEAVE = "leave"
    HARD_BOUNCE = "hard_bounce"
    COMPLAIN = "complain"
    IMPORT_ACTIVE = "import_active"
    IMPORT_UNSUBSCRIBED = "import_unsubscribed"
    IMPORT_BOUNCED = "import_bounced"
    IMPORT_COMPLAINED = "import_complained"


@dataclass(frozen=True)
class Rule:
    """One row of the table: `target` is the new status of people with one of the statuses `sources` and, with
    `newcomers`, of people who are not on the list. Everybody else stays as they are."""

    what: str
    decider: Decider
    sources: tuple[Status, ...]
    target: Status
    newcomers: bool = False


_CAN_LEAVE = (Status.ACTIVE, Status.PENDING)
_CAN_BOUNCE = (*_CAN_LEAVE, Status.UNSUBSCRIBED)
_CAN_COMPLAIN = (*_CAN_BOUNCE, Status.BOUNCED)

RULES: Mapping[Act, Rule] = {
    Act.SIGN_UP: Rule(
        "Signing up by form or JSON, with double opt-in",
        Decider.PERSON,
        (Status.PENDING,),
        Status.PENDING,
        newcomers=True,
    ),
    Act.CONFIRM: Rule(
        "Pressing the button behind a confirmation link",
        Decider.PERSON,
        (Status.PENDING, Status.UNSUBSCRIBED),
        Status.ACTIVE,
    ),
    Act.COME_BACK: Rule(
        "Pressing the button to come back, on the preferences page",
        Decider.PERSON,
        (Status.UNSUBSCRIBED,),
        Status.ACTIVE,
    ),
    Act.JOIN: Rule(
        "Signing up by form or JSON, without double opt-in",
        Decider.PERSON,
        (Status.PENDING, Status.UNSUBSCRIBED),
        Status.ACTIVE,
        newcomers=True,
    ),
    Act.VOUCH: Rule(
        "`POST /subscribers`",
        Decider.ADMINISTRATOR,
        (Status.PENDING,),
        Status.ACTIVE,
        newcomers=True,
    ),
    Act.INVOKE: Rule(
        "Invoking `subscribe` directly, which takes access to the AWS account",
        Decider.ADMINISTRATOR,
        (Status.PENDING, Status.UNSUBSCRIBED),
        Status.ACTIVE,
        newcomers=True,
    ),
    Act.REACTIVATE: Rule(
        "`PATCH` with `status: active` and `acknowledge`",
        Decider.ADMINISTRATOR,
        (Status.PENDING, Status.UNSUBSCRIBED, Status.BOUNCED),
        Status.ACTIVE,
    ),
    Act.LEAVE: Rule(
        "One click, the unsubscribe page, `PATCH` with `status: unsubscribed`, an SES event that says so",
        Decider.ANYONE,
        _CAN_LEAVE,
        Status.UNSUBSCRIBED,
    ),
    Act.HARD_BOUNCE: Rule(
        "A hard bounce, enough soft bounces in a row, a bounce on the account's suppression list",
        Decider.ANYONE,
        _CAN_BOUNCE,
        Status.BOUNCED,
    ),
    Act.COMPLAIN: Rule(
        "A complaint, or a complaint on the account's suppression list",
        Decider.ANYONE,
        _CAN_COMPLAIN,
        Status.COMPLAINED,
    ),
    Act.IMPORT_ACTIVE: Rule(
        "A row of an import that says nothing against it",
        Decider.ANYONE,
        (),
        Status.ACTIVE,
        newcomers=True,
    ),
    Act.IMPORT_UNSUBSCRIBED: Rule(
        "A row of an import that says the person has left, or must not be emailed",
        Decider.ANYONE,
        _CAN_LEAVE,
        Status.UNSUBSCRIBED,
        newcomers=True,
    ),
    Act.IMPORT_BOUNCED: Rule(
        "A row of an import that says the address bounces",
        Decider.ANYONE,
        _CAN_BOUNCE,
        Status.BOUNCED,
        newcomers=True,
    ),
    Act.IMPORT_COMPLAINED: Rule(
        "A row of an import that says the person complained",
        Decider.ANYONE,
        _CAN_COMPLAIN,
        Status.COMPLAINED,
        newcomers=True,
    ),
}

IMPORT_ACTS: Mapping[Status, Act] = {
    Status.ACTIVE: Act.IMPORT_ACTIVE,
    Status.UNSUBSCRIBED: Act.IMPORT_UNSUBSCRIBED,
    Status.BOUNCED: Act.IMPORT_BOUNCED,
    Status.COMPLAINED: Act.IMPORT_COMPLAINED,
}
"""What a row of an import does, by what it says about the person."""


def allows(act: Act, status: Status | None) -> bool:
    """Whether an act changes the status of someone who has this one; None is someone who is not on the list."""
    rule = RULES[act]
    return rule.newcomers if status is None else status in rule.sources


def restrictiveness(status: Status) -> int:
    """How far a status keeps a person from newsletters; higher is stricter."""
    return RESTRICTIVENESS.index(status)


def table() -> str:
    """The rules as Markdown, for the documentation."""
    lines = ["| what happens | who decides | from | to |", "|---|---|---|---|"]
    for rule in RULES.values():
        before = [*(["not on the list"] if rule.newcomers else []), *rule.sources]
        lines.append(f"| {rule.what} | {rule.decider} | {', '.join(before)} | {rule.target} |")
    return "\n".join(lines)
