"""The text part of a letter, made from its HTML."""

import re
from html.parser import HTMLParser

_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "table", "hr", "dl"}
_LINES = {"div", "tr", "li", "br", "section", "article", "header", "footer", "dt", "dd", "figure", "figcaption"}
_UNREAD = {"head", "style", "script", "title", "template"}
_EMPTY = {"br", "hr", "img", "input", "meta", "link", "col", "wbr", "area", "base", "source"}
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
RULE = "-" * 40


def from_html(source: str) -> str:
    """Readable text: paragraphs apart by an empty line, list items marked, the address behind each link's text.

    An address stands in `<>`, which mail programs do not take for part of it (RFC 3986, appendix C), or after a colon
    where a line is nothing but a link. What a reader of the HTML does not see (styles, preheaders), or does not need
    (`aria-hidden`), is left out.
    """
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._output: list[str] = []
        self._newlines = 2
        self._space = False
        self._hidden = 0
        self._open: list[tuple[str, bool]] = []
        self._lists: list[int | None] = []
        self._quotes = 0
        self._preformatted = 0
        self._links: list[tuple[str, int]] = []
        self._line_start = 0
        self._lone_link: tuple[int, str] | None = None

    def text(self) -> str:
        self._newline(1)
        return "".join(self._output).strip() + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag not in _EMPTY:
            decoration = "hidden" in attributes or attributes.get("aria-hidden") == "true"
            hidden = tag in _UNREAD or decoration or bool(_HIDDEN.search(attributes.get("style", "")))
            self._open.append((tag, hidden))
            self._hidden += hidden
        if self._hidden:
            return
        self._break(tag)
        match tag:
            case "ul" | "ol":
                self._lists.append(0 if tag == "ol" else None)
            case "li":
                self._write(self._bullet())
                self._space, self._line_start = False, len(self._output)
            case "blockquote":
                self._quotes += 1
            case "pre":
                self._preformatted += 1
            case "hr":
                self._write(RULE)
                self._break(tag)
            case "img":
                self._words(f" [{attributes['alt'].strip()}] " if attributes.get("alt", "").strip() else "")
            case "td" | "th":
                self._space = True
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
            case "blockquote":
                self._quotes -= 1
            case "pre":
                self._preformatted -= 1
        self._break(tag)

    def _end_link(self) -> None:
        address, start = self._links.pop()
        shown = "".join(self._output[start:]).strip()
        address = address.removeprefix("mailto:")
        if not address or address.startswith("#") or address == shown:
            return
        if not shown:
            self._words(address)
            return
        begins_line = start <= self._line_start
        self._words(f" <{address}>")
        self._lone_link = (len(self._output), address) if begins_line else None

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if not self._preformatted:
            self._words(data)
            return
        for index, line in enumerate(data.strip("\n").split("\n")):
            if index:
                self._newline(1)
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
        if self._newlines:
            if self._quotes:
                self._output.append("> " * self._quotes)
                self._line_start = len(self._output)
        elif self._space:
            self._output.append(" ")
        self._output.append(text)
        self._newlines, self._space = 0, False

    def _bullet(self) -> str:
        indent = "  " * (len(self._lists) - 1)
        if self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            return f"{indent}{self._lists[-1]}. "
        return f"{indent}- "

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS and not (tag in ("ul", "ol") and self._lists):
            self._newline(2)
        elif tag in _LINES or tag in ("ul", "ol"):
            self._newline(self._newlines + 1 if tag == "br" and self._newlines == 0 else 1)

    def _newline(self, count: int) -> None:
        if self._lone_link and self._lone_link[0] == len(self._output) and not self._newlines:
            self._output[-2:] = [": ", self._lone_link[1]]
        if self._newlines < count:
            self._output.append("\n" * (count - self._newlines))
            self._newlines = count
        self._space, self._line_start, self._lone_link = False, len(self._output), None
