"""Pictures made fit for emails: what is taken out, what stays, and what is refused. Pillow itself is the judge."""

import contextlib
import hashlib
import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import pytest
from PIL import Image, ImageCms

from email_list.pictures import drawing
from email_list.pictures.drawing import WIDTH, Drawing
from email_list.pictures.pictures import MAX_FRAMES, Fault, PictureError

RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)
ORIENTATION, GPS = 0x0112, 0x8825
JPEG, PNG, GIF = "image/jpeg", "image/png", "image/gif"


def encoded(image: Image.Image, format_: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **how)
    return out.getvalue()


def prepare(content: bytes, kind: str) -> Drawing:
    return drawing.prepare(content, kind, hashlib.sha256(content).hexdigest())


def opened(drawn: Drawing) -> Image.Image:
    return Image.open(io.BytesIO(drawn.content))


def fault(content: bytes, kind: str) -> Fault:
    with pytest.raises(PictureError) as refused:
        prepare(content, kind)
    return refused.value.fault


def animation(*colours: Sequence[int], size: tuple[int, int] = (40, 30), **how: Any) -> bytes:
    first, *others = [Image.new("RGBA", size, tuple(colour)) for colour in colours]
    return encoded(first, "GIF", save_all=True, append_images=others, **how)


def test_what_the_camera_noted_is_gone_and_the_picture_stands_upright() -> None:
    image = Image.new("RGB", (60, 40), RED)
    image.paste(BLUE, (0, 0, 60, 10))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned clockwise by a quarter: its top is the right side
    exif.get_ifd(GPS)[1] = "N"
    drawn = prepare(encoded(image, "JPEG", exif=exif, comment=b"by Ann", quality=95), JPEG)
    shown = opened(drawn)
    assert (drawn.width, drawn.height) == shown.size == (40, 60)
    assert not shown.getexif()
    assert b"Exif" not in drawn.content
    assert b"by Ann" not in drawn.content
    red, _, blue = shown.convert("RGB").getpixel((38, 30))  # ty: ignore[not-iterable]
    assert blue > red


def test_a_picture_whose_notes_are_broken_is_shown_as_it_is() -> None:
    content = encoded(Image.new("RGB", (60, 40), RED), "JPEG", exif=b"Exif\0\0MM\0\x2a\0\0\0\x08\xff\xff" + b"\1" * 20)
    assert prepare(content, JPEG).width == 60


def test_a_wide_picture_gets_the_width_of_letters_and_keeps_its_shape() -> None:
    drawn = prepare(encoded(Image.new("RGB", (3000, 2000), GREEN), "JPEG"), JPEG)
    assert (drawn.width, drawn.height) == opened(drawn).size == (WIDTH, 800)


def test_a_small_picture_is_not_blown_up() -> None:
    assert opened(prepare(encoded(Image.new("RGB", (30, 20)), "PNG"), PNG)).size == (30, 20)


def test_what_is_see_through_stays_so() -> None:
    image = Image.new("RGBA", (2000, 100), (*RED, 0))
    assert opened(prepare(encoded(image, "PNG"), PNG)).convert("RGBA").getpixel((5, 5))[3] == 0  # ty: ignore[not-subscriptable]
    of_few_colours = image.quantize(4)
    assert opened(prepare(encoded(of_few_colours, "PNG"), PNG)).has_transparency_data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_a_picture_of_any_kind_of_colours_can_be_shown(mode: str) -> None:
    kind, format_ = (JPEG, "JPEG") if mode == "CMYK" else (PNG, "PNG")
    assert opened(prepare(encoded(Image.new(mode, (20, 10)), format_), kind)).mode in ("L", "RGB", "RGBA")


def test_sixteen_bits_of_grey_stay_grey() -> None:
    image = Image.new("I;16", (4, 4), 32768)
    assert opened(prepare(encoded(image, "PNG"), PNG)).convert("L").getpixel((0, 0)) == 128


def test_colours_go_on_meaning_what_they_meant() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert opened(prepare(encoded(Image.new("RGB", (9, 9)), "JPEG", icc_profile=profile), JPEG)).info["icc_profile"]


def test_an_animation_goes_on_moving_at_its_own_pace() -> None:
    content = animation(RED, GREEN, BLUE, size=(2400, 100), duration=[100, 200, 300], loop=0, comment=b"by Ann")
    drawn = prepare(content, GIF)
    shown = opened(drawn)
    assert shown.size == (1200, 50)
    assert shown.n_frames == 3  # ty: ignore[missing-attribute]
    assert shown.info["loop"] == 0
    times = []
    for number, colour in enumerate((RED, GREEN, BLUE)):
        shown.seek(number)
        times.append(shown.info["duration"])
        pixel = shown.convert("RGB").getpixel((600, 25))
        assert all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))  # ty: ignore[invalid-argument-type]
    assert times == [100, 200, 300]
    assert b"by Ann" not in drawn.content


def test_where_an_animation_is_see_through_the_frame_before_does_not_show() -> None:
    half = Image.new("RGBA", (40, 30), (*BLUE, 255))
    half.paste((0, 0, 0, 0), (0, 0, 20, 30))
    whole = Image.new("RGBA", (40, 30), (*RED, 255))
    content = encoded(whole, "GIF", save_all=True, append_images=[half], disposal=2, optimize=False)
    shown = opened(prepare(content, GIF))
    shown.seek(1)
    assert shown.convert("RGBA").getpixel((5, 5))[3] == 0  # ty: ignore[not-subscriptable]


def test_a_gif_that_stands_still_is_one_picture() -> None:
    assert opened(prepare(encoded(Image.new("P", (9, 9)), "GIF"), GIF)).size == (9, 9)


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims this size, in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded() -> None:
    assert fault(bomb(50_000, 50_000), PNG) is Fault.TOO_LARGE
    assert fault(bomb(30_000, 1), PNG) is Fault.TOO_LARGE


def test_an_animation_counts_with_all_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MAX_PIXELS", 2400)
    assert opened(prepare(animation(RED, GREEN, BLUE, RED), GIF)).n_frames == 4  # ty: ignore[missing-attribute]
    assert fault(animation(RED, GREEN, BLUE, RED, GREEN), GIF) is Fault.TOO_LARGE


def test_a_frame_that_outgrows_the_first_is_refused_before_there_is_room_for_it() -> None:
    header = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"

    def frame(width: int, height: int) -> bytes:
        disposal = b"\x21\xf9\x04\x08\x00\x00\x00\x00"
        return disposal + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"

    assert fault(header + frame(1, 1) + frame(65_000, 65_000) + frame(1, 1) + b";", GIF) is Fault.TOO_LARGE
    assert fault(header + frame(1, 1) * (MAX_FRAMES + 1) + b";", GIF) is Fault.TOO_LARGE


def test_a_file_that_is_not_what_it_is_said_to_be_is_refused() -> None:
    png = encoded(Image.new("RGB", (9, 9)), "PNG")
    assert fault(png, JPEG) is Fault.DAMAGED
    assert fault(b"<svg onload=alert(1)>", PNG) is Fault.DAMAGED
    assert fault(b"", GIF) is Fault.DAMAGED


@pytest.mark.parametrize(("format_", "kind"), [("JPEG", JPEG), ("PNG", PNG), ("GIF", GIF)])
def test_a_file_that_ends_early_is_refused_or_shown_but_never_breaks(format_: str, kind: str) -> None:
    whole = encoded(Image.effect_noise((300, 200), 90).convert("P" if format_ == "GIF" else "RGB"), format_)
    assert fault(whole[: len(whole) // 2], kind) is Fault.DAMAGED
    for position in range(8, len(whole), 97):
        broken = whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :]
        with contextlib.suppress(PictureError):
            assert prepare(broken, kind).content


def test_other_bytes_than_those_that_were_announced_are_refused() -> None:
    with pytest.raises(PictureError) as refused:
        drawing.prepare(encoded(Image.new("RGB", (9, 9)), "PNG"), PNG, "0" * 64)
    assert refused.value.fault is Fault.OTHER_BYTES
