"""Makes, checks and restores backups of a whole installation.

A backup is made while bridges run. It is written under another name beside its own, and gets its name when
it is whole and on the disk.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bridge.app.databases import database_path, is_postgres
from bridge.app.secret_keys import key_sources
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, DataError
from bridge.ports import Clock
from bridge.store.backup import sqlite_copy
from bridge.store.backup.archive import (
    FORMAT,
    KEY,
    MEDIA,
    SQLITE,
    UPLOADS,
    Manifest,
    Packing,
    Tell,
    packing,
    unpacked,
)
from bridge.store.backup.sqlite_copy import Contents
from bridge.store.files.durable import sync, sync_names
from bridge.store.private_files import PRIVATE
from bridge.store.sqlite.lock import data_directory
from bridge.store.sqlite.migrations import newest

UNFINISHED: Final = "restoring"
"""The directory in a data directory into which a backup is unpacked: a restore that was killed leaves it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a backup is to contain beside the database and the uploads."""

    with_key: bool = False
    with_media: bool = False


def back_up(settings: Settings, file: Path, wanted: Wanted, clock: Clock, tell: Tell) -> Manifest:
    """Write a backup of the installation of the settings to a new file; raises `StartError`."""
    key, media = _key(settings, wanted), _media(settings, wanted)
    if file.exists():
        raise DataError(f"{file} exists already: a backup overwrites nothing. Name another file.")
    with _folder_beside(file) as folder:
        taken_ms = clock.now_ms()
        contents = _copied(settings, folder / SQLITE, tell)
        with _packing(folder / "backup", tell) as parts:
            parts.add(SQLITE, folder / SQLITE)
            _add_files(parts, UPLOADS, settings.data_dir / UPLOADS, contents.uploads)
            _add_files(parts, MEDIA, media, contents.media)
            if key is not None:
                parts.add(KEY, key)
            manifest = _manifest(contents, taken_ms, parts)
            parts.finish(manifest)
        _name(folder / "backup", file)
    return manifest


def verify(file: Path, tell: Tell) -> Manifest:
    """Check a backup, and the database in it, without restoring anything; raises `DataError`."""
    with tempfile.TemporaryDirectory(prefix="pixverse-bridge-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / SQLITE
        manifest = unpacked(file, {SQLITE: copy}, tell)
        _refuse_newer(manifest)
        _check_database(manifest, copy)
        return manifest


def restore(file: Path, data_dir: Path, tell: Tell) -> Manifest:
    """Restore a backup into a new data directory; raises `DataError`.

    The database gets its name last: before that, nothing there is an installation.
    """
    _refuse_data(data_dir)
    with data_directory(data_dir), _unpacking_in(data_dir) as folder:
        places = {name: folder / name for name in (SQLITE, KEY, UPLOADS, MEDIA)}
        manifest = unpacked(file, places, tell)
        _refuse_newer(manifest)
        _check_database(manifest, places[SQLITE])
        sqlite_copy.mark(places[SQLITE], manifest.taken_ms)
        for name in (KEY, UPLOADS, MEDIA, SQLITE):
            if places[name].exists():
                _sync_all(places[name])
                places[name].rename(data_dir / name)
        sync_names(data_dir)
        return manifest


def _key(settings: Settings, wanted: Wanted) -> Path | None:
    """Return the key file that a backup is to contain, if any; raises `ConfigurationError`, `DataError`."""
    if not wanted.with_key:
        return None
    sources = key_sources(settings)
    sources.read()
    if sources.given:
        raise ConfigurationError(
            "--with-key: the secret key is in the setting secret_key (BRIDGE_SECRET_KEY), not in a file. "
            "Keep it yourself, apart from the backups, and leave the option out."
        )
    return sources.written


def _media(settings: Settings, wanted: Wanted) -> Path | None:
    """Return the directory of the mirror that a backup is to contain, if any."""
    if not wanted.with_media:
        return None
    place = settings.media.mirror
    if place is None:
        raise ConfigurationError("--with-media: there is no mirror: media.mirror is not set.")
    if "://" in place:
        raise ConfigurationError(
            "--with-media: the mirror is a bucket, which keeps its files itself; leave the option out."
        )
    return Path(place)


@contextmanager
def _folder_beside(file: Path) -> Iterator[Path]:
    """Make a directory beside a file that is to be written, and delete it with all that is left in it."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{file.name}-", dir=file.absolute().parent))
    except OSError as error:
        raise DataError(f"{file} cannot be written: {error.strerror}.") from error
    try:
        yield folder
    except OSError as error:
        raise DataError(f"The backup cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _packing(draft: Path, tell: Tell) -> Iterator[Packing]:
    """Write a backup to a file without a name yet, which only its owner may read; then it is on the disk."""
    with draft.open("xb") as file:
        os.fchmod(file.fileno(), PRIVATE)
        with packing(file, tell) as parts:
            yield parts
        sync(file)


def _copied(settings: Settings, to: Path, tell: Tell) -> Contents:
    """Copy the database, and return what is in it."""
    if is_postgres(settings):
        raise ConfigurationError(
            "backup: PostgreSQL is backed up with its own tools; docs/backup.md says how."
        )
    path = database_path(settings)
    if not path.is_file():
        raise DataError(f"There is no database {path}. Is --data-dir (or --config) right?")
    sqlite_copy.copy(path, to, tell)
    return sqlite_copy.contents_of(to)


def _add_files(parts: Packing, folder: str, source: Path | None, names: Sequence[str]) -> None:
    """Add the files of a folder that are to be in the backup.

    One that is gone is not missed: the picture of a job that was sent meanwhile, a video that was deleted.
    """
    if source is not None:
        for name in names:
            parts.add(f"{folder}/{name}", source / name)


def _manifest(contents: Contents, taken_ms: int, parts: Packing) -> Manifest:
    return Manifest(
        format=FORMAT,
        version=version("pixverse-bridge"),
        schema=contents.schema,
        taken_ms=taken_ms,
        keys=tuple(contents.keys),
        parts=tuple(parts.parts),
    )


def _name(draft: Path, file: Path) -> None:
    """Give a whole file its name, unless there is one of that name already; raises `DataError`."""
    try:
        os.link(draft, file)
    except FileExistsError as error:
        raise DataError(f"{file} exists already: a backup overwrites nothing. Name another file.") from error
    except OSError:
        # Not every file system has hard links.
        draft.rename(file)
    sync_names(file.absolute().parent)


def _refuse_newer(manifest: Manifest) -> None:
    if manifest.schema > newest():
        raise DataError(
            f"The backup was made by version {manifest.version} of the bridge (schema {manifest.schema}, and "
            f"this one knows {newest()}): use that version, or a newer one."
        )


def _check_database(manifest: Manifest, copy: Path) -> None:
    """Raise `DataError` if the database of a backup is damaged, or not that of its manifest."""
    if manifest.database != SQLITE:
        raise DataError("This is a backup of PostgreSQL; docs/backup.md says how it is restored.")
    found = sqlite_copy.contents_of(copy)
    if (found.schema, tuple(found.keys)) != (manifest.schema, manifest.keys):
        raise DataError("The backup is damaged: its database is not that of its manifest.")


def _refuse_data(data_dir: Path) -> None:
    """Raise `DataError` unless a directory is new or empty."""
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise DataError(f"{data_dir} is not empty: a backup is restored into a new directory.")


@contextmanager
def _unpacking_in(data_dir: Path) -> Iterator[Path]:
    """Make a directory to unpack in. If the restore fails, nothing of it is left in the data directory."""
    folder, is_done = data_dir / UNFINISHED, False
    try:
        folder.mkdir(mode=0o700)
        yield folder
        folder.rmdir()
        is_done = True
    except OSError as error:
        raise DataError(f"The backup cannot be restored: {error.strerror}.") from error
    finally:
        if not is_done:
            _empty(data_dir)


def _empty(data_dir: Path) -> None:
    """Delete what a restore has written."""
    for name in (UNFINISHED, UPLOADS, MEDIA):
        shutil.rmtree(data_dir / name, ignore_errors=True)
    for name in (SQLITE, KEY, "bridge.lock"):
        (data_dir / name).unlink(missing_ok=True)


def _sync_all(place: Path) -> None:
    """Wait until a file, or all files of a folder, are on the disk."""
    for path in (*place.glob("*"), place):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
