"""`migrate`: moves an installation from SQLite to PostgreSQL or back.

The counts go to stdout, for scripts; what is being copied goes to stderr.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.app.moving import Moved, Place, move, place_of, refuse_missing
from bridge.app.secret_keys import key_sources
from bridge.cli.announce import counted, show, show_table
from bridge.cli.passwords import passwords_in
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, DataError
from bridge.logs import Redactor
from bridge.store.key_files import KeySources
from bridge.store.keys import Key


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says; `data_dir`: where the key and the uploads are, if not beside the file."""

    source: str
    target: str
    data_dir: Path | None = None


def migrate(settings: Settings, redactor: Redactor, wanted: Wanted, *, as_json: bool) -> None:
    """Move an installation and print how many rows both sides have; raises `StartError`."""
    for flag, text in (("--from", wanted.source), ("--to", wanted.target)):
        _refuse_a_visible_password(flag, text)
    source, target = place_of(wanted.source), place_of(wanted.target)
    data_dir = wanted.data_dir or _folder_of(source, target)
    refuse_missing(source)
    keys = _keys_of(key_sources(settings.model_copy(update={"data_dir": data_dir})))
    for key in keys:
        redactor.add(key.text)
    done = move(source, target, data_dir, keys, SystemClock(), _tell)
    _report(done, as_json=as_json)


def _folder_of(source: Place, target: Place) -> Path:
    """Return the folder of the file; raises `ConfigurationError` unless exactly one side is a file."""
    paths = [place.path for place in (source, target) if place.path is not None]
    if len(paths) != 1:
        raise ConfigurationError(
            "--from and --to: one must be an SQLite file and the other a URL of PostgreSQL. "
            "Between two of the same kind, use the tools of the database."
        )
    return paths[0].parent


def _keys_of(sources: KeySources) -> Sequence[Key]:
    """Return the secret keys; raises `DataError` if there is none."""
    if sources.is_generated and not sources.generated.exists():
        raise DataError(
            f"There is no {sources.generated}: copy the secret key of the bridge there, or set "
            "BRIDGE_SECRET_KEY or BRIDGE_SECRET_KEY_FILE."
        )
    return sources.read()


def _refuse_a_visible_password(flag: str, text: str) -> None:
    if passwords_in(text):
        raise ConfigurationError(
            f"{flag}: a password on the command line can be read by every user of this machine. "
            "Set PGPASSWORD, or use a passfile."
        )


def _tell(table: str, copied: int) -> None:
    sys.stderr.write(f"{table}: {copied} copied\n")
    sys.stderr.flush()


def _report(done: Moved, *, as_json: bool) -> None:
    if as_json:
        show(json.dumps({"from": done.source, "to": done.target, "rows": dict(done.counts)}, indent=2))
        return
    rows = [(name, str(count), str(count)) for name, count in done.counts.items()]
    show_table(("table", "from", "to"), rows)
    total = counted(sum(done.counts.values()), "row")
    show(f"{done.source} is moved to {done.target}: {total}. Start the bridge with that database now.")
