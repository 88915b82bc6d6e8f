"""Templates in DynamoDB, and SES's compiled copies of them."""

import email
import email.policy
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from email_list import cursors
from email_list.aws.dynamodb import ABSENT, Items, record_key
from email_list.errors import InvalidError, TooLargeError, TooManyRequestsError
from email_list.mail.letters import Content
from email_list.mail.templates import Rendered, Template, TemplatePage
from email_list.mail.writing import Draft
from email_list.settings import template_name

PARTITION = "TEMPLATE"
MAX_ITEM = 390_000
"""Bytes of a template's source; DynamoDB takes 400 KB an item, names and the rest included."""


class TemplateTable:
    """The `TemplateStore` of production: a partition of the records table. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def get(self, name: str) -> Template | None:
        """The stored template of this name."""
        item = self._items.get(record_key(PARTITION, name))
        return _template(item) if item else None

    def put(self, template: Template, replaces: int) -> bool:
        """Store a template in place of version `replaces` (0: of none); False when another version is there."""
        source = json.dumps({"draft": asdict(template.draft), "sample": dict(template.sample)}, ensure_ascii=False)
        if len(source.encode()) > MAX_ITEM:
            raise TooLargeError(f"A template has at most {MAX_ITEM} bytes, its sample included.")
        item = {
            **record_key(PARTITION, template.name),
            "version": template.version,
            "updated_at": template.updated_at,
            "description": template.description,
            "source": source,
        }
        return self._items.put(item, Attr("version").eq(replaces) if replaces else ABSENT)

    def delete(self, name: str) -> bool:
        """Remove a template; whether it was there."""
        return self._items.delete(record_key(PARTITION, name))

    def page(self, limit: int, cursor: str | None) -> TemplatePage:
        """Up to `limit` templates by name; fewer when they are long, DynamoDB reads 1 MB at once."""
        after = record_key(PARTITION, cursors.decode(cursor, parts=1)[0]) if cursor else None
        items, last = self._items.page(Key("pk").eq(PARTITION), limit=limit, after=after)
        return TemplatePage([_template(item) for item in items], cursors.encode([last["sk"]]) if last else None)


def _template(item: Mapping[str, Any]) -> Template:
    source = json.loads(item["source"])
    return Template(
        name=item["sk"],
        draft=Draft(**source["draft"]),
        description=item["description"],
        sample=source["sample"],
        version=int(item["version"]),
        updated_at=item["updated_at"],
    )


class SesTemplates:
    """The `Renderer` of production. SES answers each of these operations once a second (SES API reference)."""

    def __init__(self, client: Any, template_prefix: str) -> None:
        self._client = client
        self._prefix = template_prefix

    def keep(self, name: str, content: Content) -> None:
        """Make SES's copy hold this content; written only when it differs. InvalidError when SES refuses it."""
        wanted = {"Subject": content.subject, "Html": content.html, "Text": content.text}
        with self._refusals("SES refuses the template"):
            held = self._held(name)
            if held == wanted:
                return
            write = self._client.create_email_template if held is None else self._client.update_email_template
            write(TemplateName=self._name(name), TemplateContent=wanted)

    def _held(self, name: str) -> Mapping[str, str] | None:
        try:
            return self._client.get_email_template(TemplateName=self._name(name))["TemplateContent"]
        except self._client.exceptions.NotFoundException:
            return None

    def delete(self, name: str) -> None:
        """Remove SES's copy; one that is not there is no error."""
        with self._refusals("SES keeps the template"), suppress(self._client.exceptions.NotFoundException):
            self._client.delete_email_template(TemplateName=self._name(name))

    def render(self, name: str, data: Mapping[str, Any]) -> Rendered:
        """What SES makes of its copy and the data. InvalidError when it makes nothing."""
        with self._refusals("SES cannot render the template"):
            answer = self._client.test_render_email_template(
                TemplateName=self._name(name), TemplateData=json.dumps(data)
            )
        return _read_mime(answer["RenderedTemplate"])

    @contextmanager
    def _refusals(self, what: str) -> Generator[None, None, None]:
        try:
            yield
        except self._client.exceptions.BadRequestException as error:
            reason = error.response["Error"]["Message"]
            raise InvalidError(f"{what}: {reason}", code="invalid_template") from error
        except self._client.exceptions.TooManyRequestsException as error:
            message = "SES takes one change and one preview of a template a second. Try again in a moment."
            raise TooManyRequestsError(message) from error

    def _name(self, name: str) -> str:
        return template_name(self._prefix, f"template-{name}")


def _read_mime(message: str) -> Rendered:
    parsed = email.message_from_bytes(message.encode(), policy=email.policy.default)
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    return Rendered(
        subject=str(parsed["Subject"] or ""),
        html=html.get_content() if html else "",
        text=text.get_content() if text else "",
    )
