"""Markdown and CSS: what the libraries do to an author's text, with its Handlebars tags kept whole.

The tags pass through the libraries as words (or as comments, where a word would be moved out of a table) and return
afterwards. This module loads the libraries; only what composes letters imports it.
"""

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import css_inline
import nh3

from email_list.mail import markdown, plain_text
from email_list.mail.encoding import HTML
from email_list.mail.handlebars import reading
from email_list.mail.handlebars.reading import Token
from email_list.mail.handlebars.tree import Position
from email_list.mail.placement import ADDRESS_MARK, Place
from email_list.mail.review import Cleaning, Review, Source
from email_list.mail.warnings import LetterWarning

_HTML_BRACES = "&#123;&#123;"
_TEXT_BRACES = "\\{{"

_ATTRIBUTES_OF = {
    "*": "align aria-hidden bgcolor class dir height id lang role style title valign width",
    "a": "href hreflang name rel target ses:no-track ses:tags",
    "font": "color face size",
    "img": "alt border src",
    "li": "value",
    "ol": "reversed start type",
    "table": "border cellpadding cellspacing summary",
    "td": "colspan headers nowrap rowspan",
    "th": "colspan headers nowrap rowspan scope",
    "ul": "type",
}
_ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()} | {
    tag: set(names.split()) for tag, names in _ATTRIBUTES_OF.items()
}
_PROPERTY_NAMES = """
    background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width border-
    collapse border-color border-left border-left-color border-left-style border-left-width border-radius border-
    right border-right-color border-right-style border-right-width border-spacing border-style border-top border-
    top-color border-top-style border-top-width border-width clear color direction display float font font-family
    font-size font-style font-variant font-weight height letter-spacing line-height list-style-type margin margin-
    bottom margin-left margin-right margin-top max-height max-width min-height min-width overflow padding padding-
    bottom padding-left padding-right padding-top table-layout text-align text-decoration text-indent text-transform
    unicode-bidi vertical-align white-space width word-break word-spacing
"""
_PROPERTIES = set(_PROPERTY_NAMES.split())
"""Style properties that neither load anything nor move an element out of its place."""

_CLEANING = Cleaning(
    elements=frozenset(nh3.ALLOWED_TAGS | {"font", "main", "section"}),
    allows=lambda tag, name: name in _ATTRIBUTES["*"] or name in _ATTRIBUTES.get(tag, ()),
    properties=frozenset(_PROPERTIES),
)


@dataclass(frozen=True)
class Converted:
    """HTML made from Markdown, and what its author should know."""

    html: str
    warnings: Sequence[LetterWarning]


def from_markdown(source: str, part: str) -> Converted:
    """Markdown with Handlebars as clean HTML with Handlebars: CommonMark with tables, no scripts, no event handlers.

    A block's tag on a line of its own stays outside paragraphs. TemplateSyntaxError for an address that no email client
    can open.
    """
    marked = _Marked(reading.tokens(source, part), comments=False)
    spaced = _Spaced(marked)
    converted = _converted(spaced.text, spaced, part, marked.values())
    paragraph = re.compile(rf"<p>((?:\s*{marked.block_word})+)\s*</p>")
    return replace(converted, html=marked.restored(paragraph.sub(r"\1", converted.html), _HTML_BRACES))


def from_value(source: str, name: str) -> Converted:
    """The same for a value, in which braces are braces."""
    return _converted(source, _Unmarked(), name, {})


def _converted(text: str, source: Source, part: str, values: Mapping[str, str]) -> Converted:
    rendered = markdown.render(text, part, values)
    warnings = [replace(each, line=source.position(each.line or 1, 1).line) for each in rendered.warnings]
    warnings += Review(source, part, _CLEANING).read(rendered.pieces)
    cleaned = nh3.clean(
        "".join(piece for _, piece in rendered.pieces),
        tags=set(_CLEANING.elements),
        attributes=_ATTRIBUTES,
        attribute_filter=_without_hidden_schemes,
        filter_style_properties=_PROPERTIES,
        link_rel=None,
        url_schemes=nh3.ALLOWED_URL_SCHEMES | {"data"},
    )
    return Converted(cleaned.replace("<table>", '<table class="data" cellpadding="0" cellspacing="0">'), warnings)


def _without_hidden_schemes(tag: str, name: str, value: str) -> str | None:
    """Only pictures may be data; the review has refused anything else, so this is a second lock."""
    return value if (tag == "img" and name == "src") or not value.lstrip().lower().startswith("data:") else None


def for_the_web(source: str) -> str:
    """The body of any author's HTML as a browser reads it: whole elements, and nothing that runs or loads code."""
    return nh3.clean(
        source,
        tags=set(_CLEANING.elements - {"main"} | {"tfoot"}),
        attributes=_ATTRIBUTES,
        attribute_filter=_without_what_clients_read,
        link_rel=None,
        url_schemes=nh3.ALLOWED_URL_SCHEMES | {"data"},
    )


def _without_what_clients_read(tag: str, name: str, value: str) -> str | None:
    return None if name.startswith("ses:") else _without_hidden_schemes(tag, name, value)


def review_html(source: str) -> list[LetterWarning]:
    """What the author of HTML with Handlebars should know. TemplateSyntaxError for what no email may contain."""
    marked = _Marked(reading.tokens(source, HTML), comments=True)
    return Review(marked, HTML).read([(1, marked.text)])


@dataclass(frozen=True)
class Inlined:
    """HTML whose elements are styled, and the style elements with what no element can hold: `:hover`, `@media`."""

    html: str
    head: str = ""


def inline_fragment(source: str, css: str) -> Inlined:
    """A piece of HTML, its elements styled by `css` and by its own style elements, which go into the head."""
    marked = _Marked(reading.tokens(source, HTML), comments=True)
    styled = _inliner().inline_fragment(_prepared(marked.text), css)
    sheets = "".join(found.group() for found in _SHEET.finditer(styled) if (found.group(1) or "").strip())
    bare = _SHEET.sub(lambda found: found.group() if found.group(1) is None else "", styled)
    return Inlined(marked.restored(bare, _HTML_BRACES), sheets)


def inline_document(source: str) -> str:
    """A whole document, its elements styled by its own style elements; what no element can hold stays in them."""
    marked = _Marked(reading.tokens(source, HTML), comments=True)
    return marked.restored(_inliner().inline(_prepared(marked.text)), _HTML_BRACES)


_SHEET = re.compile(r"<!--.*?(?:-->|\Z)|<style\b[^<>]*>(.*?)(?:</style\s*>|\Z)", re.IGNORECASE | re.DOTALL)
"""A style element, or a comment, in which no style element counts."""


def _prepared(marked: str) -> str:
    """Begins a table's body before a tag around rows, as the HTML parser would begin it after the tag, and keeps style
    sheets for some media only from being written onto the elements."""
    apart = re.sub(r"<style(?=[^<>]*\smedia\s*=)", '<style data-css-inline="ignore"', marked, flags=re.IGNORECASE)
    return re.sub(r"(<table\b[^<>]*>)(?=\s*<!--)", r"\1<tbody>", apart, flags=re.IGNORECASE)


@cache
def _inliner() -> Any:
    return css_inline.CSSInliner(
        keep_style_tags=True,
        remove_inlined_selectors=True,
        keep_at_rules=True,
        keep_link_tags=True,
        load_remote_stylesheets=False,
        apply_width_attributes=True,  # Outlook knows no other way to set the width of pictures
    )


_NO_TEXT = re.compile(
    r"<(style|script|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL
)


def is_right_to_left(source: str) -> bool:
    """Whether HTML with Handlebars is to be read from right to left: it begins with such a letter (UAX 9, P3), and does
    not specify a direction itself."""
    if re.search(r"\sdir\s*=", source, re.IGNORECASE):
        return False
    marked = _Marked(reading.tokens(source, HTML), comments=False)
    text = html.unescape(_NO_TEXT.sub("", marked.without_tags(marked.text)))
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((direction for direction in strong if direction in ("L", "R", "AL")), "L") != "L"


def to_text(source: str) -> str:
    """The text part, as Handlebars, of HTML with Handlebars.

    Addresses stand between marks (`placement.place_text`). Of the empty lines around a tag that stands alone, one is
    omitted, so that a block that prints nothing leaves only one.
    """
    marked = _Marked(reading.tokens(source, HTML), comments=False)
    lone_tags = re.compile(rf"^[ \t]*((?:{marked.block_word}[ \t]*)+)$", re.MULTILINE)
    apart = lone_tags.sub(r"<p>\1</p>", re.sub(f"({marked.formatted_word})", r"<p>\1</p>", marked.text))
    gap = re.compile(rf"(?:(?<=\n\n)|\A)((?:{marked.block_word} ?)+\n)\n")
    return marked.restored(gap.sub(r"\1", plain_text.from_html(apart, ADDRESS_MARK)), _TEXT_BRACES)


class _Marked:
    """Source whose tags are words that no library changes.

    `block_word` is the pattern of tags that print nothing, `formatted_word` that of formatted values. With `comments`,
    the former are comments wherever HTML allows one.
    """

    def __init__(self, tokens: Sequence[Token], *, comments: bool) -> None:
        self._word = _unused_word("".join(token.raw for token in tokens))
        self._tags: list[Token] = []
        self._numbers: dict[str, int] = {}
        self.block_word = rf"{self._word}b\d+z"
        self.formatted_word = rf"{self._word}f\d+z"
        self._any_word = re.compile(rf"({self._word}[bfv](\d+)z)")
        self.lines = [1]
        """The source line of each line of `text`: a tag of several lines is one word."""
        self.text = self._mark(tokens, comments)

    def _mark(self, tokens: Sequence[Token], comments: bool) -> str:
        place, pieces = Place(), []
        for token in tokens:
            if token.kind == "text":
                place = place.after(token.value)
                self.lines += range(token.at.line + 1, token.at.line + 1 + token.value.count("\n"))
                braces = Token("text", "{{", "\\{{", token.at)
                pieces.append(token.value.replace("{{", self._word_for(braces, "v")))
                continue
            kind = {"print": "v", "formatted": "f"}.get(token.kind, "b")
            word = self._word_for(token, kind)
            pieces.append(f"<!--{word}-->" if comments and kind == "b" and place.kind == "text" else word)
        return "".join(pieces)

    def _word_for(self, tag: Token, kind: str) -> str:
        """The same word for the same tag, so that a link whose text is its address is recognised as one."""
        number = self._numbers.setdefault(tag.raw, len(self._tags))
        self._tags += [tag] if number == len(self._tags) else []
        return f"{self._word}{kind}{number}z"

    def values(self) -> dict[str, str]:
        """The names of the printed values by the words that represent them."""
        return {f"{self._word}v{n}z": tag.value for n, tag in enumerate(self._tags) if tag.kind == "print"}

    def tokens(self, text: str) -> list[Token]:
        """A piece of marked text as text and tags again."""
        found, start = [], 0
        for word in self._any_word.finditer(text):
            before = text[start : word.start()]
            found += [Token("text", before, before, Position(1, 1)), self._tags[int(word.group(2))]]
            start = word.end()
        return [*found, Token("text", text[start:], text[start:], Position(1, 1))]

    def without_tags(self, text: str) -> str:
        return self._any_word.sub("", text)

    def position(self, line: int, column: int) -> Position:
        """Where in the source a place of the marked text was written."""
        before = self.text.split("\n")[line - 1][: column - 1]
        return Position(self.lines[line - 1], len("".join(token.raw for token in self.tokens(before))) + 1)

    def restored(self, processed: str, braces: str) -> str:
        """The processed text as Handlebars again: tags in their places, literal braces written as `braces`."""
        word = rf"{self._word}[bfv](\d+)z"
        return re.sub(
            rf"(?<!\\)(\\*)(?:<!--{word}-->|{word}|\{{\{{)", lambda found: self._source(found, braces), processed
        )

    def _source(self, found: re.Match[str], braces: str) -> str:
        """A tag and the backslashes before it, which get one more so as not to disarm it."""
        backslashes, number = found.group(1), found.group(2) or found.group(3)
        token = self._tags[int(number)] if number else None
        tag = token.raw if token and token.kind != "text" else ""
        if not tag:
            tag = "{{!}}" + braces if backslashes and braces == _TEXT_BRACES else braces
        return backslashes + ("\\" if backslashes and tag.startswith("{{") else "") + tag


class _Spaced:
    """Marked Markdown with empty lines around each line that contains only tags that print nothing."""

    def __init__(self, marked: _Marked) -> None:
        self.marked = marked
        only_tags = re.compile(rf"[ \t]*(?:{marked.block_word}[ \t]*)+")
        lines: list[tuple[str, int]] = []
        for line, number in zip(marked.text.split("\n"), marked.lines, strict=True):
            alone = bool(only_tags.fullmatch(line))
            lines += [("", number), (line.strip(), number), ("", number)] if alone else [(line, number)]
        self.text = "\n".join(line for line, _ in lines)
        self._lines = [number for _, number in lines]

    def position(self, line: int, column: int) -> Position:
        """Where in the source a line of the text was written; columns are lost on the way through Markdown."""
        return Position(self._lines[min(line, len(self._lines)) - 1], 1)

    def tokens(self, text: str) -> list[Token]:
        return self.marked.tokens(text)


class _Unmarked:
    """Markdown that has no tags."""

    def position(self, line: int, column: int) -> Position:
        return Position(line, 1)

    def tokens(self, text: str) -> list[Token]:
        return [Token("text", text, text, Position(1, 1))]


def _unused_word(source: str) -> str:
    number = 0
    while f"hb{number}x" in source.lower():
        number += 1
    return f"hb{number}x"
