"""From an author's source to a parsed template."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from email_list.mail.handlebars.tree import (
    FORMATTED,
    RESERVED,
    Block,
    Node,
    Nodes,
    Path,
    Position,
    Print,
    TemplateSyntaxError,
    Text,
)

MAX_NODES = 20_000
"""Limit of a parsed template, so that partials that use partials cannot grow endlessly."""

MAX_NESTING = 20


@dataclass(frozen=True)
class Token:
    """A piece of source: text, or a tag with the content between its braces.

    `kind` is `text`, `print`, `formatted`, `open`, `else`, `close`, `partial` or `comment`; `raw` is the piece itself.
    """

    kind: str
    value: str
    raw: str
    at: Position
    strip_before: bool = False
    strip_after: bool = False


_TAG_START = re.compile(r"(?<!\\)(\\*)\{\{")
_COMMENT = re.compile(r"\{\{(~?)!((?=--).*?--|(?!--).*?)(~?)\}\}", re.DOTALL)
_TAG = re.compile(r"\{\{(~?)([^{}]*?)(~?)\}\}")
_FORMATTED_TAG = re.compile(r"\{\{(~?)\{([^{}]*?)\}(~?)\}\}")
_TAGS = (("comment", _COMMENT.match), ("formatted", _FORMATTED_TAG.match), ("", _TAG.match))
_INLINE = re.compile(r"#\s*\*\s*inline\s+(?:\"([\w-]+)\"|'([\w-]+)')")
_OPEN = re.compile(r"#\s*(\w+)\s+(\S+)")
_PARTIAL = re.compile(r">\s*([\w-]+)")
_SEGMENT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LOOP_VALUES = ("@index", "@first", "@last")


def tokens(source: str, part: str) -> list[Token]:
    r"""The source cut into text and tags, in order; joining every `raw` gives the source again.

    As in Handlebars, `\{{` prints two braces, and `\\{{` is a backslash before a tag.
    """
    return _Scanner(source, part).scan()


class _Scanner:
    def __init__(self, source: str, part: str) -> None:
        self._source = source
        self._part = part
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", source))]
        self._found: list[Token] = []

    def scan(self) -> list[Token]:
        end = 0
        while match := _TAG_START.search(self._source, end):
            backslashes, tag_start = match.group(1), match.end(1)
            self._add_text(end, match.start())
            if len(backslashes) == 1:
                self._add_text(match.start(), match.end(), value="{{")
                end = match.end()
                continue
            self._add_text(match.start(), tag_start, value=backslashes[1:])
            tag = self._tag(tag_start)
            self._found.append(tag)
            end = tag_start + len(tag.raw)
        self._add_text(end, len(self._source))
        return self._found

    def _add_text(self, start: int, end: int, value: str | None = None) -> None:
        raw = self._source[start:end]
        if not raw:
            return
        value = raw if value is None else value
        if self._found and self._found[-1].kind == "text":
            last = self._found[-1]
            self._found[-1] = replace(last, value=last.value + value, raw=last.raw + raw)
        else:
            self._found.append(Token("text", value, raw, self._position(start)))

    def _tag(self, start: int) -> Token:
        at = self._position(start)
        if self._source.startswith("{{{{", start):
            raise TemplateSyntaxError("SES has no raw blocks; write \\{{ to print braces.", at, self._part)
        for kind, read in _TAGS:
            if match := read(self._source, start):
                before, value, after = match.groups()
                value = " ".join(value.split())
                return Token(kind or _kind(value), value, match.group(), at, bool(before), bool(after))
        reason = "This {{ has no }} that closes it; write \\{{ to print braces."
        raise TemplateSyntaxError(reason, at, self._part)

    def _position(self, index: int) -> Position:
        line = bisect_right(self._line_starts, index)
        return Position(line, index - self._line_starts[line - 1] + 1)


def _kind(value: str) -> str:
    if value == "^" or value.split(" ")[0] == "else":
        return "else"
    return {"#": "open", "/": "close", ">": "partial"}.get(value[:1], "print")


def parse(source: str, part: str, partials: Mapping[str, str] | None = None) -> Nodes:
    """Parse one part of a template. `part` names it in errors, `partials` are the sources of `{{> name}}`.

    TemplateSyntaxError says what SES, or this module, does not accept.
    """
    definitions = {name: _trimmed(tokens(text, name)) for name, text in (partials or {}).items()}
    return _Parser(_trimmed(tokens(source, part)), part, definitions).parse()


def _trimmed(found: Sequence[Token]) -> list[Token]:
    """Remove the whitespace that `~` removes, and the lines that contain only one tag that prints nothing."""
    alone = [_stands_alone(found, index) for index in range(len(found))]
    trimmed: list[Token] = []
    for index, token in enumerate(found):
        text = token.value
        if token.kind == "text":
            if index and found[index - 1].strip_after:
                text = text.lstrip()
            elif index and (alone[index - 1] or _ends_inline(found[index - 1])):
                text = re.sub(r"\A[ \t]*(?:\r?\n|\Z)", "", text)
            if index + 1 < len(found) and found[index + 1].strip_before:
                text = text.rstrip()
            elif index + 1 < len(found) and alone[index + 1]:
                text = text.rstrip(" \t")
        trimmed.append(replace(token, value=text))
    return trimmed


def _ends_inline(token: Token) -> bool:
    """SES does not render the line end after an inline partial (SES developer guide)."""
    return token.kind == "close" and token.value.lstrip("/ ") == "inline"


def _stands_alone(found: Sequence[Token], index: int) -> bool:
    if found[index].kind not in ("open", "else", "close", "comment"):
        return False
    before = found[index - 1] if index else None
    after = found[index + 1] if index + 1 < len(found) else None
    begins = before is None or (
        before.kind == "text"
        and (re.search(r"\n[ \t]*\Z", before.value) or (index == 1 and not before.value.strip(" \t")))
    )
    ends = after is None or (
        after.kind == "text"
        and (re.match(r"[ \t]*\r?\n", after.value) or (index + 2 == len(found) and not after.value.strip(" \t")))
    )
    return bool(begins and ends)


@dataclass(frozen=True)
class _Scopes:
    """What names mean in one place: `frames` are the paths of `this`, `../this` and so on, innermost last."""

    frames: tuple[Path, ...] = ((),)
    loop: Path | None = None

    def inside(self, path: Path, loop: Path | None = None) -> "_Scopes":
        return _Scopes((*self.frames, path), loop or self.loop)


class _Parser:
    def __init__(self, found: list[Token], part: str, partials: Mapping[str, Sequence[Token]]) -> None:
        self._part = part
        self._partials = dict(partials)
        self._found = found
        self._next = 0
        self._nodes = 0
        self._loops = 0
        self._expanding: list[str] = []

    def parse(self) -> Nodes:
        nodes, end = self._nodes_until_end(_Scopes(), depth=0)
        if end:
            raise self._error(f"{{{{{end.value}}}}} closes or divides a block that was not opened.", end.at)
        return nodes

    def _error(self, reason: str, at: Position) -> TemplateSyntaxError:
        return TemplateSyntaxError(reason, at, self._part)

    def _nodes_until_end(self, scopes: _Scopes, depth: int) -> tuple[Nodes, Token | None]:
        """Nodes up to an `else` or a closing tag, which is returned with them; None at the end of the source."""
        nodes: list[Node] = []
        while self._next < len(self._found):
            token = self._found[self._next]
            self._next += 1
            if token.kind in ("else", "close"):
                return tuple(nodes), token
            nodes += self._node(token, scopes, depth)
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise self._error(f"A part has at most {MAX_NODES} pieces once its partials are filled in.", token.at)
        return tuple(nodes), None

    def _node(self, token: Token, scopes: _Scopes, depth: int) -> Nodes:
        match token.kind:
            case "text":
                return (Text(token.value, token.at),) if token.value else ()
            case "print":
                return (Print(self._path(token.value, scopes, token.at), "", token.at),)
            case "formatted":
                return (Print(self._path(token.value, scopes, token.at), FORMATTED, token.at),)
            case "partial":
                return self._partial(token, scopes, depth)
            case "open" if _INLINE.match(token.value):
                self._define(token, scopes, depth)
                return ()
            case "open":
                return self._block(token, scopes, depth)
        return ()

    def _block(self, token: Token, scopes: _Scopes, depth: int) -> Nodes:
        match = _OPEN.fullmatch(token.value)
        if match is None or match.group(1) not in ("if", "unless", "each", "with"):
            raise self._error("A block is #if, #unless, #each or #with and one name, such as {{#if name}}.", token.at)
        if depth == MAX_NESTING:
            raise self._error(f"Blocks can be nested at most {MAX_NESTING} deep.", token.at)
        kind, path = match.group(1), self._path(match.group(2), scopes, token.at)
        loop, inner = "", scopes
        if kind == "each":
            self._loops += 1
            loop = f"*{self._loops}"
            inner = scopes.inside((*path, loop), loop=(*path, loop))
        elif kind == "with":
            inner = scopes.inside(path)
        body, end = self._nodes_until_end(inner, depth + 1)
        otherwise, end = self._otherwise(end, scopes, depth)
        if end is None or end.value.lstrip("/ ") != kind:
            wrong = f"{{{{{end.value}}}}} stands" if end else "the end stands"
            raise self._error(f"Where {{{{/{kind}}}}} is expected, {wrong}.", end.at if end else token.at)
        return (Block("if" if kind == "with" else kind, path, body, otherwise, token.at, loop),)

    def _otherwise(self, end: Token | None, scopes: _Scopes, depth: int) -> tuple[Nodes, Token | None]:
        if end is None or end.kind != "else":
            return (), end
        if end.value in ("else", "^"):
            return self._nodes_until_end(scopes, depth + 1)
        match = re.fullmatch(r"else (if|unless) (\S+)", end.value)
        if match is None:
            raise self._error("An else stands alone or is {{else if name}}.", end.at)
        if depth == MAX_NESTING:
            raise self._error(f"Blocks can be nested at most {MAX_NESTING} deep.", end.at)
        path = self._path(match.group(2), scopes, end.at)
        body, following = self._nodes_until_end(scopes, depth + 1)
        otherwise, following = self._otherwise(following, scopes, depth + 1)
        return (Block(match.group(1), path, body, otherwise, end.at),), following

    def _define(self, token: Token, scopes: _Scopes, depth: int) -> None:
        match = _INLINE.fullmatch(token.value)
        if match is None:
            raise self._error('An inline partial begins with {{#* inline "name"}}.', token.at)
        start = self._next
        _, end = self._nodes_until_end(scopes, depth + 1)
        if end is None or end.value.lstrip("/ ") != "inline":
            raise self._error("This inline partial is not closed by {{/inline}}.", token.at)
        self._partials[match.group(1) or match.group(2)] = self._found[start : self._next - 1]

    def _partial(self, token: Token, scopes: _Scopes, depth: int) -> Nodes:
        match = _PARTIAL.fullmatch(token.value)
        name = match.group(1) if match else ""
        if name not in self._partials:
            raise self._error(f"There is no partial {token.value.lstrip('> ')!r} above this line.", token.at)
        if name in self._expanding:
            raise self._error(f"The partial {name!r} uses itself.", token.at)
        self._expanding.append(name)
        found, following = self._found, self._next
        self._found, self._next = list(self._partials[name]), 0
        nodes, end = self._nodes_until_end(scopes, depth + 1)
        self._found, self._next = found, following
        self._expanding.pop()
        if end:
            raise self._error(f"The partial {name!r} holds {{{{{end.value}}}}} without its block.", token.at)
        return nodes

    def _path(self, text: str, scopes: _Scopes, at: Position) -> Path:
        if " " in text or "(" in text or "=" in text:
            raise self._error("SES has no helpers in a variable: write one name, such as {{name}}.", at)
        if text.startswith("@") and not text.startswith("@root."):
            if text not in _LOOP_VALUES or scopes.loop is None:
                known = ", ".join(_LOOP_VALUES)
                raise self._error(f"{text[:40]} is unknown here; inside #each there are {known}.", at)
            return (*scopes.loop, text)
        frames = list(scopes.frames)
        if text.startswith("@root."):
            frames, text = [()], text.removeprefix("@root.")
        while text == ".." or text.startswith("../"):
            text = text[3:] or "."
            frames.pop()
            if not frames:
                raise self._error("../ leads outside the template here.", at)
        text = re.sub(r"\A(?:this[./]|\./)", "", text)
        if text in (".", "this"):
            if not frames[-1]:
                raise self._error("this only has a meaning inside #each or #with.", at)
            return frames[-1]
        segments = text.split(".")
        for segment in segments:
            if not _SEGMENT.fullmatch(segment) or RESERVED in segment or segment == "this":
                raise self._error(
                    f"{text[:60]!r} is not a name: a letter, then letters, digits and single _, parts joined by dots.",
                    at,
                )
        return (*frames[-1], *segments)
