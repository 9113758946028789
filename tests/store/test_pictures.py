"""A picture that every viewer shows is taken; otherwise the refusal says what was seen, and what is right."""

import io
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bridge.store.files.decoder import NotAPicture
from bridge.store.files.pictures import picture_type
from tests.tools.pictures import chunk, jpeg, png

PNG_START = b"\x89PNG\r\n\x1a\n"
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08free"


def drawn(form: str, **options: object) -> bytes:
    """Return a picture with as much detail as a photo has."""
    file = io.BytesIO()
    Image.frombytes("RGB", (96, 64), Random(1).randbytes(96 * 64 * 3)).save(file, form, **options)
    return file.getvalue()


def animated() -> bytes:
    file = io.BytesIO()
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    first.save(file, "PNG", save_all=True, append_images=[second])
    return file.getvalue()


WHOLE = [png(), jpeg(), drawn("PNG"), drawn("JPEG"), drawn("JPEG", progressive=True), animated()]


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return PNG_START + header + b"".join(chunks) + chunk(b"IEND", b"")


def refused(data: bytes) -> str:
    with pytest.raises(NotAPicture) as found:
        picture_type(data)
    return str(found.value)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(), "image/png"),
        (png() + b"trailing bytes", "image/png"),
        (animated(), "image/png"),
        (drawn("PNG"), "image/png"),
        (jpeg(), "image/jpeg"),
        (jpeg()[:-2], "image/jpeg"),
        (drawn("JPEG"), "image/jpeg"),
        (drawn("JPEG") + MP4, "image/jpeg"),
        (drawn("JPEG")[:-2], "image/jpeg"),
        (drawn("JPEG", progressive=True), "image/jpeg"),
        (drawn("JPEG", progressive=True)[:-2], "image/jpeg"),
        (drawn("JPEG", restart_marker_blocks=4)[:-2], "image/jpeg"),
    ],
    ids=[
        "png",
        "trailing bytes",
        "apng",
        "photo as png",
        "jpeg",
        "a pixel without end marker",
        "photo",
        "motion photo",
        "no end marker",
        "progressive",
        "progressive without end marker",
        "restarts without end marker",
    ],
)
def test_what_every_viewer_shows_is_taken(data: bytes, kind: str) -> None:
    assert picture_type(data) == kind


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            png_of(100_000, 100_000, chunk(b"IDAT", zlib.compress(b""))),
            "100000 × 100000 pixels. At most 178956970",
        ),
        (png_of(0, 1, chunk(b"IDAT", zlib.compress(b"\0"))), "0 × 1 pixels"),
        (png_of(1, 1), "no image data"),
        (png_of(1, 1, chunk(b"IDAT", b"")), "no image data"),
        (png_of(9, 9, chunk(b"IDAT", zlib.compress(b"\0"))), "image data of the PNG cannot be decoded"),
        (PNG_START + chunk(b"tEXt", b"k\0v") + png()[8:], "begins with 3 bytes of tEXt"),
        (png()[:-16] + b"\0\0\0\0" + png()[-12:], "checksum (CRC) of the IDAT chunk at byte 33"),
        (png()[:-12], "without an IEND chunk. It was cut"),
        (png()[:50], "The IDAT chunk at byte 33 of the PNG should end at byte 55, but the file has 50 bytes"),
        (png_of(1, 1, *[chunk(b"tEXt", b"")] * 50_000), "more than 50000 chunks"),
        (drawn("JPEG")[:-60], "in the middle of its picture data. It was cut"),
        (drawn("JPEG")[:-12], "in the middle of its picture data. It was cut"),
        (drawn("JPEG", progressive=True)[:-60], "in the middle of its picture data. It was cut"),
        (drawn("JPEG")[:100], "before its picture data. It was cut"),
        (b"\xff\xd8\xff\xe0\0\x02\xff\xd9", "no picture data"),
        (b"\xff\xd8\xff\xda\0\x02\xff\xd9", "The head of the JPEG cannot be decoded"),
        (b"\xff\xd8" + b"\xff\xfe\0\x02" * 5_001 + jpeg()[2:], "more than 5000 segments"),
        (jpeg()[:-2] + b"\xff\xda\0\x02" * 41 + jpeg()[-2:], "more than 40 scans"),
        (b"\xff\xd8\xff" + b"\0" * 70_000 + jpeg()[2:], "belong to no segment"),
    ],
)
def test_what_is_wrong_with_a_picture_is_told_apart(data: bytes, told: str) -> None:
    assert told in refused(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (drawn("WEBP"), "a WebP"),
        (drawn("GIF"), "a GIF"),
        (drawn("BMP"), "a BMP"),
        (drawn("TIFF"), "a TIFF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "an AVIF"),
        (MP4, "an MP4"),
        (b"\n<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
        (png().decode("utf-8", "replace").encode(), "sent as text"),
        (jpeg().decode("utf-8", "replace").encode(), "sent as text"),
        (png().replace(b"\r\n", b"\n"), "sent as text"),
        (b"iVBORw0KGgoAAAAN", "base64"),
        (b"\x01\x02", "no known format: it begins with the bytes 01 02"),
    ],
)
def test_what_is_no_jpeg_or_png_is_named(data: bytes, name: str) -> None:
    assert name in refused(data)
    assert refused(data).endswith("Send the picture as JPEG or PNG.")


def test_a_picture_too_large_to_decode_is_judged_by_its_structure() -> None:
    large = png_of(13_000, 13_000, chunk(b"IDAT", zlib.compress(b"\0")))

    assert picture_type(large) == "image/png"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_picture_is_taken_or_refused_and_never_an_error(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, min(len(whole), 1_000) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(whole)))

    with suppress(NotAPicture):
        assert picture_type(bytes(whole[:cut])) in ("image/png", "image/jpeg")


def test_the_start_loads_no_reader_of_pictures() -> None:
    loaded = "import sys, bridge.app.bridge, bridge.api.http.form_data; print('PIL' in sys.modules)"

    shown = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True, timeout=90
    )

    assert shown.stdout.strip() == "False"
