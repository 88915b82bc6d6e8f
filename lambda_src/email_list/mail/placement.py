"""Where in HTML a template's tag stands, which decides how its value must be written there."""

import re
from dataclasses import dataclass, replace

from email_list.mail.encoding import LINK, LINK_PIECE, TEXT
from email_list.mail.handlebars.tree import FORMATTED, Block, Nodes, Position, Print, TemplateSyntaxError, Text
from email_list.mail.letters import RECIPIENT_LINKS

LINK_ATTRIBUTES = {"href", "src", "action", "background", "cite", "poster", "formaction", "xlink:href"}

_RAW_ELEMENTS = ("style", "script", "textarea", "title", "xmp", "noscript")
_TAG_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"[\s/]*([^\s/>=]+)(\s*=\s*)?")
_QUOTED = {'"': re.compile(r'[^"]*'), "'": re.compile(r"[^']*"), "": re.compile(r"[^\s>]*")}


@dataclass(frozen=True)
class Place:
    """A place in HTML.

    `kind` is `text`, `tag` (between attributes), `value` (of `attribute`, between `quote`s), `comment` or `raw` (inside
    `element`, whose content is not HTML). `begun` says that a value has text before this place.
    """

    kind: str = "text"
    element: str = ""
    attribute: str = ""
    quote: str = ""
    begun: bool = False

    def after(self, source: str) -> "Place":
        """The place that follows if `source` stands here."""
        place, position = self, 0
        while position < len(source):
            place, position = place._step(source, position)
        return place

    def _step(self, source: str, position: int) -> tuple["Place", int]:
        match self.kind:
            case "comment":
                end = source.find("-->", position)
                return (Place(), end + 3) if end >= 0 else (self, len(source))
            case "raw":
                closing = re.compile(rf"</{self.element}(?=[\s/>])", re.IGNORECASE).search(source, position)
                return (Place("tag", "/" + self.element), closing.end()) if closing else (self, len(source))
            case "value":
                return self._value(source, position)
            case "tag":
                return self._tag(source, position)
        return self._text(source, position)

    def _text(self, source: str, position: int) -> tuple["Place", int]:
        start = source.find("<", position)
        if start < 0:
            return self, len(source)
        if source.startswith("<!--", start):
            return Place("comment"), start + 4
        name = _TAG_NAME.match(source, start)
        if name is None:
            end = source.find(">", start) if source[start + 1 : start + 2] in ("!", "?") else start
            return self, (end if end >= 0 else len(source)) + 1
        closing = "/" if source[start + 1] == "/" else ""
        return Place("tag", closing + name.group(1).lower()), name.end()

    def _tag(self, source: str, position: int) -> tuple["Place", int]:
        rest = re.compile(r"[\s/]*").match(source, position)
        position = rest.end() if rest else position
        if position == len(source):
            return self, position
        if source[position] == ">":
            return (Place("raw", self.element) if self.element in _RAW_ELEMENTS else Place()), position + 1
        attribute = _ATTRIBUTE.match(source, position)
        if attribute is None:
            return self, position + 1
        if not attribute.group(2):
            return self, attribute.end()
        opening = source[attribute.end() : attribute.end() + 1]
        quote = opening if opening in ('"', "'") else ""
        return Place("value", self.element, attribute.group(1).lower(), quote), attribute.end() + len(quote)

    def _value(self, source: str, position: int) -> tuple["Place", int]:
        match = _QUOTED[self.quote].match(source, position)
        end = match.end() if match else position
        if end == len(source):
            return replace(self, begun=self.begun or end > position), end
        return Place("tag", self.element), end + len(self.quote)


def place(nodes: Nodes, part: str) -> Nodes:
    """Give every value of an HTML part the encoding of its place; TemplateSyntaxError if none is safe."""
    placed, end = _placed(nodes, Place(), part)
    if end.kind != "text":
        raise TemplateSyntaxError(f"The HTML ends inside {_described(end)}.", Position(1, 1), part)
    return placed


def _placed(nodes: Nodes, here: Place, part: str) -> tuple[Nodes, Place]:
    placed: list[Text | Print | Block] = []
    for node in nodes:
        if isinstance(node, Text):
            here = here.after(node.text)
            placed.append(node)
        elif isinstance(node, Print):
            placed.append(replace(node, encoding=_encoding(node, here, part)))
            here = replace(here, begun=True) if here.kind == "value" else here
        else:
            block, here = _placed_block(node, here, part)
            placed.append(block)
    return tuple(placed), here


def _placed_block(block: Block, here: Place, part: str) -> tuple[Block, Place]:
    if here.kind in ("tag", "comment") or (here.kind == "value" and not here.quote) or _is_code(here):
        reason = f"A block cannot stand in {_described(here)}; put it around the element or inside a quoted value."
        raise TemplateSyntaxError(reason, block.at, part)
    body, after_body = _placed(block.body, here, part)
    otherwise, after_otherwise = _placed(block.otherwise, here, part)
    ends = {replace(end, begun=False) for end in (here, after_body, after_otherwise)}
    if len(ends) > 1:
        reason = f"What stands in {{{{#{block.kind}}}}} must open and close the same tags and quotes."
        raise TemplateSyntaxError(reason, block.at, part)
    begun = here.begun or after_body.begun or after_otherwise.begun
    return replace(block, body=body, otherwise=otherwise), replace(here, begun=begun)


def _encoding(node: Print, here: Place, part: str) -> str:
    def refuse(reason: str) -> TemplateSyntaxError:
        return TemplateSyntaxError(reason, node.at, part)

    if node.encoding == FORMATTED:
        if here.kind != "text":
            raise refuse(f"Formatted text cannot stand in {_described(here)}; two braces insert it plainly.")
        return FORMATTED
    if here.kind == "text" or (here.kind == "raw" and not _is_code(here)):
        return ""
    if here.kind != "value":
        raise refuse(f"A value cannot stand in {_described(here)}.")
    if (
        here.attribute == "style"
        or here.attribute.startswith("on")
        or here.attribute in ("srcset", "srcdoc", "content")
    ):
        raise refuse(f"A value cannot stand in the attribute {here.attribute}: it could load or run something.")
    if here.attribute in LINK_ATTRIBUTES:
        if node.path[-1].startswith("*"):
            raise refuse("{{this}} cannot be an address; make the list one of objects and name the address, {{url}}.")
        if here.begun:
            return LINK_PIECE
        if here.quote:
            return LINK
    if not here.quote:
        raise refuse(f"Put quotes around the value of {here.attribute}, so that a space cannot end it.")
    return ""


def _is_code(here: Place) -> bool:
    return here.kind == "raw" and here.element not in ("title", "textarea")


def _described(here: Place) -> str:
    if here.kind == "value":
        return f"the attribute {here.attribute}"
    if here.kind == "raw":
        return f"a {here.element} element"
    return "a comment" if here.kind == "comment" else f"the tag <{here.element}>"


# The text part

ADDRESS_MARK = "\0"
"""Stands on both sides of an address in a text part made from HTML; no source and no letter contains it."""

_SCHEME = re.compile(r"https?://|mailto:|tel:|sms:", re.IGNORECASE)
_WORD_END = re.compile(r"[\s<>\"\0]")
_MAX_WORD = 2000
"""Characters of a word that are looked at; an address is not longer."""


def place_text(nodes: Nodes) -> Nodes:
    """Give every value in an address of a text part the encoding that it has in HTML."""
    return _placed_text(nodes, "")[0]


def _placed_text(nodes: Nodes, before: str) -> tuple[Nodes, str]:
    """The placed nodes, and the word that the text ends with; `before` is the one that it begins with."""
    placed: list[Text | Print | Block] = []
    for node in nodes:
        if isinstance(node, Text):
            before = re.split(r"\s", before + node.text)[-1][-_MAX_WORD:]
            placed.append(replace(node, text=node.text.replace(ADDRESS_MARK, "")))
        elif isinstance(node, Print):
            placed.append(replace(node, encoding=_text_encoding(node, before)))
            before += "x"
        else:
            body, after_body = _placed_text(node.body, before)
            otherwise, after_otherwise = _placed_text(node.otherwise, before)
            placed.append(replace(node, body=body, otherwise=otherwise))
            before = after_body if _begun_address(after_body) else after_otherwise
    return tuple(placed), before


def _text_encoding(node: Print, before: str) -> str:
    if node.encoding == FORMATTED:
        return FORMATTED
    if before.endswith(ADDRESS_MARK) and before.count(ADDRESS_MARK) % 2:
        return LINK
    address = _begun_address(before)
    if address.endswith("://") and node.path[0] in RECIPIENT_LINKS:
        reason = f"{{{{{node.path[0]}}}}} is a whole address: write it without {address} before it."
        raise TemplateSyntaxError(reason, node.at, TEXT)
    return LINK_PIECE if address else ""


def _begun_address(text: str) -> str:
    """The address in which a text ends; empty where it ends in none."""
    word = _WORD_END.split(text)[-1]
    scheme = _SCHEME.search(word)
    return word[scheme.start() :] if scheme else ""
