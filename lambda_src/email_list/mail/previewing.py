"""How a letter that is still being written will look, and what its author should know of it.

SES is not asked to render: its templates may be changed once a second, but a draft changes with every keystroke. The
parts are filled in as SES would do it (tests compare them), except for blank lines in the text part.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from email_list.errors import EmailListError
from email_list.mail import letters, warnings, writing
from email_list.mail.encoding import HTML, PARTS, SUBJECT, TEXT
from email_list.mail.handlebars import printing, reading
from email_list.mail.letters import Content
from email_list.mail.templates import asked_for, sample_reader
from email_list.mail.warnings import Warnings
from email_list.mail.writing import Draft, FindTemplate, Prepared
from email_list.settings import ListSettings


@dataclass(frozen=True)
class Preview:
    """A letter as one reader would get it; `used` names its values, `missing` those that nobody has supplied, and
    `variables` are those that its author supplies (`templates.asked_for`)."""

    letter: Content
    preheader: str
    used: Sequence[str]
    missing: Sequence[str]
    variables: Sequence[Mapping[str, Any]]
    warnings: Warnings

    def to_json(self) -> dict[str, Any]:
        parts = {SUBJECT: self.letter.subject, "preheader": self.preheader}
        parts |= {HTML: self.letter.html, TEXT: self.letter.text}
        names = {"used": list(self.used), "missing": list(self.missing), "variables": list(self.variables)}
        return {**parts, **names, "warnings": warnings.to_json(self.warnings)}


def preview(request: Mapping[str, Any], settings: ListSettings, find_template: FindTemplate) -> Preview:
    """The letter that a request for a campaign, or the source of a template, describes.

    `values` may also hold a reader's `name`, `email`, `attributes` and `topics`. A value that nobody has supplied is
    shown as its name in square brackets. TemplateSyntaxError says what is wrong, by part and line.
    """
    draft, _ = writing.read_request(request, settings, find_template)
    values = writing.values_field(request.get("values"))
    prepared = writing.prepare(draft, settings).review(values)
    missing = list(dict.fromkeys(variable.name for _, variable in prepared.missing(values)))
    holes = {name: f"[{name}]" for name in missing}
    known = {**sample_reader(), **values}
    letter, preheader = (
        filled_in(prepared, known, settings, holes),
        _preheader(draft, prepared, {**letters.list_values(settings), **known}, holes),
    )
    used = list(dict.fromkeys(variable.name for _, variable in prepared.uses))
    found = [*prepared.warnings, *writing.size_warnings(letter.html)]
    return Preview(letter, preheader, used, missing, asked_for(prepared), found)


def _preheader(draft: Draft, prepared: Prepared, known: Mapping[str, Any], holes: Mapping[str, str]) -> str:
    """What inboxes show after the subject, as one line; empty where they show the letter's beginning."""
    values = {**dict.fromkeys(prepared.own_values()), **known}
    nodes = reading.parse(draft.preheader, writing.PREHEADER)
    return printing.print_text(letters.fill(nodes, values, SUBJECT, {**holes, **prepared.defaults}))


def warnings_so_far(letter: Mapping[str, Any] | None, settings: ListSettings, find_template: FindTemplate) -> Warnings:
    """What the author of an unfinished letter should know already; nothing of one that cannot be shown yet.

    Why it cannot be shown, a preview says.
    """
    given = {name: value for name, value in (letter or {}).items() if value not in (None, "")}
    try:
        # A letter without a subject is merely unfinished.
        return preview({"subject": "-", **given}, settings, find_template).warnings
    except EmailListError:
        return ()


def filled_in(
    prepared: Prepared, values: Mapping[str, Any], settings: ListSettings, holes: Mapping[str, str] | None = None
) -> Content:
    """A letter with these values; `holes` stand for those that nobody has supplied."""
    known = {**dict.fromkeys(prepared.own_values()), **values}
    defaults = {**(holes or {}), **prepared.defaults}
    formatter = writing.value_formatter(settings)
    parts = {
        part: printing.print_text(letters.fill(prepared.parts[part], known, part, defaults, formatter))
        for part in PARTS
    }
    return Content(parts[SUBJECT], parts[HTML], re.sub(r"\n{3,}", "\n\n", parts[TEXT]))
