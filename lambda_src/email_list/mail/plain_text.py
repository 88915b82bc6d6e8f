"""The text part of a letter, made from its HTML."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote

_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "hr", "dl", "ul", "ol"}
_LISTS = {"ul", "ol"}
_LINES = {"div", "tr", "li", "section", "article", "header", "footer", "main", "dt", "dd", "figure"} | {
    "figcaption",
    "caption",
    "center",
    "address",
    "details",
    "summary",
}
_ROWS = {"table", "thead", "tbody", "tfoot", "tr", *_LISTS}
"""Elements whose own children are not paragraphs: what stands between them and their items gets a line."""

_UNREAD = {"head", "style", "script", "title", "template"}
_EMPTY = {"br", "hr", "img", "input", "meta", "link", "col", "wbr", "area", "base", "source"}
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
RULE = "-" * 40


def from_html(source: str, mark: str = "") -> str:
    """Readable text: paragraphs separated by an empty line, items and quotes marked, the address after each link's
    text.

    An address stands in `<>`, which email clients do not take for part of it (RFC 3986, appendix C), or after a colon
    if a line is nothing but a link; `mark` is put on both sides of it. What a reader of the HTML does not see (styles,
    preheaders), or does not need (`aria-hidden`), is left out.
    """
    reader = _Reader(mark)
    reader.feed(source)
    reader.close()
    return reader.text()


@dataclass
class _Container:
    """An item or a quote: what its lines begin with, the first of them and the others."""

    first: str
    rest: str
    begun: bool = False


@dataclass
class _List:
    """An open list; `number` is that of its next item, None if items have none."""

    number: int | None


@dataclass
class _Table:
    """An open table. In a table of data, cells are kept apart; others are a letter's layout."""

    is_data: bool
    cells: int = 0
    in_cell: bool = False


class _Reader(HTMLParser):
    def __init__(self, mark: str) -> None:
        super().__init__(convert_charrefs=True)
        self._mark = mark
        self._output: list[str] = []
        self._gap = 0
        """Line ends that are due before the next text; 0 within a line."""
        self._space = False
        self._hidden = 0
        self._open: list[tuple[str, bool]] = []
        self._containers: list[_Container] = []
        self._last_containers: list[_Container] = []
        self._lists: list[_List] = []
        self._tables: list[_Table] = []
        self._preformatted = 0
        self._links: list[tuple[str, int]] = []
        self._line_start = 0
        self._lone_link: tuple[int, str] | None = None
        self._break(2)

    def text(self) -> str:
        self._break(1)
        return "".join(self._output).strip("\n") + "\n"

    # Elements

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}
        parent = self._open[-1][0] if self._open else ""
        if tag not in _EMPTY:
            decoration = "hidden" in attributes or attributes.get("aria-hidden") == "true"
            hidden = tag in _UNREAD or decoration or bool(_HIDDEN.search(attributes.get("style", "")))
            self._open.append((tag, hidden))
            self._hidden += hidden
        if self._hidden:
            return
        if parent != "blockquote" or self._containers[-1].begun:
            self._break(_gap(tag, parent))
        match tag:
            case "ul" | "ol":
                self._lists.append(_List(_number(attributes.get("start"), 1) if tag == "ol" else None))
            case "li":
                self._containers.append(self._item(attributes))
            case "blockquote":
                self._containers.append(_Container("> ", "> "))
            case "pre":
                self._preformatted += 1
            case "hr":
                self._write(RULE)
                self._break(2)
            case "br":
                self._break(min(self._gap + 1, 2))
            case "img":
                self._words(f" [{attributes['alt'].strip()}] " if attributes.get("alt", "").strip() else "")
            case "table":
                self._tables.append(_Table(_is_data(attributes)))
            case "tr" if self._tables:
                self._tables[-1].cells = 0
            case "td" | "th":
                self._begin_cell(tag)
            case "a":
                self._links.append((attributes.get("href", ""), len(self._output)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in [name for name, _ in self._open]:
            return
        while self._open:
            name, hidden = self._open.pop()
            if not self._hidden:
                self._leave(name)
            self._hidden -= hidden
            if name == tag:
                return

    def _leave(self, tag: str) -> None:
        match tag:
            case "a" if self._links:
                self._end_link()
            case "ul" | "ol" if self._lists:
                self._lists.pop()
            case "li" | "blockquote" if self._containers:
                if not self._containers[-1].begun and tag == "li":
                    self._write("")
                self._containers.pop()
                self._gap = 0 if tag == "blockquote" else self._gap
            case "pre":
                self._preformatted -= 1
            case "table" if self._tables:
                self._tables.pop()
            case "td" | "th" if self._tables:
                self._tables[-1].in_cell = False
        self._break(_gap(tag, self._open[-1][0] if self._open else ""))

    def _item(self, attributes: dict[str, str]) -> _Container:
        found = self._lists[-1] if self._lists else _List(None)
        if found.number is None:
            return _Container("- ", "  ")
        number = _number(attributes.get("value"), found.number)
        found.number = number + 1
        return _Container(f"{number}. ", " " * len(f"{number}. "))

    def _begin_cell(self, tag: str) -> None:
        self._space = True
        if not self._tables:
            return
        table = self._tables[-1]
        table.is_data = table.is_data or tag == "th"
        if table.is_data and table.cells:
            self._space = not self._is_at_cell
            self._write("| ")
        table.cells, table.in_cell = table.cells + 1, True

    @property
    def _is_at_cell(self) -> bool:
        """Whether a cell has begun and is still empty."""
        return bool(self._output) and self._output[-1] == "| "

    def _end_link(self) -> None:
        address, start = self._links.pop()
        address = re.sub(r"\s+", "%20", address.strip())
        shown = "".join(self._output[start:]).strip()
        if not address or address.startswith("#"):
            return
        if re.fullmatch(r"mailto:[^?%]+@[^?%]+", address):
            address = address.removeprefix("mailto:")
        marked = f"{self._mark}{address}{self._mark}"
        if unquote(shown) == unquote(address):
            self._output[start:] = [" " if self._output[start] == " " else "", marked]
        elif not shown:
            self._words(f" {marked} ")
        else:
            begins_line = start == self._line_start
            self._words(f" <{marked}>")
            self._lone_link = (len(self._output), marked) if begins_line else None

    # Text

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if not self._preformatted:
            self._words(data)
            return
        data = data.removeprefix("\n") if self._gap == 2 else data
        for index, line in enumerate(data.split("\n")):
            if index:
                self._break(self._gap + 1)
            if line:
                self._write(line)

    def _words(self, text: str) -> None:
        words = text.split()
        if words:
            self._space = self._space or text[:1].isspace()
            self._write(" ".join(words))
            self._space = text[-1:].isspace()
        elif text:
            self._space = True

    def _write(self, text: str) -> None:
        if self._gap:
            self._begin_line()
        elif self._space and not self._is_at_cell:
            self._output.append(" ")
        self._output.append(text)
        self._space = False

    def _begin_line(self) -> None:
        before = len(self._output)
        if self._output:
            shared = [one for one, other in zip(self._last_containers, self._containers, strict=False) if one is other]
            blank = "".join(container.rest for container in shared).rstrip()
            self._output.append("\n" + f"{blank}\n" * (self._gap - 1))
        for container in self._containers:
            self._output.append(container.rest if container.begun else container.first)
            container.begun = True
        self._last_containers = list(self._containers)
        self._gap, self._line_start = 0, len(self._output)
        self._links = [(address, self._line_start if start == before else start) for address, start in self._links]

    def _break(self, gap: int) -> None:
        """Begin a new line (1) or paragraph (2) with the next text."""
        if not gap:
            return
        if self._tables and self._tables[-1].is_data and self._tables[-1].in_cell:
            self._space = True
            return
        if self._is_at_cell:
            self._output[-1] = "|"
        if self._lone_link and self._lone_link[0] == len(self._output):
            shown = "".join(self._output[self._line_start : -2])
            self._output[-2:] = ["" if shown[-1:] in ".:!?" else ":", f" {self._lone_link[1]}"]
        self._gap, self._space, self._lone_link = max(self._gap, gap), False, None


def _gap(tag: str, parent: str) -> int:
    """The line ends around an element: 2 for a paragraph, 1 for a line of its own, 0 within a line."""
    if tag in _PARAGRAPHS:
        is_close = parent in _ROWS or (parent == "li" and tag in (*_LISTS, "blockquote", "pre"))
        return 1 if is_close else 2
    return 1 if tag in _LINES else 0


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text.strip()) else default


def _is_data(attributes: dict[str, str]) -> bool:
    if attributes.get("role") in ("presentation", "none"):
        return False
    return "data" in attributes.get("class", "").split() or attributes.get("border", "0") not in ("", "0")
