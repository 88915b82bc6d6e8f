"""The check of one address in a letter, as its author wrote it: with values and conditions in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from email_list.mail import urls
from email_list.mail.handlebars.reading import Token
from email_list.mail.letters import RECIPIENT_LINKS

_VALUE = "\ufffc"
"""Represents a value in an address, whatever it is."""

_NOTHING_BUT_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?/*", re.IGNORECASE)
_WHOLE_HOST = re.compile(rf"https?://{_VALUE}(?=[/?#]|\Z)", re.IGNORECASE)
_OWN_NETWORK = re.compile(
    r"https?://(?:[^\s/?#@]*@)?"
    r"(?:127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|[^/?#.:]+|[^/?#:]+\.local)(?::\d+)?(?=[/?#]|\Z)",
    re.IGNORECASE,
)
"""The address of a computer in the author's own network: a private one (RFC 1918), or a name without a domain."""

_MAX_WAYS = 64


@dataclass(frozen=True)
class Checked:
    """The result of checking an address: why it cannot be sent, or warnings (codes and words), and the anchor in the
    letter that it jumps to."""

    fault: str = ""
    warnings: Sequence[tuple[str, str]] = ()
    anchor: str | None = None


def check(tokens: Sequence[Token], *, picture: bool = False) -> Iterator[Checked]:
    """Check an address each way through its conditions.

    It is absolute, an anchor, or a single value; what that value is can only be checked later (`Prepared.review`, and
    finally `encoding.link`).
    """
    for way in _ways(iter(tokens)):
        if not any(token.kind == "partial" for token in way):
            yield _checked(way, picture)


def _checked(way: Sequence[Token], picture: bool) -> Checked:
    values = [token.value for token in way if token.kind != "text"]
    address = urls.cleaned("".join(token.value if token.kind == "text" else _VALUE for token in way))
    if address == _VALUE:
        return Checked()
    if values:
        return _with_values(address, values, picture)
    if reason := urls.fault(address, picture=picture):
        return Checked(reason)
    if address.startswith("#"):
        return Checked(anchor=address[1:])
    if picture and urls.is_picture_data(address):
        message = "Gmail and Outlook do not show pictures embedded in the source: put it on the web."
        return Checked(warnings=[("picture_data", message)])
    if _OWN_NETWORK.match(address):
        message = f"Readers cannot reach {address[:80]}, a computer on your own network."
        return Checked(warnings=[("nowhere", message)])
    return Checked()


def _with_values(address: str, values: Sequence[str], picture: bool) -> Checked:
    """An address with values among other text: none of them may be an address itself, except as a query's value."""
    before, name = address.partition(_VALUE)[0], values[0]
    comes_first = bool(_NOTHING_BUT_SCHEME.fullmatch(before))
    if comes_first and before and name in RECIPIENT_LINKS:
        return Checked(f"{{{{{name}}}}} is a whole address: write it without {before} before it.")
    if before and (reason := urls.fault(address.replace(_VALUE, "x"), picture=picture)):
        return Checked(reason)
    doubtful = {name} if not before or _WHOLE_HOST.match(address) else set()
    doubtful |= {each for each in values if each in RECIPIENT_LINKS and f"={_VALUE}" not in address}
    message = "Where {0} is a whole address, the link works only if {{{{{0}}}}} stands alone in it."
    return Checked(warnings=[("value_in_address", message.format(each)) for each in sorted(doubtful)])


def _ways(tokens: Iterator[Token]) -> list[list[Token]]:
    """Each way through the conditions in an address, up to the tag that ends the block; limited in number."""
    done: list[list[Token]] = []
    ways: list[list[Token]] = [[]]
    is_block, has_else = False, False
    for token in tokens:
        if token.kind == "close":
            is_block = True
            break
        if token.kind == "else":
            done, ways = done + ways, [[]]
            has_else = has_else or token.value in ("else", "^")
        elif token.kind == "open":
            inner = _ways(tokens)
            ways = [way + each for way in ways for each in inner][:_MAX_WAYS]
        elif token.kind != "comment":
            ways = [[*way, token] for way in ways]
    return done + ways + ([] if has_else or not is_block else [[]])
