"""The review of a letter's HTML: what no email may contain is refused, what readers would not get is a warning.

HTML is reviewed as its author wrote it, Markdown after it became HTML and before it is cleaned, so both know what will
be lost and on which line it was written. Every address is checked here, wherever it stands.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from html.entities import html5
from html.parser import HTMLParser
from typing import Protocol

from email_list.mail import address_check, urls
from email_list.mail.frame import WIDTH
from email_list.mail.handlebars import tree
from email_list.mail.handlebars.reading import Token
from email_list.mail.handlebars.tree import Position, TemplateSyntaxError
from email_list.mail.placement import LINK_ATTRIBUTES, Place
from email_list.mail.warnings import LetterWarning

_ELEMENTS = """
    a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br
    button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em
    embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i
    iframe img input ins kbd label legend li link main map mark marquee math menu meta meter nav nobr noframes
    noscript object ol optgroup option output p param picture pre progress q rp rt rtc ruby s samp script search
    section select slot small source span strike strong style sub summary sup svg table tbody td template textarea
    tfoot th thead time title tr track tt u ul var video wbr
"""
ELEMENTS = frozenset(_ELEMENTS.split())
"""The elements of HTML, including obsolete ones; `<first name>` is not one."""

_REFUSED_ELEMENTS = {"script", "iframe", "object", "embed", "applet", "base", "frame", "frameset"}
_PICTURE_ATTRIBUTES = {"src", "background", "poster"}
_NO_CONTENT = {"script", "style"}
_FOREIGN = {"svg", "math"}
_CLOSED_BY_THEMSELVES = frozenset(
    {
        "area",
        "base",
        "br",
        "embed",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "col",
        "hr",
        "img",
        "wbr",
        "colgroup",
        "dd",
        "dt",
        "li",
        "p",
        "rp",
        "rt",
    }
    | {"tbody", "td", "tfoot", "th", "thead", "tr"}
)
"""Elements without content, and those whose closing tag may be left out (HTML standard, 13.1.2.4)."""

_CSS_ADDRESS = re.compile(r"url\((?:\s*+\"([^\"]*+)\"\s*+|\s*+'([^']*+)'\s*+|([^()]*+))\)", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_DYNAMIC = re.compile(r":(?:hover|focus|active|visited)\b", re.IGNORECASE)
_DECLARED_WIDTH = re.compile(r"(?:^|[;\s])width\s*:\s*\d+px", re.IGNORECASE)
_CONDITION = re.compile(r"\[if [^\]]*\]>(.*)<!\[endif\]\Z", re.DOTALL)
_REFERENCE = re.compile(r"&(#\d+|#x[0-9a-f]+|[a-z][a-z0-9]*)(;?)", re.IGNORECASE)
_UNFINISHED = frozenset(name for name in html5 if not name.endswith(";"))
_LONGEST = max(map(len, _UNFINISHED))
"""Names of references that count without a semicolon, and their maximum length."""

_AMPERSAND = "\ufdd0"
"""Represents `&` while HTML is parsed, a character that no text contains: references are read here, by the standard."""

_CUSTOM = re.compile(r"[a-z]\w*(?:[:-]\w+)+")
"""`<o:p>` of Outlook, and custom elements."""

_TAG_START = re.compile(r"<[!?/a-z]", re.IGNORECASE)

MAX_DEPTH = 200
"""Elements within elements: the libraries that read the letter afterwards do not survive thousands."""

MAX_WARNINGS = 100
"""Warnings about one part; an author who gets this many looks at the first ones."""


class Source(Protocol):
    """The HTML under review: where a place in it was written, and which Handlebars tags an address contains."""

    def position(self, line: int, column: int) -> Position: ...

    def tokens(self, text: str) -> Sequence[Token]: ...


@dataclass(frozen=True)
class Cleaning:
    """What cleaning leaves of HTML within Markdown: its elements, attributes and style properties."""

    elements: frozenset[str]
    allows: Callable[[str, str], bool]
    properties: frozenset[str]


class Review(HTMLParser):
    """Reads HTML once, and collects `warnings`; TemplateSyntaxError for all that cannot be sent."""

    def __init__(self, source: Source, part: str, cleaning: Cleaning | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.warnings: list[LetterWarning] = []
        self._faults: list[TemplateSyntaxError] = []
        self._source = source
        self._part = part
        self._cleaning = cleaning
        self._html = ""
        self._pieces: list[tuple[int, int]] = []
        self._line_starts = [0]
        self._foreign = 0
        self._anchors = {"top"}
        self._jumps: list[tuple[str, int]] = []
        self._open: list[tuple[str, int]] = []
        self._names_open: Counter[str] = Counter()
        self._unclosed: list[tuple[str, int]] = []

    def read(self, pieces: Iterable[tuple[int, str]]) -> list[LetterWarning]:
        """Review HTML that arrives in pieces, each with the line of the source that it was made from."""
        offset = 0
        for line, piece in (found := list(pieces)):
            self._pieces.append((offset, line))
            offset += len(piece)
        self._html = "".join(piece for _, piece in found)
        self._line_starts += [found.end() for found in re.finditer("\n", self._html)]
        unfinished = _TAG_START.search(self._html, self._html.rfind(">") + 1)
        end = unfinished.start() if unfinished else len(self._html)
        self.feed(self._html[:end].replace("&", _AMPERSAND))
        self.close()
        if unfinished or Place().after(self._html).kind != "text":
            start = end if unfinished else max(self._html.rfind("<"), 0)
            self._not_shown(self._html[start : start + 80], start)
        for anchor, offset in self._jumps:
            if anchor not in self._anchors:
                message = f"#{anchor[:80]} does not exist in this letter: a click on it does nothing."
                self._warn("nowhere", message, offset)
        for tag, offset in self._unclosed + self._open if self._cleaning else ():
            self._not_shown(f"<{tag}>", offset)
        tree.raise_together(self._faults)
        return self.warnings

    # Places

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column

    def _place(self, offset: int) -> Position:
        start, line = self._pieces[bisect_right(self._pieces, offset, key=lambda piece: piece[0]) - 1]
        line_start = self._html.rfind("\n", 0, offset) + 1
        return self._source.position(line + self._html.count("\n", start, offset), offset - line_start + 1)

    def _refuse(self, reason: str, offset: int | None = None) -> None:
        if len(self._faults) < MAX_WARNINGS:
            place = self._place(self._offset() if offset is None else offset)
            self._faults.append(TemplateSyntaxError(reason, place, self._part))

    def _warn(self, code: str, message: str, offset: int | None = None) -> None:
        if len(self.warnings) < MAX_WARNINGS:
            line = self._place(self._offset() if offset is None else offset).line
            self.warnings.append(LetterWarning(code, message, self._part, line))

    # Elements and attributes

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._keeps(tag):
            return
        pairs = [(name, self._unescaped(value or "")) for name, value in attrs]
        seen: set[str] = set()
        for name, value in pairs:
            if name in seen:
                self._warn("dropped", f"The second {name} of <{tag}> was left out.")
            elif self._keeps_attribute(tag, name):
                self._look_at(tag, name, value)
            seen.add(name)
        attributes = dict(reversed(pairs))
        self._anchors |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        if tag == "img":
            self._look_at_picture(attributes)
        if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
            self._refuse("An email cannot redirect its reader.")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._leave(tag)

    def _leave(self, tag: str) -> None:
        self._foreign = max(0, self._foreign - (tag in _FOREIGN))

    def _keeps(self, tag: str) -> bool:
        if self._cleaning:
            if tag not in self._cleaning.elements:
                lost = "and what is in it " if tag in _NO_CONTENT else ""
                self._warn("dropped", f"<{tag}> {lost}cannot be part of Markdown and was left out.")
                return False
            self._enter(tag)
            return True
        if tag in _REFUSED_ELEMENTS:
            self._refuse(f"<{tag}> has no place in an email.")
            return False
        self._enter(tag)
        self._foreign += tag in _FOREIGN
        self._known(tag, f"<{tag}>")
        return True

    def _enter(self, tag: str) -> None:
        if tag not in _CLOSED_BY_THEMSELVES:
            self._open.append((tag, self._offset()))
            self._names_open[tag] += 1
        if len(self._open) > MAX_DEPTH:
            self._refuse(f"Elements can be nested at most {MAX_DEPTH} deep.")
            tree.raise_together(self._faults)

    def _known(self, tag: str, shown: str) -> None:
        if tag not in ELEMENTS and not self._foreign and not _CUSTOM.fullmatch(tag):
            self._not_shown(shown)

    def _keeps_attribute(self, tag: str, name: str) -> bool:
        if self._cleaning and not self._cleaning.allows(tag, name):
            self._warn("dropped", f"The attribute {name} of <{tag}> was left out.")
            return False
        if name.startswith("on"):
            self._refuse(f"The attribute {name} would run a script.")
            return False
        return True

    def _look_at(self, tag: str, name: str, value: str) -> None:
        if name == "style":
            self._look_at_style(value)
        elif name == "srcset":
            for candidate in value.split(", "):
                self._address(candidate.split()[0] if candidate.split() else "", picture=True)
        elif name in LINK_ATTRIBUTES:
            self._address(value, picture=name in _PICTURE_ATTRIBUTES)

    def _look_at_style(self, style: str) -> None:
        if self._cleaning:
            names = (declaration.partition(":")[0].strip().lower() for declaration in style.split(";"))
            for name in names:
                if name and name not in self._cleaning.properties:
                    self._warn("dropped", f"The style {name} was left out.")
        self._css_addresses(style)

    def _look_at_picture(self, attributes: dict[str, str]) -> None:
        width = attributes.get("width", "")
        is_styled = "class" in attributes and "<style" in self._html
        if not width and not is_styled and not _DECLARED_WIDTH.search(attributes.get("style", "")):
            example = "![…](…){width=300}" if self._cleaning else '<img src="…" alt="…" width="300">'
            message = f"Outlook shows the picture at its full width: give it one, {example}."
            self._warn("picture_size", message)
        elif width.isdecimal() and int(width) > WIDTH:
            self._warn("picture_size", f"The picture is {width} pixels wide, and the letter {WIDTH}.")
        # In Markdown, alt="" is also a picture that nobody has described: a decoration says that it is one.
        is_decoration = attributes.get("role") == "presentation"
        if not attributes.get("alt") and not is_decoration and (self._cleaning or "alt" not in attributes):
            self._warn("picture_text", "The picture has no alternative text for readers who do not see it.")

    # Addresses

    def _address(self, address: str, *, picture: bool = False, offset: int | None = None) -> None:
        offset = self._offset() if offset is None else offset
        for checked in address_check.check(self._source.tokens(address), picture=picture):
            if checked.fault:
                self._refuse(checked.fault, offset)
                return
            for code, message in checked.warnings:
                self._warn(code, message, offset)
            if checked.anchor is not None:
                self._jumps.append((checked.anchor, offset))

    def _css_addresses(self, css: str) -> None:
        for found in _CSS_ADDRESS.finditer(css):
            address = next(group for group in (*found.groups(), "") if group is not None)
            if not urls.cleaned(address).lower().startswith(("data:", "#")):
                self._address(address, picture=True, offset=self._offset() + found.start())

    # Style sheets, text and comments

    def handle_data(self, data: str) -> None:
        data = data.replace(_AMPERSAND, "&")
        if self.cdata_elem == "style":
            self._css_addresses(data)
            for rule in _CSS_COMMENT.sub("", data).split("}")[:-1]:
                head, _, declarations = rule.rpartition("{")
                selector = re.split("[{;]", head)[-1]
                if _DYNAMIC.search(selector) and "!important" not in declarations:
                    message = f"{selector.strip()} loses against the styles on the elements: add !important."
                    self._warn("weak_style", message)
        elif not self.cdata_elem:
            for found in _REFERENCE.finditer(data):
                name = found.group(1)
                if not found.group(2) or (name[0] != "#" and f"{name};" not in html5):
                    self._reference(name, self._offset() + found.start())

    def _reference(self, name: str, offset: int) -> None:
        known = name if name[0] == "#" else next(_prefixes(name), None)
        if known:
            shown, advice = unescape(f"&{known};"), f"write &amp;{name[:40]} for what it says, or &{known};"
            self._warn("entity", f"&{known} without its semicolon is shown as {shown}: {advice}.", offset)

    def _unescaped(self, value: str) -> str:
        """An attribute's value; in it, a name without a semicolon counts only if no letter, digit or = follows (HTML
        standard, 13.2.5.73)."""

        def character(found: re.Match[str]) -> str:
            name, end = found.groups()
            if not end and name[0] != "#" and (name not in _UNFINISHED or value[found.end() : found.end() + 1] == "="):
                return found.group()
            if not end:
                self._reference(name, self._offset())
            return unescape(found.group())

        value = value.replace(_AMPERSAND, "&")
        return _REFERENCE.sub(character, value)

    def handle_endtag(self, tag: str) -> None:
        while self._names_open[tag]:
            name, offset = self._open.pop()
            self._names_open[name] -= 1
            if name == tag:
                break
            self._unclosed.append((name, offset))
        self._known(tag, f"</{tag}>")
        self._leave(tag)

    def handle_comment(self, data: str) -> None:
        data = data.replace(_AMPERSAND, "&")
        condition = _CONDITION.match(data)
        if condition and self._cleaning:
            self._warn("dropped", "A comment for Outlook cannot be part of Markdown and was left out.")
        elif condition:
            inner = Review(_Inside(self._source, self._place(self._offset()).line), self._part)
            try:
                self.warnings += inner.read([(1, condition.group(1))])
            except TemplateSyntaxError as error:
                self._faults += [error, *error.others]
        elif not self._html.startswith("<!--", self._offset()):
            markup = self._html[self._offset() : self._offset() + len(data) + 3]
            if data.startswith(("[if", "[endif")):
                self._warn("dropped", f"{markup} becomes a comment that Outlook does not read: write <!--{data}><!-->.")
            else:
                self._not_shown(markup)

    def parse_html_declaration(self, i: int) -> int:
        """According to the HTML standard, anything that begins with `<![` is a comment."""
        return self.parse_bogus_comment(i) if self.rawdata.startswith("<![", i) else super().parse_html_declaration(i)

    def handle_pi(self, data: str) -> None:
        self._not_shown(f"<?{data}>")

    def handle_decl(self, decl: str) -> None:
        if not decl.lower().startswith("doctype"):
            self._not_shown(f"<!{decl}>")

    def _not_shown(self, markup: str, offset: int | None = None) -> None:
        markup = markup.replace(_AMPERSAND, "&")
        shown = markup if len(markup) <= 40 else f"{markup[:40]}…"
        self._warn("not_shown", f"Readers do not see {shown}: write &lt; for a < that is meant as one.", offset)


@dataclass(frozen=True)
class _Inside:
    """The content of a comment that begins on `line`."""

    source: Source
    line: int

    def position(self, line: int, column: int) -> Position:
        return Position(self.line + line - 1, column)

    def tokens(self, text: str) -> Sequence[Token]:
        return self.source.tokens(text)


def _prefixes(name: str) -> Iterator[str]:
    """The references that count without a semicolon at the start of a name, the longest first."""
    return (name[:end] for end in range(min(len(name), _LONGEST), 1, -1) if name[:end] in _UNFINISHED)
