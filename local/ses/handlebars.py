"""The part of Handlebars that Amazon SES documents, compiled once and rendered often.

Behaves as SES does, which differs from Handlebars in a browser: values are never HTML-escaped, and a variable
without a value is an error instead of an empty string
(SES developer guide, "Advanced email personalization" and "Using templates to send personalized email").

Provided: variables with nested paths, `if`, `unless`, `each`, `with`, `else` and `else if`, sections,
`lookup`, comments, whitespace control, block parameters, `@index` and its kin, inline partials. Anything else
(custom helpers, partial blocks, raw blocks) is a `TemplateSyntaxError`, never silently ignored.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


class TemplateSyntaxError(Exception):
    """The template cannot be compiled. The message names the line."""


class RenderingError(Exception):
    """The template cannot be rendered with the data given. The message is the one SES publishes."""


_MISSING: Any = object()
_NO_VARIABLES: dict[str, Any] = {}


class _Scope:
    """Where names are looked up: the current value, its surroundings, `@` variables, block parameters,
    partials."""

    __slots__ = ("data", "parameters", "parent", "partials", "this")

    def __init__(self, this: Any, parent: "_Scope | None", data: dict, parameters: dict, partials: dict) -> None:
        self.this = this
        self.parent = parent
        self.data = data
        self.parameters = parameters
        self.partials = partials

    def inner(self, this: Any, data: dict | None = None, parameters: dict | None = None) -> "_Scope":
        return _Scope(
            this,
            self,
            {**self.data, **data} if data else self.data,
            {**self.parameters, **parameters} if parameters else self.parameters,
            self.partials,
        )


_Value = Callable[[_Scope], Any]
_Node = Callable[[_Scope, list[str]], None]


class Template:
    """A compiled template. Immutable, and safe to render from several threads at once."""

    def __init__(self, source: str, *, simple: bool = False) -> None:
        """Compile `source`; `simple` allows substitution only, as SES does for inline template content.

        Raises `TemplateSyntaxError`.
        """
        self._render = _Parser(source, simple).template()

    def render(self, data: dict[str, Any]) -> str:
        """Raises `RenderingError` when a variable has no value."""
        out: list[str] = []
        scope = _Scope(data, None, {"root": data}, _NO_VARIABLES, _NO_VARIABLES)
        try:
            self._render(scope, out)
        except RecursionError:
            raise RenderingError("A partial includes itself without end.") from None
        return "".join(out)


# --- Splitting the source into text and tags ---


@dataclass
class _Tag:
    kind: str  # "value", "open", "inverted", "close", "else", "partial", "comment"
    body: str
    line: int
    strip_before: bool = False
    strip_after: bool = False


_OPENING = re.compile(r"(\\?)(\{\{\{\{|\{\{(~?)(\{|!--|!)?)")
_BLANK_LINE_SO_FAR = re.compile(r"(?:^|(?<=\n))[ \t]*\Z")
_BLANK_REST_OF_LINE = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_SIGILS = {"#": "open", "^": "inverted", "/": "close", ">": "partial", "&": "value"}


def _split(source: str) -> list[str | _Tag]:
    """Text and tags in turn: text first, last and between any two tags, even if empty."""
    tokens: list[str | _Tag] = []
    text: list[str] = []
    position = 0
    while opening := _OPENING.search(source, position):
        text.append(source[position : opening.start()])
        escaped, braces, tilde, form = opening.groups()
        if escaped:
            text.append(braces)
            position = opening.end()
            continue
        line = source.count("\n", 0, opening.start()) + 1
        if braces == "{{{{":
            raise TemplateSyntaxError(f"line {line}: raw blocks ({{{{{{{{) are not supported")
        closing = re.compile({"{": r"\}(~?)\}\}", "!--": r"--(~?)\}\}"}.get(form or "", r"(~?)\}\}"))
        end = closing.search(source, opening.end())
        if end is None:
            raise TemplateSyntaxError(f"line {line}: {braces} is never closed")
        body = source[opening.end() : end.start()].strip()
        tokens += ["".join(text), _tag(form, body, line, bool(tilde), bool(end.group(1)))]
        text = []
        position = end.end()
    tokens.append("".join([*text, source[position:]]))
    return tokens


def _tag(form: str | None, body: str, line: int, strip_before: bool, strip_after: bool) -> _Tag:
    if form == "{":
        kind = "value"
    elif form:
        kind = "comment"
    elif body in ("else", "^"):
        kind, body = "else", ""
    elif re.match(r"else\s", body):
        kind, body = "else", body[4:].strip()
    else:
        kind = _SIGILS.get(body[:1], "value")
        body = body[1:].strip() if body[:1] in _SIGILS else body
    if not body and kind not in ("else", "comment"):
        raise TemplateSyntaxError(f"line {line}: empty tag")
    return _Tag(kind, body, line, strip_before, strip_after)


def _trim(tokens: list[str | _Tag]) -> list[str | _Tag]:
    """Apply `~`, and drop the line of a block tag, comment or partial that stands alone on it."""
    trimmed = list(tokens)
    for index in range(1, len(tokens), 2):
        tag, before, after = tokens[index], tokens[index - 1], tokens[index + 1]
        assert isinstance(tag, _Tag)
        assert isinstance(before, str)
        assert isinstance(after, str)
        if tag.kind != "value":
            blank_before = _BLANK_LINE_SO_FAR.search(before)
            blank_after = _BLANK_REST_OF_LINE.match(after)
            starts_line = blank_before and (blank_before.start() > 0 or index == 1)
            ends_line = blank_after and (blank_after.group().endswith("\n") or index == len(tokens) - 2)
            if blank_before and blank_after and starts_line and ends_line:
                trimmed[index - 1] = str(trimmed[index - 1]).removesuffix(blank_before.group())
                trimmed[index + 1] = after[blank_after.end() :]
        if tag.strip_before:
            trimmed[index - 1] = str(trimmed[index - 1]).rstrip()
        if tag.strip_after:
            trimmed[index + 1] = str(trimmed[index + 1]).lstrip()
    return trimmed


# --- Expressions inside a tag ---

_WORD = re.compile(
    r"""\s+ | (?P<string>"[^"]*"|'[^']*') | (?P<paren>[()]) | (?P<parameters>as\s+\|[^|]*\|)
    | (?P<hash>[\w-]+=) | (?P<word>(?:\[[^\]]*\]|[^\s()\[\]="'|])+)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SEGMENT = r"""(?:\[[^\]]*\]|[^\s!"#%-,./;->@\[-^`{-~]+)"""
_PATH = re.compile(
    rf"(?P<at>@?)(?P<up>(?:\.\./)*(?:\.\.$)?)(?P<here>\./|\.$)?(?P<segments>{_SEGMENT}(?:[./]{_SEGMENT})*)?"
)
_LITERALS = {"true": True, "false": False, "null": None, "undefined": _MISSING}


@dataclass
class _Expression:
    name: str
    arguments: list[_Value]
    hash: dict[str, _Value]
    parameters: list[str]


def _words(body: str, line: int) -> list[tuple[str, str]]:
    words = []
    position = 0
    while position < len(body):
        found = _WORD.match(body, position)
        if found is None:
            raise TemplateSyntaxError(f"line {line}: cannot read {body[position:]!r}")
        if found.lastgroup:
            words.append((found.lastgroup, found.group()))
        position = found.end()
    return words


def _expression(body: str, line: int) -> _Expression:
    words = _words(body, line)
    kind, name = words[0] if words else ("", "")
    if kind not in ("word", "string"):
        raise TemplateSyntaxError(f"line {line}: {body!r} does not start with a name")
    rest = words[1:]
    expression = _Expression(name, [], {}, [])
    while rest:
        kind, word = rest[0]
        if kind == "parameters":
            expression.parameters = word[2:].strip().strip("|").split()
            rest = rest[1:]
        elif kind == "hash":
            expression.hash[word[:-1]], rest = _value(rest[1:], line)
        else:
            value, rest = _value(rest, line)
            expression.arguments.append(value)
    return expression


def _value(words: list[tuple[str, str]], line: int) -> tuple[_Value, list[tuple[str, str]]]:
    """One value off the front of `words`, and the words left."""
    if not words:
        raise TemplateSyntaxError(f"line {line}: a value is missing")
    kind, word = words[0]
    if kind == "string":
        text = word[1:-1]
        return lambda scope: text, words[1:]
    if kind == "word":
        return _path(word, line), words[1:]
    if word == "(":
        return _subexpression(words[1:], line)
    raise TemplateSyntaxError(f"line {line}: unexpected {word!r}")


def _subexpression(words: list[tuple[str, str]], line: int) -> tuple[_Value, list[tuple[str, str]]]:
    name = words[0][1] if words else ""
    rest, arguments = words[1:], []
    while rest and rest[0][1] != ")":
        value, rest = _value(rest, line)
        arguments.append(value)
    if not rest:
        raise TemplateSyntaxError(f"line {line}: a parenthesis is never closed")
    return _lookup_helper(name, arguments, line), rest[1:]


def _lookup_helper(name: str, arguments: list[_Value], line: int) -> _Value:
    if name != "lookup" or len(arguments) != 2:
        raise TemplateSyntaxError(f"line {line}: there is no helper {name!r} with {len(arguments)} arguments")
    container, key = arguments
    return lambda scope: _member(container(scope), key(scope))


def _path(word: str, line: int) -> _Value:
    """Compile a path such as `contact.firstName`, `../title`, `this`, `@index` or `list.[0]`, or a
    literal."""
    if word in _LITERALS:
        constant = _LITERALS[word]
        return lambda scope: constant
    if _NUMBER.fullmatch(word):
        number = float(word) if "." in word else int(word)
        return lambda scope: number
    path = _PATH.fullmatch(word)
    if path is None:
        raise TemplateSyntaxError(f"line {line}: {word!r} is not a path")
    depth = path["up"].count("..")
    segments = re.findall(_SEGMENT, path["segments"] or "")
    names = [segment.strip("[]") for segment in segments if segment != "this"]
    if path["at"]:
        return _variable_path(depth, names)
    local = depth == 0 and not path["here"] and segments[:1] not in ([], ["this"])
    return _context_path(depth, names, local)


def _variable_path(depth: int, names: list[str]) -> _Value:
    def value(scope: _Scope) -> Any:
        outer = _ancestor(scope, depth)
        return _MISSING if outer is None else _follow(outer.data, names)

    return value


def _context_path(depth: int, names: list[str], local: bool) -> _Value:
    if depth == 0 and len(names) == 1 and local:
        name = names[0]

        def plain(scope: _Scope) -> Any:
            if name in scope.parameters:
                return scope.parameters[name]
            this = scope.this
            return this.get(name, _MISSING) if type(this) is dict else _member(this, name)

        return plain

    def value(scope: _Scope) -> Any:
        outer = _ancestor(scope, depth)
        if outer is None:
            return _MISSING
        if local and names and names[0] in outer.parameters:
            return _follow(outer.parameters, names)
        return _follow(outer.this, names)

    return value


def _ancestor(scope: _Scope, depth: int) -> _Scope | None:
    current: _Scope | None = scope
    for _ in range(depth):
        current = current.parent if current else None
    return current


def _follow(value: Any, names: Iterable[str]) -> Any:
    for name in names:
        value = _member(value, name)
    return value


def _member(container: Any, key: Any) -> Any:
    if isinstance(container, dict):
        return container.get(str(key), _MISSING)
    if isinstance(container, list):
        if key == "length":
            return len(container)
        if re.fullmatch(r"\d+", str(key)) and int(key) < len(container):
            return container[int(key)]
    return _MISSING


def _truthy(value: Any) -> bool:
    """JavaScript's truth, except that an empty list is false too (handlebarsjs.com, built-in helpers)."""
    if value is _MISSING or value == []:
        return False
    return value == {} or bool(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ",".join("" if item is None else _text(item) for item in value)
    return "[object Object]" if isinstance(value, dict) else str(value)


# --- Building the tree ---


def _nothing(scope: _Scope, out: list[str]) -> None:
    pass


class _Parser:
    def __init__(self, source: str, simple: bool) -> None:
        self._tokens = _trim(_split(source))
        self._index = 0
        self._simple = simple

    def template(self) -> _Node:
        node, stop = self._program()
        if stop is not None:
            shown = f"/{stop.body}" if stop.kind == "close" else "else"
            raise TemplateSyntaxError(f"line {stop.line}: {{{{{shown}}}}} without an open block")
        return node

    def _program(self) -> tuple[_Node, _Tag | None]:
        """Everything up to the next `else` or closing tag, which is returned beside it."""
        nodes: list[_Node] = []
        partials: dict[str, _Node] = {}
        stop: _Tag | None = None
        while self._index < len(self._tokens):
            token = self._tokens[self._index]
            self._index += 1
            if isinstance(token, str):
                if token:
                    nodes.append(_text_node(token))
            elif token.kind in ("else", "close"):
                stop = token
                break
            elif token.kind == "value":
                nodes.append(self._variable(token))
            elif token.kind != "comment":
                nodes += self._structure(token, partials)
        return _sequence(nodes, partials), stop

    def _structure(self, tag: _Tag, partials: dict[str, _Node]) -> list[_Node]:
        if self._simple:
            raise TemplateSyntaxError(
                f"line {tag.line}: only simple substitution is possible in inline template content; store the template"
            )
        if tag.kind == "partial":
            return [self._partial(tag)]
        if tag.body.startswith("*"):
            name, node = self._inline_partial(tag)
            partials[name] = node
            return []
        return [self._block(tag)]

    def _variable(self, tag: _Tag) -> _Node:
        expression = _expression(tag.body, tag.line)
        if expression.arguments or expression.hash:
            value = _lookup_helper(expression.name, expression.arguments, tag.line)
        else:
            value = _path(expression.name.strip("\"'"), tag.line)
        name = tag.body

        def node(scope: _Scope, out: list[str]) -> None:
            found = value(scope)
            if type(found) is str:
                out.append(found)
            elif found is _MISSING or found is None:
                raise RenderingError(f"Attribute '{name}' is not present in the rendering data.")
            else:
                out.append(_text(found))

        return node

    def _partial(self, tag: _Tag) -> _Node:
        expression = _expression(tag.body, tag.line)
        name = expression.name.strip("\"'")
        context = expression.arguments[0] if expression.arguments else None
        values = expression.hash

        def node(scope: _Scope, out: list[str]) -> None:
            partial = scope.partials.get(name)
            if partial is None:
                raise RenderingError(f"The partial {name} could not be found.")
            this = context(scope) if context else scope.this
            if values:
                this = {
                    **(this if isinstance(this, dict) else {}),
                    **{key: get(scope) for key, get in values.items()},
                }
            partial(scope.inner(this), out)

        return node

    def _inline_partial(self, tag: _Tag) -> tuple[str, _Node]:
        words = [word for _, word in _words(tag.body[1:].strip(), tag.line)]
        if len(words) != 2 or words[0] != "inline":
            raise TemplateSyntaxError(f'line {tag.line}: expected {{{{#* inline "name"}}}}')
        node, stop = self._program()
        self._expect_close(stop, "inline", tag.line)
        return words[1].strip("\"'"), node

    def _block(self, tag: _Tag) -> _Node:
        if tag.body.startswith(">"):
            raise TemplateSyntaxError(f"line {tag.line}: partial blocks are not supported")
        close = _expression(tag.body, tag.line).name
        body, inverse = self._branches(close, tag.line)
        if tag.kind == "inverted":
            body, inverse = inverse, body
        return _block_node(_expression(tag.body, tag.line), body, inverse, tag.line)

    def _branches(self, close: str, line: int) -> tuple[_Node, _Node]:
        """The body of a block and its `else`, up to and including the closing tag."""
        body, stop = self._program()
        if stop is not None and stop.kind == "else":
            if stop.body:
                branches = self._branches(close, line)
                return body, _block_node(_expression(stop.body, stop.line), *branches, stop.line)
            inverse, stop = self._program()
        else:
            inverse = _nothing
        self._expect_close(stop, close, line)
        return body, inverse

    def _expect_close(self, stop: _Tag | None, name: str, line: int) -> None:
        if stop is None or stop.kind != "close":
            raise TemplateSyntaxError(f"line {line}: the block {name!r} is never closed")
        if stop.body != name:
            raise TemplateSyntaxError(f"line {stop.line}: {{{{/{stop.body}}}}} closes the block {name!r}")


def _text_node(text: str) -> _Node:
    return lambda scope, out: out.append(text)


def _sequence(nodes: list[_Node], partials: dict[str, _Node]) -> _Node:
    def render(scope: _Scope, out: list[str]) -> None:
        if partials:
            known = {**scope.partials, **partials}
            scope = _Scope(scope.this, scope.parent, scope.data, scope.parameters, known)
        for node in nodes:
            node(scope, out)

    return nodes[0] if len(nodes) == 1 and not partials else render


def _block_node(expression: _Expression, body: _Node, inverse: _Node, line: int) -> _Node:
    if expression.name in ("if", "unless", "each", "with"):
        if len(expression.arguments) != 1:
            raise TemplateSyntaxError(f"line {line}: {expression.name!r} takes one value")
        value = expression.arguments[0]
    elif expression.arguments:
        raise TemplateSyntaxError(f"line {line}: there is no helper {expression.name!r}")
    else:
        value = _path(expression.name, line)
    if expression.name == "if":
        return lambda scope, out: (body if _truthy(value(scope)) else inverse)(scope, out)
    if expression.name == "unless":
        return lambda scope, out: (inverse if _truthy(value(scope)) else body)(scope, out)
    if expression.name == "each":
        return _each(value, expression.parameters, body, inverse)
    if expression.name == "with":
        return _with(value, expression.parameters, body, inverse)
    return _section(value, body, inverse)


def _each(value: _Value, parameters: list[str], body: _Node, inverse: _Node) -> _Node:
    def node(scope: _Scope, out: list[str]) -> None:
        found = value(scope)
        if isinstance(found, dict):
            items = list(found.items())
        elif isinstance(found, list):
            items = list(enumerate(found))
        else:
            items = []
        if not items:
            inverse(scope, out)
        for index, (key, item) in enumerate(items):
            data = {"index": index, "key": key, "first": index == 0, "last": index == len(items) - 1}
            body(scope.inner(item, data, dict(zip(parameters, (item, key), strict=False))), out)

    return node


def _with(value: _Value, parameters: list[str], body: _Node, inverse: _Node) -> _Node:
    def node(scope: _Scope, out: list[str]) -> None:
        found = value(scope)
        if _truthy(found):
            body(scope.inner(found, parameters=dict(zip(parameters, (found,), strict=False))), out)
        else:
            inverse(scope, out)

    return node


def _section(value: _Value, body: _Node, inverse: _Node) -> _Node:
    """`{{#name}}`: a list repeats, an object becomes the context, `true` shows the body, anything empty the
    inverse."""
    each = _each(value, [], body, inverse)

    def node(scope: _Scope, out: list[str]) -> None:
        found = value(scope)
        if found is True:
            body(scope, out)
        elif isinstance(found, list):
            each(scope, out)
        elif found is False or found is None or found is _MISSING:
            inverse(scope, out)
        else:
            body(scope.inner(found), out)

    return node
