"""The console: the files of the administrators' web application, and how browsers may keep and use them.

The page names every other file under a version computed from all of their bytes and policies, so browsers keep those
forever, request only the page, and never mix the files of two releases.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
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
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {connected}; "
    "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types"
)
"""Only our own files run and load, only our own API and the bucket for uploads are called, and no text can be taken for
markup."""

_LETTER_POLICY = (
    "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; default-src 'none'; script-src 'self'; "
    "style-src 'unsafe-inline'; img-src {images}; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""Previewed letters style themselves, in an origin of their own, without access to the console or the API."""

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_EVERY_TIME = "no-cache"


@dataclass(frozen=True)
class Places:
    """Where the page reaches besides its own origin: the origin that takes uploads, and the address below which
    pictures lie. Both are empty without pictures."""

    uploads: str = ""
    pictures: str = ""

    def policy(self, name: str) -> str:
        """The content security policy of a file."""
        match name:
            case "letter.html":
                images = f"data: {self.pictures}/" if self.pictures else "data:"
                return _LETTER_POLICY.format(images=images)
            case "letter-images.html":
                return _LETTER_POLICY.format(images="data: https: http:")
        return _APPLICATION_POLICY.format(connected=f"'self' {self.uploads}".strip())


NOWHERE = Places()


def page(request: Request, places: Places = NOWHERE) -> Response:
    """The page that loads all the rest. Browsers check each time whether they have the right one."""
    return _answer(request, _PAGE, _files(places)[_PAGE], _ASK_EVERY_TIME, places)


def file(request: Request, path: str, places: Places = NOWHERE) -> Response:
    """The file `<version>/<name>`. Another release's version gets today's file, not to be cached.

    NotFoundError for a name that is none of the files'.
    """
    wanted, _, name = path.partition("/")
    found = _files(places).get(name)
    if found is None or name == _PAGE:
        raise NotFoundError("There is no such file.")
    return _answer(request, name, found, _FOR_EVER if wanted == version(places) else _ASK_EVERY_TIME, places)


def _answer(request: Request, name: str, found: Asset, caching: str, places: Places) -> Response:
    headers = {
        "content-security-policy": places.policy(name),
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex",
    }
    return found.answer(request, caching, headers)


@cache
def version(places: Places = NOWHERE) -> str:
    """A hash of the names and bytes of all files, and of what their policies name: browsers keep both for ever."""
    digest = hashlib.sha256(f"{places}\n".encode())
    for path in _paths():
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


@cache
def _files(places: Places) -> Mapping[str, Asset]:
    """All files by name: a request's path is looked up here and never reaches the file system."""
    return {path.name: _read(path, places) for path in _paths()}


def _read(path: Path, places: Places) -> Asset:
    content = path.read_bytes()
    if path.name == _PAGE:
        content = content.replace(_VERSION_MARK, version(places).encode())
    return Asset.of(content, _TYPES[path.suffix])


def _paths() -> list[Path]:
    return sorted(_STATIC.iterdir())
