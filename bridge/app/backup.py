"""Makes, checks and restores backups of a whole installation.

A backup is made while bridges run. It is written under another name beside its own, and gets its name when
it is whole and on the disk.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Final

from bridge.app.databases import NO_DRIVER, database_path, is_postgres
from bridge.app.secret_keys import key_sources
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, DataError
from bridge.ports import Clock
from bridge.store.backup import sqlite_copy
from bridge.store.backup.archive import (
    FORMAT,
    KEY,
    MEDIA,
    POSTGRES,
    SQLITE,
    UPLOADS,
    Manifest,
    Packing,
    Tell,
    packing,
    unpacked,
)
from bridge.store.backup.contents import Contents
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
        name, contents = _copied(settings, folder, tell)
        with _packing(folder / "backup", tell) as parts:
            parts.add(name, folder / name)
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
        places = {name: Path(folder) / name for name in (SQLITE, POSTGRES)}
        manifest = unpacked(file, places, tell)
        _check_database(manifest, places)
        return manifest


def restore(file: Path, data_dir: Path, tell: Tell, url: str | None = None) -> Manifest:
    """Restore a backup into a new data directory, and one of PostgreSQL into the database of a URL.

    Raises `StartError`. The database comes last: before that, nothing there is an installation.
    """
    _refuse_data(data_dir)
    with data_directory(data_dir), _unpacking_in(data_dir) as folder:
        places = {name: folder / name for name in (SQLITE, POSTGRES, KEY, UPLOADS, MEDIA)}
        manifest = unpacked(file, places, tell)
        _check_database(manifest, places)
        if manifest.database == SQLITE:
            sqlite_copy.mark(places[SQLITE], manifest.taken_ms)
        for name in (KEY, UPLOADS, MEDIA):
            _move(places[name], data_dir / name)
        if manifest.database == POSTGRES:
            _load(places[POSTGRES], url, manifest)
        _move(places[SQLITE], data_dir / SQLITE)
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


def _copied(settings: Settings, folder: Path, tell: Tell) -> tuple[str, Contents]:
    """Copy the database into a folder, and return the name of the copy, and what is in it."""
    if is_postgres(settings):
        return POSTGRES, _dumps().dump(settings.database or "", folder / POSTGRES, tell)
    path = database_path(settings)
    if not path.is_file():
        raise DataError(f"There is no database {path}. Is --data-dir (or --config) right?")
    sqlite_copy.copy(path, folder / SQLITE, tell)
    return SQLITE, sqlite_copy.contents_of(folder / SQLITE)


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


def _check_database(manifest: Manifest, places: Mapping[str, Path]) -> None:
    """Raise `DataError` if the database of a backup is damaged, too new, or not that of its manifest."""
    _refuse_newer(manifest)
    path = places[manifest.database]
    if manifest.database == POSTGRES:
        _dumps().refuse_part(path)
        return
    found = sqlite_copy.contents_of(path)
    if (found.schema, tuple(found.keys)) != (manifest.schema, manifest.keys):
        raise DataError("The backup is damaged: its database is not that of its manifest.")


def _load(dump: Path, url: str | None, manifest: Manifest) -> None:
    """Restore a dump into the database of a URL."""
    if url is None:
        raise ConfigurationError(
            "This is a backup of PostgreSQL: name an empty database with --database postgresql://…"
        )
    _dumps().load(url, dump, manifest.taken_ms)
    dump.unlink()


def _dumps() -> ModuleType:
    """Return what dumps and loads PostgreSQL; its driver is imported only here, since few need it."""
    try:
        from bridge.store.backup import postgres_dump
    except ImportError as error:
        raise ConfigurationError(NO_DRIVER) from error
    return postgres_dump


def _move(place: Path, to: Path) -> None:
    """Give a part that was unpacked, if there is one, its name, when it is on the disk."""
    if place.exists():
        _sync_all(place)
        place.rename(to)


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
