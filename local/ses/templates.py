"""Stored email templates. Methods are SES v2 operations, named as in boto3."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from local.ses import mime
from local.ses.errors import (
    AlreadyExistsException,
    BadRequestException,
    LimitExceededException,
    NotFoundException,
)
from local.ses.handlebars import RenderingError, Template, TemplateSyntaxError
from local.ses.paging import page
from local.ses.tags import ResourceTags

Parameters = dict[str, Any]

LARGEST_TEMPLATE = 500 * 1024  # bytes, text and HTML together (SES developer guide, stored templates)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MOST_TEMPLATES = 20_000  # in one region of one account (the same page)


class Rendered(NamedTuple):
    subject: str
    text: str | None
    html: str | None


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """One version of a template. Emails keep the version they were sent with, whatever becomes of the
    template."""

    name: str
    source: Parameters
    subject: Template
    text: Template | None
    html: Template | None

    def render(self, data: dict[str, Any]) -> Rendered:
        """Raises `RenderingError`."""
        subject = self.subject.render(data)
        if CONTROL_CHARACTERS.search(subject):
            raise RenderingError("The subject contains control characters.")
        text = self.text.render(data) if self.text else None
        return Rendered(subject, text, self.html.render(data) if self.html else None)


def compile_template(name: str, content: Parameters, *, simple: bool = False) -> CompiledTemplate:
    """Raises `BadRequestException` for a template that SES would not store."""
    if not content.get("Subject"):
        raise BadRequestException("The template must have a subject.")
    if not content.get("Text") and not content.get("Html"):
        raise BadRequestException("The template must have a text part or an HTML part.")
    size = sum(len((content.get(part) or "").encode()) for part in ("Subject", "Text", "Html"))
    if size > LARGEST_TEMPLATE:
        raise BadRequestException(f"The template is {size} bytes large; the limit is {LARGEST_TEMPLATE}.")
    parts: dict[str, Template | None] = {}
    for part in ("Subject", "Text", "Html"):
        try:
            parts[part] = Template(content[part], simple=simple) if content.get(part) else None
        except TemplateSyntaxError as error:
            raise BadRequestException(f"The {part} part of template {name} is invalid: {error}") from None
    subject = parts["Subject"]
    assert subject is not None
    return CompiledTemplate(name, content, subject, parts["Text"], parts["Html"])


def parse_data(text: str | None) -> dict[str, Any]:
    """Template data from the JSON text of a request. Raises `BadRequestException`."""
    try:
        data = json.loads(text) if text else {}
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise BadRequestException("The template data is invalid: it must be a JSON object.")
    return data


class Templates:
    def __init__(self, tags: ResourceTags) -> None:
        self._templates: dict[str, CompiledTemplate] = {}
        self._created: dict[str, float] = {}
        self._tags = tags

    def create_email_template(self, parameters: Parameters) -> Parameters:
        name = parameters["TemplateName"]
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            raise BadRequestException(f"Invalid template name <{name}>: up to 64 letters, digits, '-' and '_'.")
        if name in self._templates:
            raise AlreadyExistsException(f"Template {name} already exists.")
        if len(self._templates) >= MOST_TEMPLATES:
            raise LimitExceededException(f"There are already {MOST_TEMPLATES} templates.")
        self._templates[name] = compile_template(name, parameters["TemplateContent"])
        self._created[name] = time.time()
        self._tags.register(f"template/{name}", parameters.get("Tags"))
        return {}

    def get_email_template(self, parameters: Parameters) -> Parameters:
        template = self.find(parameters["TemplateName"])
        tags = self._tags.of(f"template/{template.name}")
        return {"TemplateName": template.name, "TemplateContent": template.source, "Tags": tags}

    def update_email_template(self, parameters: Parameters) -> Parameters:
        name = self.find(parameters["TemplateName"]).name
        self._templates[name] = compile_template(name, parameters["TemplateContent"])
        return {}

    def delete_email_template(self, parameters: Parameters) -> Parameters:
        name = self.find(parameters["TemplateName"]).name
        del self._templates[name], self._created[name]
        self._tags.forget(f"template/{name}")
        return {}

    def list_email_templates(self, parameters: Parameters) -> Parameters:
        names, token = page(list(self._templates), {"PageSize": 10, **parameters}, 100)
        shown = [{"TemplateName": name, "CreatedTimestamp": self._created[name]} for name in names]
        return {"TemplatesMetadata": shown, **token}

    def test_render_email_template(self, parameters: Parameters) -> Parameters:
        template = self.find(parameters["TemplateName"])
        try:
            rendered = template.render(parse_data(parameters["TemplateData"]))
        except RenderingError as error:
            raise BadRequestException(str(error)) from None
        message = mime.build([("Subject", rendered.subject)], rendered.text, rendered.html)
        return {"RenderedTemplate": message.as_string()}

    def find(self, name: str) -> CompiledTemplate:
        """Raises `NotFoundException`."""
        if name not in self._templates:
            raise NotFoundException(f"Template {name} does not exist.")
        return self._templates[name]
