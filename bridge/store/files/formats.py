"""What a file is that is neither JPEG nor PNG, as far as its beginning tells; pure."""

from collections.abc import Mapping
from typing import Final

_BEGINNINGS: Final[Mapping[bytes, str]] = {
    b"GIF87a": "a GIF",
    b"GIF89a": "a GIF",
    b"BM": "a BMP",
    b"II*\x00": "a TIFF or raw picture",
    b"MM\x00*": "a TIFF or raw picture",
    b"\x00\x00\x01\x00": "an ICO",
    b"\xff\x0a": "a JPEG XL",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000",
    b"8BPS": "a PSD",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1a\x45\xdf\xa3": "a WebM or Matroska video",
    b"\xef\xbf\xbdPNG": "a PNG whose bytes were changed because it was sent as text",
    b"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd": "binary data that was changed because it was sent as text",
    b"\x89PNG": "a PNG whose line ends were changed because it was sent as text",
    b"iVBORw0KGgo": "the base64 text of a PNG instead of its bytes",
    b"/9j/": "the base64 text of a JPEG instead of its bytes",
    b"data:": "a data URL instead of the bytes of a picture",
    b"<svg": "an SVG",
    b"<?xml": "XML, perhaps an SVG",
    b"<!": "an HTML page",
    b"<html": "an HTML page",
    b"{": "JSON",
}
_BRANDS: Final[Mapping[str, frozenset[bytes]]] = {
    "an AVIF": frozenset({b"avif", b"avis"}),
    "a HEIC": frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}),
}
"""The brands of ISO/IEC 14496-12 files that contain pictures."""
_ENDINGS: Final[Mapping[str, str]] = {"an AVIF": "avif", "a HEIC": "heic"}
_QUICKTIME: Final = b"qt  "
_EBML: Final = b"\x1a\x45\xdf\xa3"
"""The beginning of WebM and Matroska; the document type that tells them apart is in the header."""
_STARTS: Final[Mapping[bytes, str]] = {b"GIF87a": "gif", b"GIF89a": "gif", b"BM": "bmp"}


def ending_of(data: bytes) -> str:
    """Return the ending of a file's format, empty if it is none that a bot may take."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _ENDINGS.get(_branded(data), "mov" if data[8:12] == _QUICKTIME else "mp4")
    if data.startswith(_EBML):
        return "webm" if b"\x42\x82\x84webm" in data[:64] else ""
    return next((ending for start, ending in _STARTS.items() if data.startswith(start)), "")


def seen_in(data: bytes) -> str:
    """Return what a file is, as far as its beginning tells."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a WebP"
    if data[4:8] == b"ftyp":
        return _branded(data)
    start = data[:32].lstrip().lower() if data[:1] in b" \r\n\t<" else data
    for beginning, name in _BEGINNINGS.items():
        if start.startswith(beginning):
            return name
    return f"of no known format: it begins with the bytes {data[:8].hex(' ')}"


def _branded(data: bytes) -> str:
    """Return what a file in the format of MP4 is, by its main brand and those it is compatible with."""
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, min(len(data), 64), 4))}
    for name, those in _BRANDS.items():
        if brands & those:
            return name
    return "an MP4 or MOV video"
