"""What an operator's changes touch: the changes, what a preview says of each, and the table of it in the docs.

``python -m tests.engine.changes`` makes a stack, previews every change, and writes the table anew.
"""

import json
import re
import sys
import tempfile
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.stack import ROOT
from tests.engine.cli import find
from tests.engine.operator import Account, Operator, Ran
from tests.unit.components.test_config import GOOGLE, KEYS

PAGE = ROOT / "docs/operating.md"
BEGINNING, END = "<!-- what a change touches, by `make engine` -->\n", "<!-- end of what a change touches -->\n"
HEADINGS = ("what changes", "updated", "added", "removed", "replaced")

WEBHOOK_SECRET = "whsec_" + "A" * 43 + "="
PRINCIPAL = "arn:aws:quicksight:eu-west-1:123456789012:user/default/alice"

_OF_THEIR_OWN: Mapping[str, Mapping[str, Any]] = {
    "senderEmail": {"senderEmail": "news@example.net", "senderDomain": ""},
    "senderDomain": {"senderDomain": "example.net"},
    "listName": {"listName": "Enemies of the Museum"},
    "postalAddress": {"postalAddress": "Museum, 2 High Street, 12345 Town"},
    "corsOrigins": {"corsOrigins": ["https://www.example.org"]},
    "linkDomain": {"linkDomain": "news.example.org"},
    "linkDomainAttached": {"linkDomain": "news.example.org", "linkDomainAttached": True},
    "trackingDomain": {"trackingDomain": "click.example.org"},
    "trackingDomainAttached": {"trackingDomain": "click.example.org", "trackingDomainAttached": True},
    "mailFromDomain": {"mailFromDomain": "bounce.example.org"},
    "hostedZoneId": {"hostedZoneId": "Z0123456789ABCDEFGHIJ"},
    "linkKeys": {"linkKeys": ["first", "second"]},
    "adminTokens": {"adminTokens": ["first", "second"]},
    "writeTokens": {"writeTokens": ["editor"]},
    "readOnlyTokens": {"readOnlyTokens": ["dashboard"]},
    "bundleTarget": {"bundleTarget": "aws"},
    "topics": {"topics": [{"name": "Exhibitions"}, {"name": "Talks", "description": "Every month"}]},
    "timeZone": {"timeZone": "Europe/Berlin"},
    "accentColor": {"accentColor": "#aa0000"},
    "privacyUrl": {"privacyUrl": "https://www.example.org/privacy"},
    "logoUrl": {"logoUrl": "https://www.example.org/logo.png"},
    "websiteUrl": {"websiteUrl": "https://www.example.org"},
    "description": {"description": "What is on at the museum, once a month."},
    "sendConcurrency": {"sendConcurrency": 4},
    "sandboxIdentities": {"sandboxIdentities": ["you@example.org"]},
    "monthlyBudget": {"monthlyBudget": 50, "alarmEmail": "office@example.org"},
    "reportRecipients": {"reportRecipients": ["office@example.org"]},
    "reportSchedule": {"reportSchedule": "rate(7 days)", "reportRecipients": ["office@example.org"]},
    "webhookUrl": {"webhookUrl": "https://example.org/hooks", "webhookSecret": WEBHOOK_SECRET},
    "webhookSecret": {"webhookUrl": "https://example.org/hooks", "webhookSecret": WEBHOOK_SECRET},
    "quicksight": {"quicksight": True, "quicksightPrincipal": PRINCIPAL},
    "quicksightPrincipal": {"quicksight": True, "quicksightPrincipal": PRINCIPAL},
    "captchaSiteKey": {"captchaSiteKey": "0x4AAA", "captchaSecret": "of-the-captcha"},
    "captchaSecret": {"captchaSiteKey": "0x4AAA", "captchaSecret": "of-the-captcha"},
    "postmasterCredentials": {"postmasterCredentials": GOOGLE},
}
"""Keys with another value here than in the tests of the configuration, or with something to be set beside them."""

FOR_NEW_STACKS = {"senderIdentity", "keptLinkKeys"}
"""Keys that a stack keeps for life."""

_DECLARED: Mapping[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
_TRIED = {key: value if _DECLARED[key]["type"] == "string" else json.loads(value) for key, value, *_ in KEYS}

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    key: _OF_THEIR_OWN.get(key) or {key: _TRIED[key]}
    for key in _DECLARED
    # A key without a value to try is for tests/unit/components/test_config.py to miss, in words.
    if key not in FOR_NEW_STACKS and (key in _OF_THEIR_OWN or key in _TRIED)
}
"""For every key another value, with what has to be set beside it."""

LEFT_OUT = {
    *("senderEmail", "senderDomain"),  # one or the other
    *("quicksight", "quicksightPrincipal"),  # no emulator
    *("bundleTarget", "deletionProtection", "deliveryEvents", "pictures"),  # rather as they are
}
EVERYTHING: Mapping[str, Any] = {
    key: value for settings in SETTINGS.values() for key, value in settings.items() if key not in LEFT_OUT
}
"""The settings of a stack with every option on that the emulator has."""

PRECIOUS = {
    *("tables", "email identities", "random passwords", "buckets", "apis", "stages", "queues"),
    *("invocations", "schedule groups", "configuration sets", "topics"),
}
"""What holds data, what people outside of the stack have in hands, and what deletes data when it goes."""

OF_A_FUNCTION = {"log groups", "roles", "role policies", "function event invoke configs"}
"""What comes with each function."""

LOST_BY_A_CHANGE: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("senderEmail", "senderDomain"), frozenset({"email identities"})),
    "pictures": frozenset({"buckets"}),
}
"""The only changes that replace or remove anything precious: another sender is another identity, and a list without
pictures keeps them only where `deletionProtection` is on."""

LOST_BY_TURNING_OFF: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("linkKeys", "adminTokens", "writeTokens", "readOnlyTokens"), frozenset({"random passwords"})),
    **dict.fromkeys(("goodbyeMail", "webhookUrl", "webhookSecret"), frozenset({"queues"})),
    "alarmEmail": frozenset({"topics"}),
    "archive": frozenset({"buckets"}),
}
"""What goes with an option, because that is what the key says: a key or token that is no longer listed, goodbyes
and webhooks that are no longer wanted, an address that is no longer told, an archive that is taken off the web."""


@dataclass(frozen=True)
class Edit:
    """A change of a file, as an upgrade brings it."""

    file: str
    before: str
    after: str

    @contextmanager
    def made(self, checkout: Path) -> Generator[None]:
        file = checkout / self.file
        text = file.read_text()
        edited = re.sub(self.before, self.after, text, count=1)
        assert edited != text, f"{self.file} has no {self.before}"
        file.write_text(edited)
        try:
            yield
        finally:
            file.write_text(text)


EDITS: Mapping[str, Edit] = {
    "a handler": Edit("lambda_src/handlers/subscribe.py", r"\Z", "# Edited.\n"),
    "a template": Edit("lambda_src/email_list/pages/templates/layout.html", r"\Z", "<!-- Edited. -->\n"),
    "a dependency": Edit("lambda_src/requirements.txt", r"mdurl==(.+\\\n)+.+\n", ""),
}


@dataclass(frozen=True)
class Touched:
    """What a change does to a stack, by its logical names' kinds."""

    updated: frozenset[str]
    added: frozenset[str]
    removed: frozenset[str]
    replaced: frozenset[str]

    @classmethod
    def of(cls, foreseen: Ran, functions: int) -> "Touched":
        """What a preview says, of a stack with so many functions."""
        found: dict[str, list[str]] = {"update": [], "create": [], "delete": [], "replace": []}
        for urn, step in foreseen.steps.items():
            if not _type(urn).startswith("email-list:"):  # a component is nothing but its parts
                found[step].append(_kind(urn))
        kinds = {step: frozenset(names) for step, names in found.items()}
        if "functions" in kinds["create"]:
            kinds["create"] -= OF_A_FUNCTION
        if found["update"].count("functions") == functions:
            kinds["update"] = kinds["update"] - {"functions"} | {"every function"}
        return cls(kinds["update"], kinds["create"], kinds["delete"], kinds["replace"])

    def row(self, name: str) -> str:
        sets = (self.updated, self.added, self.removed, self.replaced)
        return f"| {' | '.join([name, *(', '.join(sorted(kinds)) for kinds in sets)])} |\n"


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _kind(urn: str) -> str:
    """A resource's type in words: `aws:lambda/eventSourceMapping:EventSourceMapping` is "event source mappings"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _type(urn).rpartition(":")[2]).lower()
    if words.startswith("bucket "):
        return "buckets"
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words.removesuffix('s')}s"


def functions_of(operator: Operator) -> int:
    return operator.run("pulumi stack --show-urns").output.count("aws:lambda/function:Function::")


def touched(
    operator: Operator, names: list[str], settings: Mapping[str, Mapping[str, Any]] = SETTINGS
) -> dict[str, Touched]:
    """What each of some changes touches, keys by their names and edits by theirs."""
    functions = functions_of(operator)
    keys = [name for name in names if name in settings]
    with ThreadPoolExecutor(2) as two_at_a_time:
        foreseen = dict(zip(keys, two_at_a_time.map(lambda key: operator.foresee(settings[key]), keys), strict=True))
    for name in names:
        if name in EDITS:
            with EDITS[name].made(operator.checkout):
                foreseen[name] = operator.run("pulumi preview")
    return {name: Touched.of(foreseen[name], functions) for name in names}


def losses(changes: Mapping[str, Touched]) -> dict[str, frozenset[str]]:
    """What must last and would be replaced or removed, by change."""
    lost = {name: (change.replaced | change.removed) & PRECIOUS for name, change in changes.items()}
    return {name: kinds for name, kinds in lost.items() if kinds}


def table(changes: Mapping[str, Touched]) -> str:
    """The docs' table."""
    head = f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}\n"
    rows: dict[str, Touched] = {}
    for name, change in changes.items():
        together = [key for key in SETTINGS if SETTINGS[key] == SETTINGS.get(name)]
        rows[", ".join(f"`{key}`" for key in together) or f"an upgrade of {name}"] = change
    return head + "".join(change.row(name) for name, change in rows.items())


def printed_table() -> str:
    """The table as the docs have it."""
    return PAGE.read_text().partition(BEGINNING)[2].partition(END)[0]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Account() as account:
        operator = Operator(Path(folder), account, find())
        operator.prepare()
        operator.run("pulumi up --skip-preview")
        new = table(touched(operator, [*SETTINGS, *EDITS]))
    text = PAGE.read_text()
    before, after = text.partition(BEGINNING)[0], text.partition(END)[2]
    PAGE.write_text(before + BEGINNING + new + END + after)


if __name__ == "__main__":
    sys.exit(main())
