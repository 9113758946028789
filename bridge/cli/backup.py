"""`backup`, `verify` and `restore`: what is in a backup goes to stdout, what is being done to stderr."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bridge.app import backup
from bridge.app.backup import Wanted
from bridge.cli.announce import counted, minute, show, show_facts
from bridge.cli.passwords import passwords_in
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError
from bridge.store.backup.archive import KEY, MEDIA, UPLOADS, Manifest

LARGE: Final = 4_096
"""Of smaller parts, nothing is told: in pages of a database, or bytes."""


def back_up(settings: Settings, file: Path, wanted: Wanted, *, as_json: bool) -> None:
    """Write a backup and print what is in it; raises `StartError`."""
    made = backup.back_up(settings, file, wanted, SystemClock(), Progress().tell)
    _report(f"{file} is written, and contains", made, as_json=as_json)


def verify(file: Path, *, as_json: bool) -> None:
    """Check a backup and print what is in it; raises `StartError`."""
    _report(f"{file} is whole, and contains", backup.verify(file, Progress().tell), as_json=as_json)


def restore(file: Path, data_dir: Path, url: str | None, *, as_json: bool) -> None:
    """Restore a backup and print how to go on; raises `StartError`."""
    if url is not None and passwords_in(url):
        raise ConfigurationError(
            "--database: a password on the command line can be read by every user of this machine. "
            "Set PGPASSWORD, or use a passfile."
        )
    done = backup.restore(file, data_dir, Progress().tell, url)
    _report(f"{data_dir} is restored, and contains", done, as_json=as_json)
    if not done.has(KEY):
        sys.stderr.write(
            f"The backup has no secret key: give the bridge {' or '.join(done.keys)}, which it needs, as "
            f"{data_dir / KEY} or with BRIDGE_SECRET_KEY or BRIDGE_SECRET_KEY_FILE.\n"
        )
    sys.stderr.write(
        "Start the bridge on this directory, and never again on the one that was backed up: what may have "
        "been sent since the backup is looked up in the history, and not sent again.\n"
    )


class Progress:
    """Tells each tenth of what takes long."""

    def __init__(self) -> None:
        self._told: tuple[str, int] = ("", 0)

    def tell(self, name: str, done: int, size: int) -> None:
        """Tell how far the work on a part is, if there is news."""
        tenth = 10 * done // size if size >= LARGE else 0
        if tenth and (name, tenth) != self._told:
            sys.stderr.write(f"{name}: {tenth * 10} %\n")
            sys.stderr.flush()
        self._told = (name, tenth)


def _report(title: str, manifest: Manifest, *, as_json: bool) -> None:
    if as_json:
        show(json.dumps(asdict(manifest), indent=2))
        return
    [database] = [part for part in manifest.parts if part.name == manifest.database]
    facts = {
        "Taken": f"{minute(manifest.taken_ms)} UTC, by version {manifest.version}",
        "Database": f"{database.name}, schema {manifest.schema}, {counted(database.size, 'byte')}",
        "Uploads": counted(_count(manifest, UPLOADS), "picture"),
        "Media": counted(_count(manifest, MEDIA), "video"),
        "Secret key": "contained" if manifest.has(KEY) else f"not contained ({', '.join(manifest.keys)})",
    }
    show_facts(title, facts)


def _count(manifest: Manifest, folder: str) -> int:
    return sum(part.name.startswith(f"{folder}/") for part in manifest.parts)
