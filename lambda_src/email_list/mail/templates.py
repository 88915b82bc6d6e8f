"""Templates: newsletter formats that are written once and used by many campaigns.

What an author wrote is kept as it is in a `TemplateStore`. SES holds a compiled copy of each template, which renders
previews with SES's own machinery. The copy is compared with the stored source whenever it is used, and mended when
it differs; so whichever of the two writes fails or is overtaken, a preview shows what is stored. Campaigns never use
the copy: they store their own content, so nothing done to a template changes a campaign that exists.
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
from email_list.mail import letters, writing
from email_list.mail.letters import Content
from email_list.mail.warnings import Warnings
from email_list.mail.writing import Draft, Prepared
from email_list.settings import ListSettings

MAX_DESCRIPTION = 300

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,48}")
_STARTERS = Path(__file__).parent / "starters"


@dataclass(frozen=True)
class Template:
    """A template as its author wrote it.

    `version` counts its changes from 1 (0: not stored), `sample` has values for previews. A `starter` is shipped with
    the product; sent to `PUT` under another name, it becomes one's own.
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
    """Part of a listing, by name; `cursor` continues it, None at its end."""

    templates: Sequence[Template]
    cursor: str | None


@dataclass(frozen=True)
class Rendered:
    """A letter as SES rendered it."""

    subject: str
    html: str
    text: str


class TemplateStore(Protocol):
    """Where templates are kept (`email_list.aws.template_store`, or a fake in tests)."""

    def get(self, name: str) -> Template | None: ...

    def put(self, template: Template, replaces: int) -> bool:
        """Store a template in place of version `replaces` (0: of none); False when another version is there."""
        ...

    def delete(self, name: str) -> bool:
        """Remove a template; whether it was there."""
        ...

    def page(self, limit: int, cursor: str | None) -> TemplatePage: ...


class Renderer(Protocol):
    """SES's copies of the templates (`email_list.aws.template_store`, or a fake in tests)."""

    def keep(self, name: str, content: Content) -> None:
        """Make the copy hold this content. InvalidError when SES refuses it."""
        ...

    def delete(self, name: str) -> None: ...

    def render(self, name: str, data: Mapping[str, Any]) -> Rendered:
        """What SES makes of the copy and the data. InvalidError when it makes nothing."""
        ...


def find(name: str, store: TemplateStore) -> Template:
    """The template of this name, a shipped one included. NotFoundError when there is none."""
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
    renderer: Renderer,
    settings: ListSettings,
    clock: Clock = utc_now,
) -> tuple[Template, Warnings]:
    """Check and store a template: the stored one, and warnings about it.

    `replaces` is the version the author saw, 0 for none, None to replace whatever is there. TemplateSyntaxError says
    what is wrong with it, ConflictError that somebody else was faster.
    """
    if not _NAME.fullmatch(name):
        raise InvalidError(
            "A template's name has 1 to 49 of a-z, 0-9 and -, and does not begin with -.", details={"field": "name"}
        )
    if name in starters():
        message = f"{name} is shipped with the product and stays as it is; save yours under another name."
        raise ConflictError(message, code="read_only")
    template = read_template(name, document, settings)
    prepared = writing.prepare(template.draft, settings)
    content = prepared.content()
    current = store.get(name)
    version = current.version if current else 0
    if replaces is not None and replaces != version:
        raise _overtaken(name, version)
    template = replace(template, version=version + 1, updated_at=iso(clock()))
    renderer.keep(name, content)
    if not store.put(template, replaces=version):
        raise _overtaken(name, None)
    return template, [*prepared.warnings, *writing.size_warnings(content.html)]


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
    message = f"Template {name} was changed by somebody else since you read it.{current} Read it again, then save."
    return ConflictError(message, code="version_conflict", details={"version": version} if version else None)


def delete(name: str, store: TemplateStore, renderer: Renderer) -> None:
    """Remove a template. NotFoundError when it is not there, ConflictError when it is a shipped one."""
    if name in starters():
        raise ConflictError(f"{name} is shipped with the product and cannot be deleted.", code="read_only")
    find(name, store)
    renderer.delete(name)
    store.delete(name)


def page(limit: int, cursor: str | None, store: TemplateStore) -> TemplatePage:
    """One page of the templates by name; the shipped ones lead the first page, beyond its limit."""
    found = store.page(limit, cursor)
    return found if cursor else replace(found, templates=[*starters().values(), *found.templates])


@dataclass(frozen=True)
class Preview:
    """A rendered template, and what became of the values: names in use, given ones that no part uses, missing ones."""

    rendered: Rendered
    used: Sequence[str]
    unknown: Sequence[str]
    missing: Sequence[str]


PLACEHOLDER_LINK = "https://example.com/"


def preview(
    name: str, values: Mapping[str, Any], store: TemplateStore, renderer: Renderer, settings: ListSettings
) -> Preview:
    """Let SES render a template with `values`, and with its sample and a made-up reader for what they lack.

    What has no value at all is shown as its name in square brackets, and listed as missing.
    """
    template = find(name, store)
    prepared = writing.prepare(template.draft, settings)
    content = prepared.content()
    renderer.keep(name, content)
    missing = list(dict.fromkeys(variable.name for _, variable in prepared.missing({**template.sample, **values})))
    shown = replace(content, defaults={**{hole: f"[{hole}]" for hole in missing}, **content.defaults})
    known = {**sample_reader(), **template.sample, **values}
    rendered = renderer.render(name, letters.data(shown, known, writing.value_formatter(settings)))
    used = list(dict.fromkeys(variable.name for _, variable in prepared.uses))
    return Preview(rendered, used, _unknown(values, prepared), missing)


def _unknown(values: Mapping[str, Any], prepared: Prepared) -> Sequence[str]:
    used = {variable.path[0] for _, variable in prepared.uses}
    attributes = values.get("attributes")
    used_attributes = {variable.path[-1] for _, variable in prepared.uses if variable.path[0] == "attributes"}
    given_attributes = attributes if isinstance(attributes, Mapping) else {}
    return [name for name in values if name not in used and name != "attributes"] + [
        f"attributes.{name}" for name in given_attributes if name not in used_attributes
    ]


def sample_reader() -> dict[str, Any]:
    """What previews know of the person who reads them."""
    return {
        "name": "Ada",
        "email": "ada@example.com",
        "attributes": {},
        "topics": ["news"],
        "unsubscribe_url": f"{PLACEHOLDER_LINK}unsubscribe",
        "preferences_url": f"{PLACEHOLDER_LINK}preferences",
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
