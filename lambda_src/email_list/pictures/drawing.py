"""Pictures made fit for emails: upright, no wider than letters show them, without what cameras note (Exif: the place,
the time, the device).

Only the function that prepares pictures loads this; its bundle has the library.
"""

import hashlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from email_list.pictures.pictures import MAX_FRAMES, MAX_PIXELS, MAX_SIDE, Fault, PictureError

logger = logging.getLogger(__name__)

WIDTH = 1200
"""Pixels: twice the width of a letter, for screens with two pixels where others have one."""

QUALITY = 85
_MAX_PROFILE = 100_000
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF"}

# The library warns before it makes room for more, also where a frame outgrows the first; here that is an error.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
_BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)


@dataclass(frozen=True)
class Drawing:
    """The bytes of a picture, and its pixels."""

    content: bytes
    width: int
    height: int


def prepare(content: bytes, kind: str, digest: str) -> Drawing:
    """The picture that readers get. PictureError says what is wrong with `content`, which should be of the media type
    `kind` and have this SHA-256."""
    if hashlib.sha256(content).hexdigest() != digest:
        raise PictureError(Fault.OTHER_BYTES)
    try:
        with warnings.catch_warnings():
            # Of much else it warns and goes on, such as broken Exif.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _drawn(content, kind)
    except PictureError:
        raise
    except _BOMBS:
        raise PictureError(Fault.TOO_LARGE) from None
    except Exception as error:
        # The library raises whatever it meets in a file that was tampered with.
        logger.info("a picture cannot be read", extra={"error": type(error).__name__})
        raise PictureError(Fault.DAMAGED) from None


def _drawn(content: bytes, kind: str) -> Drawing:
    with Image.open(io.BytesIO(content), formats=[_FORMATS[kind]]) as image:
        _refuse_bombs(image)
        frames, how = _animated(image) if kind == "image/gif" else ([_still(image)], _how_to_save(image, kind))
        return _saved(frames, _FORMATS[kind], how)


def _refuse_bombs(image: Image.Image) -> None:
    """PictureError for what would take too much memory, or too long, before all of it is held."""
    pixels = image.width * image.height
    if pixels > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise PictureError(Fault.TOO_LARGE)
    if image.format != "GIF":
        return
    for number in range(1, MAX_FRAMES + 1):
        try:
            image.seek(number)
        except EOFError:
            image.seek(0)
            return
        pixels += image.width * image.height
        if pixels > 2 * MAX_PIXELS:
            break
    raise PictureError(Fault.TOO_LARGE)


def _still(image: Image.Image) -> Image.Image:
    """Upright, and in colours that every format here can hold."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):
        upright = upright.convert("I").point(lambda value: value / 256).convert("L")
    if upright.mode not in ("L", "RGB", "RGBA"):
        with_holes = upright.has_transparency_data and image.format != "JPEG"
        upright = upright.convert("RGBA" if with_holes else "RGB")
    return _fitted(upright)


def _animated(image: Image.Image) -> tuple[Sequence[Image.Image], dict[str, Any]]:
    """All frames, with their times."""
    frames, times = [], []
    for frame in _walk(image):
        frames.append(_fitted(frame.convert("RGBA")))
        times.append(frame.info.get("duration", 0))
    if len(frames) == 1:
        return frames, {}
    again = {"loop": image.info["loop"]} if "loop" in image.info else {}
    # Each frame is whole: where one is see-through, the one before must not show. The library's optimiser forgets that
    # where the first frame has no holes.
    has_holes = any(frame.getextrema()[3][0] < 255 for frame in frames)
    how = {"disposal": 2, "optimize": False} if has_holes else {"disposal": 1}
    return frames, {"save_all": True, "duration": times, **how, **again}


def _walk(image: Image.Image) -> Iterator[Image.Image]:
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        yield image


def _how_to_save(image: Image.Image, kind: str) -> dict[str, Any]:
    # A profile says how colours are meant; one for print no longer fits once the colours are a screen's.
    profile = image.info.get("icc_profile", b"")
    kept = (
        {"icc_profile": profile} if profile and len(profile) <= _MAX_PROFILE and image.mode in ("RGB", "RGBA") else {}
    )
    more = {"quality": QUALITY, "progressive": True} if kind == "image/jpeg" else {}
    return {"optimize": True, **more, **kept}


def _fitted(image: Image.Image) -> Image.Image:
    """No wider than `WIDTH`, and with nothing but its pixels."""
    if image.width > WIDTH:
        height = max(1, round(image.height * WIDTH / image.width))
        image = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    else:
        image = image.copy()
    image.info = {}
    return image


def _saved(frames: Sequence[Image.Image], format_: str, how: dict[str, Any]) -> Drawing:
    first, *others = frames
    out = io.BytesIO()
    first.save(out, format_, **({"append_images": others} if others else {}), **how)
    return Drawing(out.getvalue(), *first.size)
