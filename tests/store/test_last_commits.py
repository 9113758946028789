"""Each process leaves the row of its last commit on PostgreSQL: a restart an hour would fill a table."""

from bridge.clock import SystemClock
from bridge.flows.keep.retention import Retention
from bridge.ports import DAY_MS
from bridge.store.database import Database, Tx
from tests.tools.databases import opened
from tests.tools.rows import keep, kept


async def test_the_last_commit_of_a_process_that_has_ended_is_kept_for_a_day(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        await database.write(leave)

        await retention(database).look()

        assert "old" not in await database.read(writers)
        assert "young" in await database.read(writers)


async def test_a_process_whose_last_commit_was_deleted_commits_again(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        await database.write(lambda tx: keep(tx, "before"))
        async with opened(postgres_url) as other:
            await other.write(lambda tx: tx.run("DELETE FROM last_commits"))

        await database.write(lambda tx: keep(tx, "after"))

        assert await database.read(kept) == ["after", "before"]
        assert len(await database.read(writers)) == 2


def retention(database: Database) -> Retention:
    return Retention(database, SystemClock(), DAY_MS, set)


def leave(tx: Tx) -> None:
    tx.run(
        """
        INSERT INTO last_commits (writer, number, asked, at)
        VALUES ('old', 1, 0, now() - INTERVAL '25 hours'), ('young', 1, 0, now() - INTERVAL '23 hours')
        """
    )


def writers(tx: Tx) -> list[str]:
    return [row["writer"] for row in tx.all("SELECT writer FROM last_commits")]
