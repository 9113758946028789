"""Encodings of the gateway: plain, zlib-stream, zstd-stream (Discord's docs, "Gateway").

`zstd-stream` needs Python 3.14 (`compression.zstd`) or the package `zstandard`; clients ask for it where they
have one of the two themselves.
"""

import importlib
import zlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Protocol

__all__ = ["Codec", "codec_named", "payload_zlib"]


class Codec(Protocol):
    """Turns the text of a frame into what is sent; text goes as a text frame, bytes as a binary one."""

    def encode(self, text: str) -> str | bytes:
        """Return the frame."""


class Plain:
    """No compression."""

    def encode(self, text: str) -> str:
        """Return the text as it is."""
        return text


class ZlibStream:
    """One zlib context for the connection; each message ends with 00 00 FF FF."""

    def __init__(self) -> None:
        self._context = zlib.compressobj()

    def encode(self, text: str) -> bytes:
        """Compress one message and flush it."""
        return self._context.compress(text.encode()) + self._context.flush(zlib.Z_SYNC_FLUSH)


class PayloadZlib:
    """Each message compressed by itself: what `compress: true` in IDENTIFY asks for."""

    def encode(self, text: str) -> bytes:
        """Compress one message."""
        return zlib.compress(text.encode())


class ZstdStream:
    """One zstd frame for the connection, flushed after each message."""

    def __init__(self, module: ModuleType) -> None:
        self._flush_block: Any
        if module.__name__ == "zstandard":
            self._context: Any = module.ZstdCompressor().compressobj()
            self._flush_block = module.COMPRESSOBJ_FLUSH_BLOCK
        else:
            self._context = module.ZstdCompressor()
            self._flush_block = module.ZstdCompressor.FLUSH_BLOCK

    def encode(self, text: str) -> bytes:
        """Compress one message and flush it."""
        return bytes(self._context.compress(text.encode()) + self._context.flush(self._flush_block))


def codec_named(compress: str) -> Codec | None:
    """Return the codec for the query's `compress`; None when this Python cannot do it."""
    make = CODECS.get(compress)
    return make() if make is not None else None


def payload_zlib() -> Codec:
    """Return the codec of `compress: true`."""
    return PayloadZlib()


def _zstd() -> Codec | None:
    for name in ("compression.zstd", "zstandard"):
        try:
            return ZstdStream(importlib.import_module(name))
        except ImportError:
            continue
    return None


CODECS: Mapping[str, Callable[[], Codec | None]] = {
    "": Plain,
    "zlib-stream": ZlibStream,
    "zstd-stream": _zstd,
}
