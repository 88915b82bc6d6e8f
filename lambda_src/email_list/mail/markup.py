"""Markdown and CSS: what the libraries do to an author's text, with its Handlebars tags kept whole.

The tags pass the libraries as words (or as comments, where a word would be moved out of a table) and come back
afterwards. This module loads the libraries; only what composes letters imports it.
"""

import re
from functools import cache
from typing import Any

import css_inline
import nh3
from markdown_it import MarkdownIt

from email_list.mail import handlebars, plain_text
from email_list.mail.handlebars import Token
from email_list.mail.placement import Place

_HTML_BRACES = "&#123;&#123;"
_TEXT_BRACES = "\\{{"
_CELL_ATTRIBUTES = {"style", "align", "colspan", "rowspan"}


def from_markdown(source: str, part: str) -> str:
    """Markdown with Handlebars as clean HTML with Handlebars. A block's tag on a line of its own stays outside of
    paragraphs."""
    marked = _Marked(source, part, comments=False)
    lone_tags = re.compile(rf"^[ \t]*(?:{marked.block_word}[ \t]*)+$", re.MULTILINE)
    rendered = markdown_to_html(lone_tags.sub(lambda match: f"\n\n{match.group().strip()}\n\n", marked.text))
    paragraph = re.compile(rf"<p>((?:\s*{marked.block_word})+)\s*</p>")
    return marked.restored(paragraph.sub(r"\1", rendered), _HTML_BRACES)


def markdown_to_html(source: str) -> str:
    """CommonMark with tables as HTML that holds no script, no handler and no unsafe link."""
    cleaned = nh3.clean(
        _markdown().render(source),
        attributes=_allowed_attributes(),
        filter_style_properties={"text-align"},
        link_rel=None,
    )
    return cleaned.replace("<table>", '<table class="data" cellpadding="0" cellspacing="0">')


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@cache
def _allowed_attributes() -> dict[str, set[str]]:
    allowed: dict[str, set[str]] = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
    return allowed | {"th": _CELL_ATTRIBUTES, "td": _CELL_ATTRIBUTES}


def inline_fragment(source: str, css: str) -> str:
    """A piece of HTML, its elements styled by `css` and by its own style elements."""
    marked = _Marked(source, "html", comments=True)
    return marked.restored(_inliner().inline_fragment(_with_bodies(marked.text), css), _HTML_BRACES)


def inline_document(source: str) -> str:
    """A whole document, its elements styled by its own style elements; media queries stay in the head."""
    marked = _Marked(source, "html", comments=True)
    return marked.restored(_inliner().inline(_with_bodies(marked.text)), _HTML_BRACES)


def _with_bodies(marked: str) -> str:
    """Begins a table's body before a tag that stands around rows, as the HTML parser would begin it after the tag."""
    return re.sub(r"(<table\b[^>]*>)(?=\s*<!--)", r"\1<tbody>", marked, flags=re.IGNORECASE)


@cache
def _inliner() -> Any:
    return css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


def to_text(source: str) -> str:
    """The text part, as Handlebars, of HTML with Handlebars.

    After a tag that stands alone comes no empty line, so that a block that prints nothing leaves just one.
    """
    marked = _Marked(source, "html", comments=False)
    lone_tags = re.compile(rf"^[ \t]*((?:{marked.block_word}[ \t]*)+)$", re.MULTILINE)
    apart = lone_tags.sub(r"<p>\1</p>", re.sub(f"({marked.formatted_word})", r"<p>\1</p>", marked.text))
    gap = re.compile(rf"^((?:{marked.block_word} ?)+\n)\n", re.MULTILINE)
    return marked.restored(gap.sub(r"\1", plain_text.from_html(apart)), _TEXT_BRACES)


class _Marked:
    """Source whose tags are words that no library changes.

    `block_word` is the pattern of tags that print nothing, `formatted_word` that of formatted values. With
    `comments`, the former stand as comments wherever HTML allows one.
    """

    def __init__(self, source: str, part: str, *, comments: bool) -> None:
        self._word = _unused_word(source)
        self._tags: list[str] = []
        self.block_word = rf"{self._word}b\d+z"
        self.formatted_word = rf"{self._word}f\d+z"
        self.text = self._mark(handlebars.tokens(source, part), comments)

    def _mark(self, tokens: list[Token], comments: bool) -> str:
        place, pieces = Place(), []
        for token in tokens:
            if token.kind == "text":
                place = place.after(token.value)
                pieces.append(token.value.replace("{{", self._word_for("", "v")))
                continue
            kind = {"print": "v", "formatted": "f"}.get(token.kind, "b")
            word = self._word_for(token.raw, kind)
            pieces.append(f"<!--{word}-->" if comments and kind == "b" and place.kind == "text" else word)
        return "".join(pieces)

    def _word_for(self, tag: str, kind: str) -> str:
        self._tags.append(tag)
        return f"{self._word}{kind}{len(self._tags) - 1}z"

    def restored(self, processed: str, braces: str) -> str:
        """The processed text as Handlebars again: tags in their places, literal braces written as `braces`."""
        word = rf"{self._word}[bfv](\d+)z"
        return re.sub(rf"(\\*)(?:<!--{word}-->|{word}|\{{\{{)", lambda found: self._source(found, braces), processed)

    def _source(self, found: re.Match[str], braces: str) -> str:
        """A tag and the backslashes before it, which take one more so as not to disarm it."""
        backslashes, number = found.group(1), found.group(2) or found.group(3)
        tag = self._tags[int(number)] if number else ""
        if not tag:
            tag = "{{!}}" + braces if backslashes and braces == _TEXT_BRACES else braces
        return backslashes + ("\\" if backslashes and tag.startswith("{{") else "") + tag


def _unused_word(source: str) -> str:
    number = 0
    while f"hb{number}x" in source.lower():
        number += 1
    return f"hb{number}x"
