"""Templates: newsletter formats that are written once and used by many campaigns.

What an author wrote is kept unchanged in a `TemplateStore`. Campaigns store their own content, so nothing that happens
to a template changes an existing campaign.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from email_list import fields
from email_list.clock import Clock, iso, utc_now
from email_list.errors import ConflictError, InvalidError, NotFoundError
from email_list.mail import writing
from email_list.mail.encoding import LINK
from email_list.mail.handlebars.tree import FORMATTED, TemplateSyntaxError
from email_list.mail.warnings import Warnings
from email_list.mail.writing import Draft, Prepared
from email_list.settings import ListSettings

MAX_DESCRIPTION = 300

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,48}")
_STARTERS = Path(__file__).parent / "starters"


@dataclass(frozen=True)
class Template:
    """A template as its author wrote it.

    `version` counts its changes from 1 (0: not stored), `sample` has values for previews. A `starter` ships with the
    product; sent to `PUT` under another name, it becomes one's own.
    """

    name: str
    draft: Draft
    description: str = ""
    sample: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    updated_at: str = ""
    starter: bool = False

    def summary(self) -> dict[str, Any]:
        """The template in a listing."""
        return {
            "name": self.name,
            "subject": self.draft.subject,
            "description": self.description,
            "version": self.version,
            "updated_at": self.updated_at or None,
            "starter": self.starter,
        }

    def to_json(self) -> dict[str, Any]:
        """The whole template; sent back to `PUT`, it is the same template."""
        return self.summary() | {
            "html": self.draft.html,
            "text": self.draft.text or None,
            "preheader": self.draft.preheader,
            "language": self.draft.language,
            "defaults": dict(self.draft.defaults),
            "sample": dict(self.sample),
        }


@dataclass(frozen=True)
class TemplatePage:
    """Part of a listing, by name; `cursor` continues it, None at the end."""

    templates: Sequence[Template]
    cursor: str | None


class TemplateStore(Protocol):
    """Where templates are kept (`email_list.aws.template_store`, or a fake in tests)."""

    def get(self, name: str) -> Template | None: ...

    def put(self, template: Template, replaces: int) -> bool:
        """Store a template, replacing version `replaces` (0: none); False if another version is there."""
        ...

    def delete(self, name: str) -> bool:
        """Remove a template; returns whether it existed."""
        ...

    def page(self, limit: int, cursor: str | None) -> TemplatePage: ...


def find(name: str, store: TemplateStore) -> Template:
    """The template of this name, including the starters. NotFoundError if there is none."""
    template = starters().get(name) or (store.get(name) if _NAME.fullmatch(name) else None)
    if template is None:
        raise NotFoundError(f"There is no template {name[:60]!r}.")
    return template


def finder(store: TemplateStore) -> writing.FindTemplate:
    """How `writing.compose` finds templates."""
    return lambda name: find(name, store).draft


def save(
    name: str,
    document: Mapping[str, Any],
    replaces: int | None,
    store: TemplateStore,
    settings: ListSettings,
    clock: Clock = utc_now,
) -> tuple[Template, Warnings]:
    """Check and store a template: the stored one, and warnings about it.

    `replaces` is the version the author saw, 0 for none, None to replace whatever is there. TemplateSyntaxError says
    what is wrong with it, ConflictError that someone else was faster.
    """
    if not _NAME.fullmatch(name):
        raise InvalidError(
            "A template's name has 1 to 49 of a-z, 0-9 and -, and does not begin with -.", details={"field": "name"}
        )
    if name in starters():
        message = f"{name} is a starter template and cannot be changed; save yours under another name."
        raise ConflictError(message, code="read_only")
    template = read_template(name, document, settings)
    prepared = writing.prepare(template.draft, settings)
    content = prepared.content()
    current = store.get(name)
    version = current.version if current else 0
    if replaces is not None and replaces != version:
        raise _overtaken(name, version)
    template = replace(template, version=version + 1, updated_at=iso(clock()))
    if not store.put(template, replaces=version):
        raise _overtaken(name, None)
    return template, [*prepared.warnings, *writing.size_warnings(content.html)]


def variables(template: Template, settings: ListSettings) -> list[dict[str, Any]]:
    """What a campaign with this template has to say; nothing for a template that is broken."""
    try:
        return asked_for(writing.prepare(template.draft, settings))
    except TemplateSyntaxError:
        return []


def asked_for(prepared: Prepared) -> list[dict[str, Any]]:
    """The values that a letter needs besides its reader's and the list's, in the order of their use.

    `name` has `*` for the elements of a list; `required` is what leaves a hole where it is missing. The `format` is
    `markdown`, `address`, or `text`.
    """
    own, found = prepared.own_values(), dict[str, dict[str, Any]]()
    for _, use in prepared.uses:
        if use.path[0] in own:
            known = found.setdefault(use.name, {"name": use.name, "required": False, "format": "text"})
            known["required"] |= use.required and use.name not in prepared.defaults
            known["format"] = _FORMATS.get(use.encoding, known["format"])
    # A list is there by the values of its elements.
    return [known for name, known in found.items() if not any(other.startswith(f"{name}.") for other in found)]


_FORMATS = {FORMATTED: "markdown", LINK: "address"}


def read_template(name: str, document: Mapping[str, Any], settings: ListSettings) -> Template:
    """The template in a request's fields. InvalidError names the field that is wrong."""
    draft = writing.read_draft(document, settings)
    if not draft.html.strip():
        raise InvalidError("html is required.", details={"field": "html"})
    return Template(
        name=name,
        draft=draft,
        description=fields.single_line(document.get("description"), "description", MAX_DESCRIPTION),
        sample=writing.values_field(document.get("sample")),
    )


def _overtaken(name: str, version: int | None) -> ConflictError:
    current = f" It is at version {version} now." if version else ""
    message = f"Template {name} was changed by someone else since you read it.{current} Read it again, then save."
    return ConflictError(message, code="version_conflict", details={"version": version} if version else None)


def delete(name: str, store: TemplateStore) -> None:
    """Remove a template. NotFoundError if it does not exist, ConflictError if it is a starter."""
    if name in starters():
        raise ConflictError(f"{name} is a starter template and cannot be deleted.", code="read_only")
    find(name, store)
    store.delete(name)


def page(limit: int, cursor: str | None, store: TemplateStore) -> TemplatePage:
    """One page of the templates by name; the starters lead the first page, in addition to its limit."""
    found = store.page(limit, cursor)
    return found if cursor else replace(found, templates=[*starters().values(), *found.templates])


PLACEHOLDER_LINK = "https://example.com/"


def sample_reader() -> dict[str, Any]:
    """What previews know about the person who reads them."""
    return {
        "name": "Ada",
        "email": "ada@example.com",
        "attributes": {},
        "topics": ["news"],
        "unsubscribe_url": f"{PLACEHOLDER_LINK}unsubscribe",
        "preferences_url": f"{PLACEHOLDER_LINK}preferences",
        "web_url": f"{PLACEHOLDER_LINK}archive",
    }


@cache
def starters() -> Mapping[str, Template]:
    """The templates that ship with the product, by name."""
    return {path.stem: _starter(path) for path in sorted(_STARTERS.glob("*.json"))}


def _starter(path: Path) -> Template:
    document = json.loads(path.read_text(encoding="utf-8"))
    draft = Draft(
        subject=document["subject"],
        html=path.with_suffix(".html").read_text(encoding="utf-8"),
        preheader=document["preheader"],
        defaults=document["defaults"],
    )
    return Template(path.stem, draft, document["description"], document["sample"], starter=True)
