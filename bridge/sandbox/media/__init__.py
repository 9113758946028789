"""The video that the simulated bot makes and a picture, each a real file that a browser shows."""

from functools import cache
from importlib.resources import files

__all__ = ["picture", "unique_video"]


@cache
def _read(name: str) -> bytes:
    return (files(__package__) / name).read_bytes()


def picture() -> bytes:
    """Return a PNG of 240x135 pixels."""
    return _read("picture.png")


def unique_video(label: str) -> bytes:
    """Return an mp4 that plays like every other but holds `label` in a `free` box (ISO 14496-12)."""
    payload = label.encode()
    return _read("video.mp4") + (8 + len(payload)).to_bytes(4, "big") + b"free" + payload
