"""The quota of jobs is kept with the jobs: a restart forgets nothing, and a new day begins anew."""

from pathlib import Path

from bridge.access.quotas import day_of
from bridge.store.rows import api_tokens
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from tests.tools.rows import a_token

DAY_MS = 86_400_000
NOON_MS = 19_700 * DAY_MS + DAY_MS // 2


async def counted(database: SqliteDatabase, token_id: str, at_ms: int, most: int = 2) -> bool:
    return await database.write(lambda tx: api_tokens.count_job(tx, token_id, day_of(at_ms), most))


async def test_a_restart_forgets_no_job(tmp_path: Path) -> None:
    async with sqlite_database(tmp_path / "bridge.db") as database:
        token = await database.write(lambda tx: a_token(tx, "two-jobs-a-day"))
        before = [await counted(database, token.id, NOON_MS) for _ in range(2)]

    async with sqlite_database(tmp_path / "bridge.db") as database:
        after = await counted(database, token.id, NOON_MS + 1)

    assert (before, after) == ([True, True], False)


async def test_a_new_day_begins_anew(tmp_path: Path) -> None:
    async with sqlite_database(tmp_path / "bridge.db") as database:
        token = await database.write(lambda tx: a_token(tx, "one-job-a-day"))
        times = (NOON_MS, NOON_MS + DAY_MS // 2 - 1, NOON_MS + DAY_MS // 2, NOON_MS + DAY_MS)

        told = [await counted(database, token.id, at_ms, most=1) for at_ms in times]

    assert told == [True, False, True, False]


async def test_the_jobs_of_one_token_are_not_anothers(tmp_path: Path) -> None:
    async with sqlite_database(tmp_path / "bridge.db") as database:
        one = await database.write(lambda tx: a_token(tx, "the-first-token"))
        other = await database.write(lambda tx: a_token(tx, "the-second-token"))

        told = [await counted(database, token.id, NOON_MS, most=1) for token in (one, other, one)]

    assert told == [True, True, False]
