"""The file of a backup: a gzipped tar of parts, whose last entry is a manifest of the others.

So a file that was cut off has no manifest. Nothing is unpacked whose name is not one of a backup.
"""

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeAlias

from pydantic import TypeAdapter, ValidationError

from bridge.errors import DataError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SQLITE: Final = "bridge.db"
POSTGRES: Final = "bridge.sql"
KEY: Final = "secret.key"
UPLOADS: Final = "uploads"
MEDIA: Final = "media"
NAME: Final = re.compile(
    rf"{re.escape(SQLITE)}|{re.escape(POSTGRES)}|{re.escape(KEY)}|(?:{UPLOADS}|{MEDIA})/[0-9A-Za-z][0-9A-Za-z._-]*"
)
LONGEST_MANIFEST: Final = 256 * 1_048_576
PIECE_BYTES: Final = 1_048_576
LEVEL: Final = 3
"""How much gzip is to compress: higher levels take several times as long for a few percent."""

Tell: TypeAlias = Callable[[str, int, int], None]
"""Is told what is being worked on, how much of it is done, and how much there is: bytes or pages."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup contains, and of which time it is. `keys`: which secret keys its database needs."""

    format: int
    version: str
    schema: int
    taken_ms: int
    keys: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def database(self) -> str:
        """The name of its database; raises `DataError` if it has none."""
        found = [part.name for part in self.parts if part.name in {SQLITE, POSTGRES}]
        if len(found) != 1:
            raise DataError("The backup is not whole: it has no database.")
        return found[0]

    def has(self, name: str) -> bool:
        """Return whether it has a part, or parts in a folder of that name."""
        return any(part.name.partition("/")[0] == name for part in self.parts)


_MANIFEST: Final = TypeAdapter(Manifest)


class Packing:
    """A backup that is being written."""

    def __init__(self, tar: tarfile.TarFile, tell: Tell) -> None:
        self.parts: list[Part] = []
        self._tar = tar
        self._tell = tell

    def add(self, name: str, path: Path) -> bool:
        """Add a file; return False if there is none."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            size = path.stat().st_size
            reading = _Reading(file, lambda done: self._tell(name, done, size))
            self._tar.addfile(_entry(name, size), reading)
        self.parts.append(Part(name, size, reading.digest.hexdigest()))
        return True

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest: from now on the backup is whole."""
        text = _MANIFEST.dump_json(manifest, indent=2)
        self._tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))


@contextmanager
def packing(file: IO[bytes], tell: Tell) -> Iterator[Packing]:
    """Write a backup to a file."""
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=LEVEL, format=tarfile.PAX_FORMAT) as tar:
        yield Packing(tar, tell)


def unpacked(path: Path, places: Mapping[str, Path], tell: Tell) -> Manifest:
    """Check all bytes of a backup and return its manifest; raises `DataError` if it is not whole.

    `places`: where parts, or folders of parts, are written, by name. Others are only checked.
    """
    with _readable(path) as (file, tar):
        found: list[Part] = []
        for entry in tar:
            if entry.name == MANIFEST:
                manifest = _manifest(_opened(tar, entry), entry.size)
                _read_to_end(file)
                return _checked(manifest, found)
            found.append(_unpacked(tar, entry, _place_of(entry, places), tell))
    raise DataError(f"{path} is not a whole backup: its end is missing.")


def _read_to_end(file: gzip.GzipFile) -> None:
    """Read what is left, so that gzip compares its checksum: no other one covers the manifest."""
    while file.read(PIECE_BYTES):
        pass


@contextmanager
def _readable(path: Path) -> Iterator[tuple[gzip.GzipFile, tarfile.TarFile]]:
    try:
        with gzip.open(path) as file, tarfile.open(fileobj=file, mode="r|") as tar:
            yield file, tar
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise DataError(f"{path} is not a whole backup: {_reason(error)}.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {_reason(error)}.") from error


def _unpacked(tar: tarfile.TarFile, entry: tarfile.TarInfo, place: Path | None, tell: Tell) -> Part:
    reading = _Reading(_opened(tar, entry), lambda done: tell(entry.name, done, entry.size))
    if place is None:
        while reading.read(PIECE_BYTES):
            pass
    else:
        _write(reading, place)
    return Part(entry.name, reading.done, reading.digest.hexdigest())


def _write(reading: "_Reading", place: Path) -> None:
    """Write a part to its place; raises `DataError` if that has no room for it."""
    with _written(place) as file:
        while piece := reading.read(PIECE_BYTES):
            try:
                _write_all(file, piece)
            except OSError as error:
                raise _unwritten(place, error) from error


def _write_all(file: io.FileIO, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[file.write(left) :]


@contextmanager
def _written(place: Path) -> Iterator[io.FileIO]:
    """Open a new file that only its owner may read, without a buffer that closing it would have to write."""
    try:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        file = place.open("xb", buffering=0)
    except OSError as error:
        raise _unwritten(place, error) from error
    with file:
        place.chmod(0o600)
        yield file


def _unwritten(place: Path, error: OSError) -> DataError:
    return DataError(f"{place} cannot be written: {_reason(error)}.")


def _place_of(entry: tarfile.TarInfo, places: Mapping[str, Path]) -> Path | None:
    """Return where an entry is written; raises `DataError` for what is in no backup."""
    if not (entry.isfile() and NAME.fullmatch(entry.name)):
        raise DataError(f"This is not a backup of the bridge: it contains {entry.name!r}.")
    folder, _, name = entry.name.partition("/")
    place = places.get(folder)
    return place / name if place is not None and name else place


def _manifest(file: IO[bytes], size: int) -> Manifest:
    if size > LONGEST_MANIFEST:
        raise DataError("This is not a backup of the bridge: its manifest is too long.")
    try:
        manifest = _MANIFEST.validate_json(file.read())
    except ValidationError as error:
        raise DataError(
            "The manifest of the backup cannot be read: it was made by another version of the bridge."
        ) from error
    if manifest.format != FORMAT:
        raise DataError(
            f"The backup was made by version {manifest.version} of the bridge, in a format that this version "
            "does not know: use that version, or a newer one."
        )
    return manifest


def _checked(manifest: Manifest, found: Sequence[Part]) -> Manifest:
    """Return a manifest; raises `DataError` unless exactly its parts were found."""
    wanted = {part.name: part for part in manifest.parts}
    wrong = [part.name for part in found if wanted.get(part.name) != part]
    missing = wanted.keys() - {part.name for part in found}
    if wrong or missing:
        named = ", ".join(sorted({*wrong, *missing}))
        raise DataError(f"The backup is damaged: {named} is not what the manifest says.")
    return manifest


def _opened(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(entry)
    if file is None:
        raise DataError(f"This is not a backup of the bridge: {entry.name!r} is no file.")
    return file


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


class _Reading:
    """A file that is read once, with the hash of what was read."""

    def __init__(self, file: IO[bytes], tell: Callable[[int], None]) -> None:
        self.digest = hashlib.sha256()
        self.done = 0
        self._file = file
        self._tell = tell

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        piece = self._file.read(size)
        self.digest.update(piece)
        self.done += len(piece)
        self._tell(self.done)
        return piece
