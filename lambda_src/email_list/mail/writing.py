"""Writing: from what an author gives (Markdown, HTML, plain text, or a template with values) to a letter.

Only the functions that compose letters import this module: it loads the libraries for Markdown, for clean HTML and
for CSS.
"""

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from contract import LETTER, MAX_TEMPLATE
from email_list import fields
from email_list.errors import EmailListError, InvalidError, TooLargeError
from email_list.mail import frame, letters, markdown, markup, plain_text, urls
from email_list.mail.encoding import HTML, LINK, SUBJECT, TEXT, Formatter
from email_list.mail.handlebars import printing, reading, tree
from email_list.mail.handlebars.tree import FORMATTED, Nodes, Position, Print, TemplateSyntaxError, Variable
from email_list.mail.letters import RECIPIENT, Content
from email_list.mail.placement import place, place_text
from email_list.mail.warnings import Composed, LetterWarning, Warnings
from email_list.settings import ListSettings
from email_list.words import DEFAULT_LANGUAGE, handlebars_words, languages

MAX_SOURCE = 200_000
"""Characters of one part as written; a request must also fit its endpoint's own limit."""

MAX_VALUES = 100_000
"""Bytes of the values of a campaign, as JSON."""

MAX_PREHEADER = 200
MAX_DEFAULTS = 50
BODY, PREHEADER = "body", "preheader"

_DOCUMENT = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)

CLIPPED_AT = 102_000
"""Bytes of HTML after which Gmail hides the rest of an email, including the unsubscribe link."""


class MissingValueError(TemplateSyntaxError):
    """A value that some letters, or all, would be without; `variable` is its use."""

    def __init__(self, variable: Variable, part: str) -> None:
        self.variable = variable
        reason = f"{variable.name} has no value: no subscriber has it, and neither values nor defaults supply it."
        if variable.path[0] == "attributes":
            advice = f"give it a fallback (defaults), or ask first with {{{{#if {variable.name}}}}}."
            reason = f"Some subscribers may have no {variable.name}: {advice}"
        super().__init__(reason, variable.at, part)


@dataclass(frozen=True)
class Draft:
    """What an author wrote, all of it Handlebars: `html`, or else `markdown`.

    Without `text`, the text part is made from the HTML. HTML that is not a whole document is put into the list's frame,
    which adds the footer.
    """

    subject: str
    html: str = ""
    text: str = ""
    markdown: str = ""
    preheader: str = ""
    language: str = DEFAULT_LANGUAGE
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """A checked draft: its parts with the list's own values filled in, and each use of a value where it was written."""

    parts: Mapping[str, Nodes]
    uses: Sequence[tuple[str, Variable]]
    defaults: Mapping[str, str]
    warnings: Warnings = ()

    def content(self) -> Content:
        """The letter as SES stores it. TooLargeError if it is more than SES accepts."""
        content = letters.print_content(self.parts, self.defaults)
        size = sum(len(part.encode()) for part in (content.subject, content.html, content.text))
        if size > MAX_TEMPLATE:
            raise TooLargeError(f"The letter has {size} bytes; SES stores templates of at most {MAX_TEMPLATE}.")
        return content

    def own_values(self) -> list[str]:
        """The first names of what neither a subscriber nor the list has, in order: the campaign must supply them."""
        roots = [variable.path[0] for _, variable in self.uses]
        return [name for name in dict.fromkeys(roots) if name not in (*RECIPIENT, *letters.LIST_VALUES)]

    def missing(self, values: Mapping[str, Any]) -> list[tuple[str, Variable]]:
        """Uses that would leave a gap: no value, no default, and not something every subscriber has."""
        given = {**dict.fromkeys((*RECIPIENT, *letters.LIST_VALUES), "given"), **values}
        given["attributes"] = values.get("attributes", {})
        return [
            (part, variable)
            for part, variable in self.uses
            if variable.required and variable.name not in self.defaults and not _is_given(variable.path, given)
        ]

    def holes(self, values: Mapping[str, Any]) -> list["MissingValueError"]:
        """An error for each of the values that the letter would have a hole without, at the first use of it."""
        first: dict[str, MissingValueError] = {}
        for part, variable in self.missing(values):
            first.setdefault(variable.name, MissingValueError(variable, part))
        return list(first.values())

    def faults(self, values: Mapping[str, Any]) -> list[TemplateSyntaxError]:
        """An error for each address among values and defaults that no email client can open."""
        found = []
        for variable, value in self._given(values):
            if variable.encoding == LINK and (reason := urls.fault(value)):
                part, use = next((each for each in self.uses if each[1].path == variable.path), (HTML, variable))
                found.append(TemplateSyntaxError(f"{variable.name} stands for an address. {reason}", use.at, part))
        return found

    def review(self, values: Mapping[str, Any]) -> "Prepared":
        """The draft with warnings about the values that are Markdown in it. TemplateSyntaxError for their `faults`."""
        tree.raise_together(self.faults(values))
        formatted = [each for each in self._given(values) if each[0].encoding == FORMATTED]
        found = [markup.from_value(value, variable.name).warnings for variable, value in formatted]
        return replace(self, warnings=[*self.warnings, *chain.from_iterable(found)])

    def _given(self, values: Mapping[str, Any]) -> Iterator[tuple[Variable, str]]:
        """The texts among values and defaults that stand in the HTML, each with its place."""
        for variable in dict.fromkeys(tree.variables(self.parts[HTML])):
            given = [*_values_at(variable.path, values), *_values_at((variable.name,), self.defaults)]
            yield from ((variable, value) for value in given if value)

    def fill(self, values: Mapping[str, Any], settings: ListSettings) -> "Prepared":
        """The draft with its campaign's values filled in; what is personal stays open."""
        known = {name: values.get(name) for name in self.own_values()}
        formatter = value_formatter(settings)
        parts = {part: letters.fill(nodes, known, part, self.defaults, formatter) for part, nodes in self.parts.items()}
        return replace(self, parts=parts)


def _is_given(path: Sequence[str], value: Any) -> bool:
    if not path:
        return value not in (None, "")
    if path[0] == "*":
        return isinstance(value, str) or (isinstance(value, list) and all(_is_given(path[1:], item) for item in value))
    return isinstance(value, Mapping) and _is_given(path[1:], value.get(path[0]))


def _values_at(path: Sequence[str], value: Any) -> list[str]:
    """The texts at a path, in which `*` stands for each element of a list."""
    if not path:
        return [value] if isinstance(value, str) else []
    if path[0] == "*":
        return [text for item in value for text in _values_at(path[1:], item)] if isinstance(value, list) else []
    return _values_at(path[1:], value.get(path[0])) if isinstance(value, Mapping) else []


def _silence(text: str, part: str) -> Warnings:
    """A warning about a letter that has no word in it, and no value."""
    for token in reading.tokens(text, TEXT):
        if token.kind in ("print", "formatted") or (token.kind == "text" and re.search(r"\w", token.value)):
            return []
    message = "The letter has no text: readers who do not load pictures see nothing, and filters take it for spam."
    return [LetterWarning("no_text", message, part)]


FindTemplate = Callable[[str], Draft]
"""The template of that name; NotFoundError if there is none."""


def compose(request: Mapping[str, Any], settings: ListSettings, find_template: FindTemplate) -> Composed:
    """The letter that a request describes, a campaign's or a test's, and what its author should know.

    The request has a `subject` (a template may have its own) and one of `body` (Markdown), `html` with optional `text`,
    `message` (plain text, placed under a greeting), or `template` with `values`; optional are `preheader`, `language`
    and `defaults` (`{"attributes.city": "your city"}`). InvalidError, or TemplateSyntaxError with part and line, tells
    the author what to fix. An attribute that some people may lack and that has no default is such an error, so that no
    letter has a gap.
    """
    examined = examine(request, settings, find_template)
    if examined.composed is None:
        raise examined.errors[0]
    return examined.composed


@dataclass(frozen=True)
class Examined:
    """A letter, and all that is wrong with it: `composed` is None where there are errors.

    `attributes` are the first uses of each attribute of readers, with the part that it stands in.
    """

    errors: Sequence[EmailListError] = ()
    warnings: Warnings = ()
    attributes: Sequence[tuple[str, Variable]] = ()
    composed: Composed | None = None


def examine(request: Mapping[str, Any], settings: ListSettings, find_template: FindTemplate) -> Examined:
    """The letter that a request describes, as `compose` takes it, with every error that is found."""
    try:
        draft, given = read_request(request, settings, find_template)
        prepared = prepare(draft, settings)
    except EmailListError as error:
        return Examined([error, *(error.others if isinstance(error, TemplateSyntaxError) else ())])
    values = {name: value for name, value in given.items() if name not in RECIPIENT}
    attributes: dict[str, tuple[str, Variable]] = {}
    for part, variable in prepared.uses:
        if variable.path[0] == "attributes" and len(variable.path) > 1:
            attributes.setdefault(variable.name, (part, variable))
    examined = Examined([*prepared.holes(values), *prepared.faults(values)], prepared.warnings, [*attributes.values()])
    if examined.errors:
        return examined
    prepared = prepared.review(values)
    filled = prepared.fill(values, settings)
    try:
        content = filled.content()
    except EmailListError as error:
        return replace(examined, errors=[error])
    found = [*prepared.warnings, *size_warnings(content.html)]
    composed = Composed(_title(prepared, values), content, found, filled.parts, prepared.uses)
    return replace(examined, warnings=found, composed=composed)


def _title(prepared: Prepared, values: Mapping[str, Any]) -> str:
    """The subject as listings show it: the campaign's values in their places, what is personal as its tag."""
    known = {**dict.fromkeys((*RECIPIENT, *prepared.own_values())), **values}
    tags = {
        variable.name: f"{{{{{variable.name}}}}}"
        for variable in tree.variables(prepared.parts[SUBJECT])
        if variable.path[0] in RECIPIENT
    }
    filled = letters.fill(prepared.parts[SUBJECT], known, SUBJECT, {**prepared.defaults, **tags})
    return printing.print_text(filled)[: fields.MAX_SUBJECT]


def size_warnings(document: str) -> Warnings:
    """A warning about HTML that is too long for Gmail."""
    size = len(document.encode())
    if size <= CLIPPED_AT:
        return []
    message = f"The HTML has {size} bytes; Gmail cuts it off at about {CLIPPED_AT}, and the unsubscribe link with it."
    return [LetterWarning("too_long", message, HTML)]


def read_request(
    request: Mapping[str, Any], settings: ListSettings, find_template: FindTemplate
) -> tuple[Draft, Mapping[str, Any]]:
    """The draft that a request for a letter describes, and the values it supplies to a template."""
    kinds = [kind for kind in (BODY, HTML, "message", "template") if request.get(kind)]
    if len(kinds) != 1:
        message = "The content must be exactly one of body (Markdown), html, message (plain text) and template."
        raise InvalidError(message, details={"field": BODY})
    kind = kinds[0]
    if kind == "template":
        template = find_template(source_field(request, "template"))
        merged = {**_written(template), **_given(request)}
        merged["defaults"] = {**template.defaults, **_defaults(request.get("defaults"))}
        return read_draft(merged, settings), values_field(request.get("values"))
    draft = read_draft({"text": None, **request} if kind == HTML else {**request, "text": None}, settings)
    if kind == BODY:
        draft = replace(draft, markdown=source_field(request, BODY))
    elif kind == "message":
        draft = replace(draft, html=_message_html(source_field(request, "message"), draft.language))
    return draft, {}


def _written(draft: Draft) -> dict[str, Any]:
    return {"subject": draft.subject, "preheader": draft.preheader, "language": draft.language} | {
        HTML: draft.html,
        TEXT: draft.text,
    }


def _given(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: request[name] for name in ("subject", PREHEADER, "language") if request.get(name)}


def _message_html(message: str, language: str) -> str:
    """Plain text under a greeting: paragraphs stay, braces are braces."""
    paragraphs = re.split(r"\n[ \t]*\n", message.replace("\r\n", "\n").strip())
    written = [_linked(text.strip()).replace("{", "&#123;").replace("\n", "<br>") for text in paragraphs]
    return "".join(f"<p>{text}</p>" for text in (handlebars_words(language)["greeting"], *written))


def _linked(text: str) -> str:
    """Plain text as HTML, its web addresses as links."""
    pieces, start = [], 0
    for found in markdown.BARE.finditer(text):
        if address := markdown.bare_address(found.group()):
            shown = html.escape(address)
            pieces += [html.escape(text[start : found.start()]), f'<a href="{shown}">{shown}</a>']
            start = found.start() + len(address)
    return "".join([*pieces, html.escape(text[start:])])


# Reading what was sent


def read_draft(document: Mapping[str, Any], settings: ListSettings) -> Draft:
    """The draft in a request's fields. InvalidError names the field that is wrong."""
    language = _language(document.get("language")) or settings.language
    return Draft(
        subject=fields.single_line(document.get("subject"), "subject", fields.MAX_SUBJECT, required=True),
        html=source_field(document, HTML),
        text=source_field(document, TEXT),
        preheader=fields.single_line(document.get(PREHEADER), PREHEADER, MAX_PREHEADER),
        language=language if language in languages() else DEFAULT_LANGUAGE,
        defaults=_defaults(document.get("defaults")),
    )


def checked_source(letter: object) -> Mapping[str, Any]:
    """The letter, unless it holds what none may, finished or not: an unknown field, a wrong type, too much.

    InvalidError names it.
    """
    if not isinstance(letter, Mapping):
        raise InvalidError("letter must be an object.", details={"field": "letter"})
    unknown = sorted(str(name)[:40] for name in letter.keys() - set(LETTER))
    if unknown:
        raise InvalidError(f"A letter has no field {unknown[0]!r}.", details={"field": f"letter.{unknown[0]}"})
    fields.single_line(letter.get("subject"), "subject", fields.MAX_SUBJECT)
    fields.single_line(letter.get(PREHEADER), PREHEADER, MAX_PREHEADER)
    for name in (BODY, HTML, TEXT, "message", "template"):
        source_field(letter, name)
    values_field(letter.get("values"))
    _defaults(letter.get("defaults"))
    _language(letter.get("language"))
    return letter


def _language(value: object) -> str | None:
    if value is None:
        return None
    if value not in languages():
        raise InvalidError(f"language must be one of {', '.join(languages())}.", details={"field": "language"})
    return str(value)


def source_field(document: Mapping[str, Any], name: str) -> str:
    """A text of many lines; empty if it is not there."""
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidError(f"{name} must be text.", details={"field": name})
    if len(value) > MAX_SOURCE:
        raise InvalidError(f"{name} can have at most {MAX_SOURCE} characters.", details={"field": name})
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidError(f"{name} contains half a character (a lone surrogate).", details={"field": name}) from error
    return value.replace("\r\n", "\n").replace("\0", "")


def values_field(value: object) -> Mapping[str, Any]:
    """The values for a template: a JSON object of texts, numbers, booleans, lists and objects."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidError("values must be an object.", details={"field": "values"})
    if len(json.dumps(value)) > MAX_VALUES:
        raise InvalidError(f"values can have at most {MAX_VALUES} bytes.", details={"field": "values"})
    return value


def _defaults(value: object) -> Mapping[str, str]:
    if value is None:
        return {}
    is_text = isinstance(value, Mapping) and all(isinstance(part, str) for pair in value.items() for part in pair)
    if not isinstance(value, Mapping) or not is_text or len(value) > MAX_DEFAULTS:
        message = f'defaults must be an object of at most {MAX_DEFAULTS} texts, such as {{"attributes.city": "town"}}.'
        raise InvalidError(message, details={"field": "defaults"})
    return {
        str(name): fields.single_line(text, f"defaults.{name}", fields.MAX_ATTRIBUTE_VALUE)
        for name, text in value.items()
    }


# From a draft to parsed parts


def prepare(draft: Draft, settings: ListSettings) -> Prepared:
    """Check a draft and parse its parts. TemplateSyntaxError says what is wrong, by part, line and column."""
    html_partials = {"footer": frame.html_footer(settings, draft.language)}
    text_partials = {"footer": frame.text_footer(settings, draft.language)}
    is_document = bool(_DOCUMENT.search(draft.html))
    written = {
        SUBJECT: reading.parse(draft.subject, SUBJECT),
        PREHEADER: reading.parse(draft.preheader, PREHEADER),
    }
    if draft.markdown:
        written[BODY] = reading.parse(draft.markdown, BODY)
        converted = markup.from_markdown(draft.markdown, BODY)
        content, warnings = converted.html, converted.warnings
    else:
        parsed = reading.parse(draft.html, HTML, html_partials)
        content, warnings = draft.html, markup.review_html(draft.html)
        written[HTML] = place(parsed, HTML)
    if draft.text:
        written[TEXT] = place_text(reading.parse(draft.text, TEXT, text_partials))
    _refuse_formatted(written)

    if is_document:
        if draft.preheader:
            message = "A whole HTML document has its own preheader; leave the field out."
            raise InvalidError(message, details={"field": PREHEADER})
        document = markup.inline_document(content)
        text = draft.text or markup.to_text(document)
    else:
        content = f'<div dir="rtl">\n{content}</div>' if markup.is_right_to_left(content) else content
        styled = markup.inline_fragment(content, frame.content_css(settings))
        preheader = _escaped_source(draft.preheader)
        footer = html_partials["footer"]
        document = frame.html_frame(styled.html, footer, preheader, settings, draft.language, styled.head)
        said = draft.text or markup.to_text(styled.html)
        warnings = [*warnings, *_silence(said, BODY if draft.markdown else HTML)]
        text = frame.text_frame(said, text_partials["footer"])
    parts = {
        SUBJECT: written[SUBJECT],
        HTML: place(reading.parse(document, HTML, html_partials), HTML),
        TEXT: place_text(reading.parse(text, TEXT, text_partials)),
    }
    for part in (HTML, TEXT):
        _require_way_out(parts[part], part)
    listed = letters.list_values(settings)
    filled = {part: letters.fill(nodes, listed, part) for part, nodes in parts.items()}
    uses = [
        (part, variable)
        for part, nodes in written.items()
        for variable in tree.variables(nodes)
        # What only the list's frame says comes with the footer.
        if variable.path[0] not in listed or variable.path[0] in letters.LIST_VALUES
    ]
    defaults = {"name": handlebars_words(draft.language)["name"], **draft.defaults}
    return Prepared(filled, uses, defaults, warnings)


def value_formatter(settings: ListSettings) -> Formatter:
    """Formats values written in Markdown, for `{{{value}}}`."""
    css = frame.content_css(settings)

    def formatted(text: str, part: str) -> str:
        content = markup.from_value(text, "value").html
        if part == HTML:
            return markup.inline_fragment(content.replace("{", "&#123;"), css).html
        return plain_text.from_html(content).strip()

    return formatted


def _escaped_source(source: str) -> str:
    pieces = reading.tokens(source, PREHEADER)
    return "".join(html.escape(token.raw) if token.kind == "text" else token.raw for token in pieces)


def _refuse_formatted(written: Mapping[str, Nodes]) -> None:
    for part in (SUBJECT, PREHEADER):
        for variable in tree.variables(written[part]):
            if variable.encoding == FORMATTED:
                raise TemplateSyntaxError("Formatted text does not fit on one line; use two braces.", variable.at, part)
    for part, nodes in written.items():
        for variable in tree.variables(nodes):
            if variable.encoding == FORMATTED and variable.path[0] in RECIPIENT:
                reason = f"{variable.name} comes from a subscriber and is never formatted; use two braces."
                raise TemplateSyntaxError(reason, variable.at, part)


def _require_way_out(nodes: Nodes, part: str) -> None:
    """The law of most countries, and every mailbox provider, require: who sent this, and how to unsubscribe."""
    printed = {(node.path, node.encoding) for node in nodes if isinstance(node, Print)}
    ways_out = {(("unsubscribe_url",), encoding) for encoding in ((LINK,) if part == HTML else ("", LINK))}
    if not printed & ways_out:
        where = ' in a link, <a href="{{unsubscribe_url}}">' if part == HTML else ""
        reason = f"The unsubscribe link is missing: put {{{{> footer}}}} or {{{{unsubscribe_url}}}}{where} outside of "
        reason += "every block."
        raise TemplateSyntaxError(reason, Position(1, 1), part)
    if (("postal_address",), "") not in printed:
        reason = "The postal address is missing: put {{> footer}} or {{postal_address}} outside of every block."
        raise TemplateSyntaxError(reason, Position(1, 1), part)
