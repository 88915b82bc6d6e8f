"""The console: the files of the administrators' web application, and how browsers may keep and use them.

The page names every other file under a version computed from all of their bytes, so browsers keep those forever,
request only the page, and never mix the files of two releases.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from email_list.assets import Asset
from email_list.errors import NotFoundError
from email_list.http import Request, Response

_STATIC = Path(__file__).parent / "static"
_PAGE = "index.html"
_VERSION_MARK = b"{version}"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_APPLICATION_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types"
)
"""Only our own files run and load, only our own API is called, and no text can be taken for markup."""

_LETTER_POLICY = (
    "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; default-src 'none'; script-src 'self'; "
    "style-src 'unsafe-inline'; img-src {images}; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""Previewed letters style themselves, in an origin of their own, without access to the console or the API."""

_POLICIES = {
    "letter.html": _LETTER_POLICY.format(images="data:"),
    "letter-images.html": _LETTER_POLICY.format(images="data: https: http:"),
}

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_EVERY_TIME = "no-cache"


def page(request: Request) -> Response:
    """The page that loads all the rest. Browsers check each time whether they have the right one."""
    return _answer(request, _PAGE, _files()[_PAGE], _ASK_EVERY_TIME)


def file(request: Request, path: str) -> Response:
    """The file `<version>/<name>`. Another release's version gets today's file, not to be cached.

    NotFoundError for a name that is none of the files'.
    """
    wanted, _, name = path.partition("/")
    found = _files().get(name)
    if found is None or name == _PAGE:
        raise NotFoundError("There is no such file.")
    return _answer(request, name, found, _FOR_EVER if wanted == version() else _ASK_EVERY_TIME)


def _answer(request: Request, name: str, found: Asset, caching: str) -> Response:
    headers = {
        "content-security-policy": _POLICIES.get(name, _APPLICATION_POLICY),
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex",
    }
    return found.answer(request, caching, headers)


@cache
def version() -> str:
    """A hash of the names and bytes of all files."""
    digest = hashlib.sha256()
    for path in _paths():
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


@cache
def _files() -> Mapping[str, Asset]:
    """All files by name: a request's path is looked up here and never reaches the file system."""
    return {path.name: _read(path) for path in _paths()}


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    if path.name == _PAGE:
        content = content.replace(_VERSION_MARK, version().encode())
    return Asset.of(content, _TYPES[path.suffix])


def _paths() -> list[Path]:
    return sorted(_STATIC.iterdir())
