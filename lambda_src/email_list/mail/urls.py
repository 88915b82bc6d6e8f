"""The addresses a letter leads to, and which of them an email client can open.

An email has no page around it that an address could be relative to, and email clients open few schemes.
"""

import re

_IGNORED = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_LINK_SCHEMES = {"http", "https", "mailto", "tel", "sms"}
_HOST = re.compile(
    r"https?://(?:[^\s/?#@]*@)?(?:\[[0-9a-f:.]+\]|[^\s/?#@:%<>\"{}|\\^`\[\]]+)(?::\d+)?(?=[/?#]|\Z)", re.IGNORECASE
)
_DOMAIN = re.compile(
    r"(?://)?((?:[\w-]+\.)+(?!(?:html?|php|png|jpe?g|gif|webp|svg|pdf)\b)[a-z]{2,}(?:[/?#:].*)?)\Z", re.IGNORECASE
)


def cleaned(address: str) -> str:
    """The address without the control characters and outer spaces that browsers ignore (WHATWG URL standard)."""
    return _IGNORED.sub("", address).strip()


def fault(address: str, *, picture: bool = False) -> str:
    """What is wrong with an address; empty if an email client can open it.

    A link is absolute (http, https, mailto, tel, sms) or leads to an anchor in the letter. A picture is on the web, or
    is itself the address (`data:image/...`).
    """
    address = cleaned(address)
    shown = repr(address[:80])
    if not address:
        return "The address is empty."
    if address.startswith("#") and not picture:
        return ""
    scheme = _SCHEME.match(address)
    if scheme is None:
        domain = _DOMAIN.match(address)
        advice = f"write https://{domain.group(1)[:80]}" if domain else "begin it with https://"
        return f"{shown} is not a complete address, and an email has no page it could belong to: {advice}."
    name = scheme.group(1).lower()
    if name in ("http", "https"):
        return "" if _HOST.match(address) else f"{shown} names no website after {name}://."
    if picture:
        is_data = is_picture_data(address)
        return "" if is_data else f"{shown} is not the address of a picture: begin it with https://."
    if name in _LINK_SCHEMES:
        return ""
    return f"Email clients do not open {shown}: a link begins with https:, http:, mailto:, tel: or sms:, or with #."


def is_picture_data(address: str) -> bool:
    """Whether the address is the picture itself."""
    return cleaned(address).lower().startswith("data:image/")
