"""Every store of personal data: the one table that says what is kept where, for how long, and how it ends.

`docs/personal-data.md` shows it to operators. `tests/local/test_a_life.py` lets a person come, read and be erased, and
then finds them in no store but those that, by this table, only time empties.
"""

from dataclasses import dataclass
from enum import StrEnum


class Ends(StrEnum):
    """What becomes of a person's data in a store when they are erased."""

    AT_ONCE = "erased at once"
    SOON = "erased within minutes"
    BY_ITSELF = "ends by its time alone"
    NEVER_NAMED = "does not name anybody"


@dataclass(frozen=True)
class Store:
    """One store, with a short name of its own."""

    name: str
    what: str
    place: str
    kept: str
    ends: Ends


STORES: tuple[Store, ...] = (
    Store(
        "people",
        "A person: address, name, topics, attributes, source, consent with IP address and browser, history",
        "subscribers table, by address, and its indexes",
        "until erased; someone who does not confirm, 7 days; someone who unsubscribed, `forgetUnsubscribedAfterDays`",
        Ends.AT_ONCE,
    ),
    Store(
        "requests",
        "Sign-ups that wait for their confirmation, including those by strangers, with IP address and browser",
        "subscribers table, `wishes#<id>`",
        "7 days",
        Ends.AT_ONCE,
    ),
    Store(
        "erased",
        "Who was erased: a keyed hash of the address, so that no import adds them again",
        "subscribers table, `erased#<hash>`",
        "for good, or until they sign up again",
        Ends.NEVER_NAMED,
    ),
    Store(
        "ledgers",
        "Who was sent a campaign or a step of a sequence, with the outcome, what came back, opens and "
        "clicks; during a warm-up, how faithful a reader they were",
        "records table, ledgers",
        "400 days",
        Ends.SOON,
    ),
    Store(
        "places",
        "Where a person stands in each sequence, when the next email is due, and which emails it sent them",
        "places table, by address, and its index",
        "until erased, or until the sequence is deleted",
        Ends.SOON,
    ),
    Store(
        "audit",
        "Who changed a person: the id, which is the address in Base64",
        "records table, audit",
        "400 days; of an erased person's entries, only that there was a change",
        Ends.SOON,
    ),
    Store(
        "dry_runs",
        "The first rows that a dry run of an import shows",
        "records table, import jobs",
        "30 days",
        Ends.BY_ITSELF,
    ),
    Store(
        "limits",
        "How often a network or an inbox asked: hashes",
        "records table, limits",
        "2 hours to 2 days",
        Ends.NEVER_NAMED,
    ),
    Store(
        "files",
        "Files of imports, their reports, and exports",
        "files bucket",
        "1 day (S3 deletes at midnight UTC after it)",
        Ends.BY_ITSELF,
    ),
    Store(
        "uploads",
        "What a camera noted in a picture that an editor uploads, such as the place",
        "pictures bucket, `uploads/`, which nobody can read",
        "seconds; 1 day if it cannot be read",
        Ends.BY_ITSELF,
    ),
    Store(
        "queues",
        "Work on its way: sign-ups, erasures, goodbye emails, webhooks, events of SES",
        "SQS queues",
        "seconds, as a rule; 7 days at most",
        Ends.BY_ITSELF,
    ),
    Store(
        "dead_letters",
        "Work that failed on every attempt",
        "SQS queues dead-letters and failures",
        "14 days",
        Ends.BY_ITSELF,
    ),
    Store(
        "streams",
        "Changes of a person, a campaign or a place in a sequence",
        "streams of the tables",
        "24 hours",
        Ends.BY_ITSELF,
    ),
    Store(
        "backups",
        "Backups of the tables",
        "point-in-time recovery of DynamoDB",
        "35 days",
        Ends.BY_ITSELF,
    ),
    Store(
        "access_log",
        "Requests: IP address, browser, route; no address and no token",
        "access log of the API",
        "`logRetentionDays`",
        Ends.BY_ITSELF,
    ),
    Store(
        "logs",
        "What functions log: addresses and tokens are masked",
        "logs of the functions",
        "`logRetentionDays`",
        Ends.NEVER_NAMED,
    ),
    Store(
        "lake",
        "Events and figures, with people as keyed hashes",
        "event lake, if there is one",
        "`docs/quicksight.md` says how to delete it",
        Ends.NEVER_NAMED,
    ),
    Store(
        "suppression_list",
        "Addresses that bounced or complained",
        "suppression list of the AWS account",
        "until an administrator lifts it",
        Ends.BY_ITSELF,
    ),
)


def table() -> str:
    """The stores as Markdown, for the documentation."""
    lines = ["| what | where | how long | when a person is erased |", "|---|---|---|---|"]
    lines += [f"| {store.what} | {store.place} | {store.kept} | {store.ends} |" for store in STORES]
    return "\n".join(lines)
