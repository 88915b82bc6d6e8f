"""A picture's life: announced, uploaded, prepared, and deleted once nothing shows it.

Its id is the SHA-256 of the bytes that are uploaded, so that the same picture is stored once, and an address always
shows the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from email_list.clock import Clock, iso, utc_now
from email_list.errors import ConflictError, InvalidError, NotFoundError

TYPES: Mapping[str, str] = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}
"""What is taken, with the ending of its name: what every mail client shows (https://www.caniemail.com)."""

MAX_SIZE = 10_000_000
"""Bytes of an upload."""

MAX_PIXELS = 60_000_000
"""Of all frames of an animation together, twice as many. A phone's camera makes 12 to 50 million; a small file can
claim any number, and each takes three or four bytes of memory."""

MAX_SIDE = 20_000
MAX_FRAMES = 1_000

_ID = re.compile(r"[0-9a-f]{64}")


class Status(StrEnum):
    WAITING = "waiting"
    """For the upload, or being prepared."""
    READY = "ready"
    FAILED = "failed"


class Fault(StrEnum):
    """Why a picture failed."""

    OTHER_BYTES = "other_bytes"
    DAMAGED = "damaged"
    TOO_LARGE = "too_many_pixels"


FAULTS: Mapping[Fault, str] = {
    Fault.OTHER_BYTES: "The bytes that were uploaded are not those that were announced. Upload the picture again.",
    Fault.DAMAGED: "The file is damaged, or not of the type that it is said to be. Save it as JPEG, PNG or GIF again.",
    Fault.TOO_LARGE: (
        f"The picture has too many pixels: at most {MAX_PIXELS // 10**6} million, {MAX_SIDE} on one side, and twice as "
        f"many in the frames of an animation together, {MAX_FRAMES} at most. Make it smaller; emails show 600 across."
    ),
}


class PictureError(Exception):
    """These bytes cannot become a picture for emails."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(FAULTS[fault])
        self.fault = fault


@dataclass(frozen=True)
class Picture:
    """A picture; `size` is that of the upload in bytes, `width` and `height` those of the result in pixels."""

    id: str
    type: str
    size: int
    status: Status
    created_at: str
    fault: Fault | None = None
    width: int | None = None
    height: int | None = None

    @property
    def name(self) -> str:
        """The last part of its address."""
        return f"{self.id}.{TYPES[self.type]}"


class PictureStore(Protocol):
    """Where it is kept what pictures there are (`email_list.aws.picture_table`, or a fake in tests)."""

    def get(self, picture_id: str) -> Picture | None: ...

    def announce(self, picture: Picture) -> None:
        """Store a picture that is to be uploaded, unless it is ready already."""
        ...

    def settle(self, picture: Picture) -> None:
        """Store what became of a picture that was waiting; no other changes."""
        ...

    def delete(self, picture_id: str) -> None: ...


class PictureFiles(Protocol):
    """Where the bytes are (`email_list.aws.picture_files`)."""

    def upload(self, picture: Picture) -> Mapping[str, Any]:
        """`url` and `fields` of a form that uploads exactly this picture, for an hour."""
        ...

    def remove(self, name: str) -> None:
        """Show a picture no more."""
        ...


@dataclass(frozen=True)
class Use:
    """Something that shows a picture: a `draft`, a `campaign`, a `template` or a `sequence`, by its id or name."""

    kind: str
    id: str


class Uses(Protocol):
    """Looks through everything that is written (`email_list.aws.picture_uses`)."""

    def first(self, text: str) -> Use | None:
        """Something in whose source this text occurs."""
        ...


class Pictures:
    """What editors do with pictures. `url` is the address below which readers get them."""

    def __init__(self, store: PictureStore, files: PictureFiles, uses: Uses, url: str, clock: Clock = utc_now) -> None:
        self._store = store
        self._files = files
        self._uses = uses
        self._url = url
        self._clock = clock

    def announce(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """How to upload a picture, and the address that it will have. InvalidError for one that would be refused."""
        announced = _read(asked, iso(self._clock()))
        self._store.announce(announced)
        picture = self.get(announced.id)
        return {"id": picture.id, "upload": dict(self._files.upload(picture)), "url": self._address(picture)}

    def get(self, picture_id: str) -> Picture:
        """NotFoundError if there is no such picture."""
        picture = self._store.get(picture_id) if _ID.fullmatch(picture_id) else None
        if picture is None:
            raise NotFoundError("There is no such picture. One that is not uploaded is forgotten after a day.")
        return picture

    def delete(self, picture_id: str) -> None:
        """Show a picture no more. ConflictError if something that is written shows it."""
        picture = self.get(picture_id)
        use = self._uses.first(picture.id)
        if use is not None:
            message = f"The {use.kind} {use.id} shows this picture. Take it out there first; what was sent keeps it."
            raise ConflictError(message, code="picture_in_use", details={"kind": use.kind, "id": use.id})
        self._files.remove(picture.name)
        self._store.delete(picture.id)

    def to_json(self, picture: Picture) -> dict[str, Any]:
        return {
            "id": picture.id,
            "status": picture.status.value,
            "reason": {"code": picture.fault.value, "message": FAULTS[picture.fault]} if picture.fault else None,
            "type": picture.type,
            "size": picture.size,
            "width": picture.width,
            "height": picture.height,
            "url": self._address(picture),
            "created_at": picture.created_at,
        }

    def _address(self, picture: Picture) -> str:
        return f"{self._url}/{picture.name}"


def ready(picture: Picture, width: int, height: int) -> Picture:
    return replace(picture, status=Status.READY, width=width, height=height)


def failed(picture: Picture, fault: Fault) -> Picture:
    return replace(picture, status=Status.FAILED, fault=fault)


def _read(asked: Mapping[str, Any], now: str) -> Picture:
    kind, size, digest = asked.get("type"), asked.get("size"), asked.get("sha256")
    if not isinstance(kind, str) or kind not in TYPES:
        raise _invalid("type", f"type is one of {', '.join(TYPES)}: not every mail client shows others.")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= MAX_SIZE:
        raise _invalid("size", f"size is the number of bytes, from 1 to {MAX_SIZE}.")
    if not isinstance(digest, str) or not _ID.fullmatch(digest):
        raise _invalid("sha256", "sha256 is the SHA-256 of the file, in 64 hexadecimal digits of small letters.")
    return Picture(digest, kind, size, Status.WAITING, now)


def _invalid(field: str, message: str) -> InvalidError:
    return InvalidError(message, details={"field": field})
