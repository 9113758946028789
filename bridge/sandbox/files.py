"""Files that were uploaded: kept in memory, the oldest are dropped when there are too many bytes."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import quote

from bridge.sandbox.media.probe import Looks, look_at

__all__ = ["MOST_BYTES", "PLACES", "FileStore", "StoredFile", "Upload", "clean_name"]

MOST_BYTES = 512 * 1024 * 1024
FORBIDDEN = re.compile(r"[^\w.-]+")
PLACES = ("attachments", "ephemeral-attachments")


@dataclass(frozen=True)
class Upload:
    """A file as it came: with a request, or beforehand to the storage bucket."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class StoredFile:
    """A file that Discord keeps; `place` is the first part of its path on the CDN."""

    id: int
    channel_id: int
    filename: str
    content: bytes
    looks: Looks
    place: str = "attachments"

    @property
    def path(self) -> str:
        """Return its path on the CDN."""
        return f"/{self.place}/{self.channel_id}/{self.id}/{quote(self.filename)}"


def clean_name(filename: str) -> str:
    """Return a file name as Discord keeps it: letters, digits, dots, dashes and underscores."""
    return FORBIDDEN.sub("_", filename)[-200:] or "unknown"


class FileStore:
    """All stored files by id."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._files: OrderedDict[int, StoredFile] = OrderedDict()

    def keep(self, file_id: int, channel_id: int, upload: Upload, place: str = "attachments") -> StoredFile:
        """Store an upload under a new id."""
        looks = look_at(upload.filename, upload.content)
        filename = clean_name(upload.filename)
        stored = StoredFile(file_id, channel_id, filename, upload.content, looks, place)
        self._files[file_id] = stored
        self._bytes += len(upload.content)
        while self._bytes > self._most_bytes and len(self._files) > 1:
            self._bytes -= len(self._files.popitem(last=False)[1].content)
        return stored

    def find(self, path: str) -> StoredFile | None:
        """Return the file at a path of the CDN, quoted as in `StoredFile.path`."""
        parts = path.split("/")
        if len(parts) != 5 or parts[1] not in PLACES or not parts[3].isdigit():
            return None
        stored = self._files.get(int(parts[3]))
        return stored if stored is not None and stored.path == path else None
