"""Advisory locks keep those apart that do the same, and nobody else."""

from pathlib import Path
from typing import Final

from bridge.store import advisory_locks
from bridge.store.postgres import migrations

NUMBERS: Final = [value for name, value in vars(advisory_locks).items() if name.isupper()]
SOURCES: Final = Path(str(migrations.__file__)).parents[2]


def test_no_two_locks_have_one_number() -> None:
    assert len(NUMBERS) == 5
    assert len(set(NUMBERS)) == len(NUMBERS)


def test_no_lock_is_named_elsewhere() -> None:
    start = f"{NUMBERS[0]:_}"[:9]

    assert [path.name for path in SOURCES.rglob("*.py") if start in path.read_text(encoding="utf-8")] == [
        "advisory_locks.py"
    ]
