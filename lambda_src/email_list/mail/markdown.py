"""Markdown for letters: CommonMark with tables, bare web addresses as links, and no text lost silently.

In the attribute syntax of Pandoc's Markdown, `[Read on](https://...){.button}` on a line of its own is a button, and
`![A lake](https://...){width=300}` a picture that is 300 pixels wide in Outlook, too; `{.decoration}` is for one that
needs no description.

What looks like a tag but is none, such as `<first name>`, is text. Every address passes; `review` checks them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt, rules_block, rules_inline
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from email_list.mail import urls
from email_list.mail.handlebars.tree import Position, TemplateSyntaxError
from email_list.mail.letters import LIST_VALUES, RECIPIENT, RECIPIENT_LINKS
from email_list.mail.review import ELEMENTS
from email_list.mail.warnings import LetterWarning

_TAG = re.compile(r"</?([a-z][a-z0-9-]*)|<!--", re.IGNORECASE)
_ELEMENTS = ELEMENTS - {"title", "textarea"}
"""In these two, everything that follows would be text, including tags; a letter that contains them means the words."""

MAX_STEPS = 200_000
"""Tokens that the parser looks over in search of ends: a second's work. Ordinary letters take a few hundred, and each
unfinished bracket up to twenty."""

_LINK_SHAPE = re.compile(r"(?<!\\)\[[^\[\]\n]+(?<!\\)\]\([^()\[\n]+\)")
_LONGEST = 2_000
BARE = re.compile(rf"https?://[^\s<>\"]{{1,{_LONGEST}}}", re.IGNORECASE)
"""What may be a web address in running text; `bare_address` says how much of it is one."""

_SCHEME = re.compile(r"(?:\A|[^a-z0-9.+-])(https?)\Z", re.IGNORECASE)
_WORD = re.compile(r"<(\w+)>")
_NEVER_ADDRESSES = frozenset((*RECIPIENT, *LIST_VALUES)) - frozenset(RECIPIENT_LINKS)


@dataclass(frozen=True)
class Rendered:
    """HTML in pieces, each with the line of the Markdown that it was made from, and what was lost on the way."""

    pieces: Sequence[tuple[int, str]]
    warnings: Sequence[LetterWarning]


def render(source: str, part: str, values: Mapping[str, str]) -> Rendered:
    """Render Markdown. `values` has the words that represent values, and the values' names: `<word>` is a link."""
    parser, env = _parser(), {"values": values, "part": part, "steps": 0}
    tokens = parser.parse(source, env)
    lost = [*_unused_references(tokens, env), *_surplus_cells(tokens, source.split("\n")), *_no_links(tokens)]
    lost += _no_buttons(tokens)
    warnings = [LetterWarning(code, message, part, line) for code, message, line in lost]
    return Rendered(list(_pieces(parser, tokens)), warnings)


def _pieces(parser: "_Parser", tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    renderer, line = parser.renderer, 1
    for index, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else line
        if token.type == "inline":
            for child in token.children or ():
                yield line + child.meta.get("line", 0), renderer.renderInline([child], parser.options, {})
        else:
            rule = renderer.rules.get(token.type, renderer.renderToken)
            yield line, rule(tokens, index, parser.options, {})


# Parsing


class _Inline(ParserInline):
    """Looks ahead for the end of each link's text, over the brackets in it, no more often than any letter needs."""

    def skipToken(self, state: StateInline) -> None:
        state.env["steps"] += 1
        if state.env["steps"] > MAX_STEPS:
            reason = "The Markdown holds too many brackets that begin a link and do not end it; write \\[ for a [."
            raise TemplateSyntaxError(reason, Position(1, 1), state.env["part"])
        super().skipToken(state)


class _Parser(MarkdownIt):
    """markdown-it, with addresses and their texts as they were written."""

    renderer: RendererHTML

    def validateLink(self, url: str) -> bool:
        return True

    def normalizeLinkText(self, link: str) -> str:
        return link


def bare_address(found: str) -> str:
    """The address at the start of what `BARE` found, ending as in GitHub Flavored Markdown; empty if there is none.

    Punctuation that ends a sentence is not part of it, nor is a bracket that was opened before it.
    """
    end, unopened = len(found), found.count(")") - found.count("(")
    while end and (found[end - 1] in "?!.,:;*_~'" or (found[end - 1] == ")" and unopened > 0)):
        end -= 1
        unopened -= found[end] == ")"
    return "" if len(found) > _LONGEST or urls.fault(found[:end]) else found[:end]


@cache
def _parser() -> _Parser:
    parser = _Parser("commonmark", {"html": True})
    parser.inline = _Inline()
    parser.configure("commonmark")
    parser.enable(["table", "strikethrough"])
    parser.inline.ruler.enable("linkify")
    parser.block.ruler.at("html_block", _html_block, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.core.ruler.after("inline", "buttons", _buttons)
    parser.add_render_rule("button_open", lambda *_: _BUTTON_OPEN)
    parser.add_render_rule("button_close", lambda *_: _BUTTON_CLOSE)
    for name, rule in {
        "linkify": _bare_link,
        "link": rules_inline.link,
        "image": _picture,
        "html_inline": _html_inline,
    }.items():
        parser.inline.ruler.at(name, _with_line(rule))
    parser.inline.ruler.at("autolink", _with_line(lambda *place: _value_link(*place) or rules_inline.autolink(*place)))
    return parser


_ABOUT_PICTURE = re.compile(r"\{(?:(\.decoration)|(?:(\.decoration) )?width=([1-9][0-9]{0,3}))\}")


def _picture(state: StateInline, silent: bool) -> bool:
    """A picture, and behind it what it is for and how wide, if that is said."""
    if not rules_inline.image(state, silent):
        return False
    mark = _ABOUT_PICTURE.match(state.src, state.pos, state.posMax)
    if mark:
        if not silent:
            given = {"role": (mark[1] or mark[2]) and "presentation", "width": mark[3]}
            state.tokens[-1].attrs |= {name: value for name, value in given.items() if value}
        state.pos = mark.end()
    return True


_InlineRule = Callable[[StateInline, bool], bool]


def _with_line(rule: _InlineRule) -> _InlineRule:
    """The rule, which also notes in which line of its paragraph, from 0, a token begins."""

    def ruled(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        found = rule(state, silent)
        for token in state.tokens[count:] if found else ():
            token.meta.setdefault("line", state.src.count("\n", 0, start))
        return found

    return ruled


def _bare_link(state: StateInline, silent: bool) -> bool:
    """A bare address; the rule reaches it at the colon, with the scheme in what is pending."""
    if state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.pending[-6:])
    start = state.pos - len(scheme.group(1)) if scheme else state.pos
    found = BARE.match(state.src, start, state.posMax)
    address = bare_address(found.group()) if found else ""
    if not address:
        return False
    if not silent:
        state.pending = state.pending[: start - state.pos]
        state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(address)}
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos = start + len(address)
    return True


def _value_link(state: StateInline, silent: bool) -> bool:
    """`<{{unsubscribe_url}}>`, as `<https://...>`."""
    found = _WORD.match(state.src, state.pos)
    if not found or state.env["values"].get(found.group(1), "name") in _NEVER_ADDRESSES:
        return False
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": found.group(1)}
        state.push("text", "", 0).content = found.group(1)
        state.push("link_close", "a", -1)
    state.pos = found.end()
    return True


def _is_html(source: str, position: int) -> bool:
    found = _TAG.match(source, position)
    if found is None or found.group(1):
        return found is not None and found.group(1).lower() in _ELEMENTS
    return position < _last_comment_end(source)


@lru_cache(maxsize=2)
def _last_comment_end(source: str) -> int:
    """Asked at the beginning of each comment."""
    return source.rfind("-->")


def _html_inline(state: StateInline, silent: bool) -> bool:
    return _is_html(state.src, state.pos) and rules_inline.html_inline(state, silent)


def _html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return _is_html(state.src, state.bMarks[start] + state.tShift[start]) and rules_block.html_block(
        state, start, end, silent
    )


# Buttons

_BUTTON = "{.button}"
_BUTTON_OPEN = '<table role="presentation" cellpadding="0" cellspacing="0" class="button"><tr><td>'
_BUTTON_CLOSE = "</td></tr></table>\n"
"""A table, whose cell every client colours (`email_list.mail.frame`)."""


def _buttons(state: StateCore) -> None:
    """Make each paragraph that consists of links with the mark of a button a row of buttons."""
    found: list[Token] = []
    for token in state.tokens:
        found.append(token)
        links = _button_links(token) if token.type == "inline" else []
        if links and found[-2].type == "paragraph_open":
            found[-2:] = [each for link in links for each in _button(token, link)]
        elif found[-1].type == "paragraph_close" and found[-2].type == "button_close":
            found.pop()
    state.tokens = found


def _button_links(paragraph: Token) -> list[list[Token]]:
    """The tokens of the links of a paragraph whose every line is a link with the mark; none of any other."""
    lines: list[list[Token]] = [[]]
    for token in paragraph.children or ():
        if token.type in ("softbreak", "hardbreak"):
            lines.append([])
        else:
            lines[-1].append(token)
    links = [line[:-1] for line in lines if line and line[-1].content.strip() == _BUTTON]
    whole = all(
        link and link[0].type == "link_open" and link[-1].type == "link_close" and _count(link, "link_open") == 1
        for link in links
    )
    return links if whole and len(links) == len(lines) else []


def _count(tokens: Sequence[Token], kind: str) -> int:
    return sum(token.type == kind for token in tokens)


def _button(paragraph: Token, link: list[Token]) -> list[Token]:
    opened, closed = Token("button_open", "", 1, map=paragraph.map), Token("button_close", "", -1)
    return [opened, paragraph.copy(children=link), closed]


# What CommonMark drops

_Loss = tuple[str, str, int]
"""A code of `email_list.mail.warnings`, words for people, and a line."""


def _unused_references(tokens: Sequence[Token], env: Mapping[str, Any]) -> Iterator[_Loss]:
    """`[note]: something`, which is the definition of a link's address and is not shown."""
    used = {
        child.attrs.get(name)
        for token in tokens
        for child in _descendants(token)
        for name in ("href", "src")
        if name in child.attrs
    }
    references = [{"label": label, **reference} for label, reference in env.get("references", {}).items()]
    for reference in [each for each in references if each["href"] not in used] + env.get("duplicate_refs", []):
        label = reference["label"].lower()
        message = f"Readers do not see [{label}]: …, since it defines a link that is not used: write \\[{label}]: …"
        yield "not_shown", message, reference["map"][0] + 1


def _descendants(token: Token) -> Iterator[Token]:
    for child in token.children or ():
        yield child
        yield from _descendants(child)


def _surplus_cells(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[_Loss]:
    """Cells beyond the columns of their table's header."""
    columns = 0
    for token in tokens:
        if token.type == "thead_open":
            columns = 0
        elif token.type == "th_open":
            columns += 1
        elif token.type == "tr_open" and columns and token.map:
            cells = [cell.strip() for cell in escapedSplit(lines[token.map[0]].lstrip(" \t>").strip().strip("|"))]
            if any(cells[columns:]):
                message = (
                    f"Readers do not see the cell {cells[columns][:40]!r}: the table's header has {columns} columns."
                )
                yield "not_shown", message, token.map[0] + 1


def _no_links(tokens: Sequence[Token]) -> Iterator[_Loss]:
    """`[text](an address)`, which is text because of the space in it."""
    for token in tokens:
        if token.type != "inline" or not token.map or not _LINK_SHAPE.search(token.content):
            continue
        texts = [child for child in token.children or () if child.type in ("text", "softbreak")]
        shown = "".join(child.content or "\n" for child in texts)
        for found in _LINK_SHAPE.finditer(shown):
            message = (
                f"{found.group()[:60]} is shown as it stands, not as a link: write %20 for a space in the address."
            )
            yield "not_a_link", message, token.map[0] + 1 + shown.count("\n", 0, found.start())


def _no_buttons(tokens: Sequence[Token]) -> Iterator[_Loss]:
    """`[text](address){.button}` in the middle of a paragraph, where the mark is text."""
    for token in tokens:
        before = None
        for child in token.children or ():
            if child.content.startswith(_BUTTON) and before is not None and before.type == "link_close":
                message = f"{_BUTTON} is shown as it stands: a button is a line, or paragraph, of its own."
                yield "not_a_button", message, (token.map[0] if token.map else 0) + 1
            before = child


def _shown(token: Token) -> str:
    return token.content if token.type == "text" else ""
