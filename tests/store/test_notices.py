"""What the bot has told of credits, as rows."""

from bridge.accounts.account import Account
from bridge.accounts.condition import Condition, Standing
from bridge.accounts.notice import REMEDY, KnownNotices, Notice, NoticeKind
from bridge.accounts.unmatched import UnmatchedVideos
from bridge.store.database import Database
from bridge.store.rows import conditions, notices
from bridge.store.rows.unused_accounts import delete

LEFT = Notice(NoticeKind.CREDITS, "41", 5)
OUT = Notice(NoticeKind.OUT_OF_CREDITS, "none left", 7)


async def test_of_each_kind_the_newest_notice_is_kept(database: Database, account: Account) -> None:
    for notice in (LEFT, OUT, Notice(NoticeKind.CREDITS, "older", 4), Notice(NoticeKind.CREDITS, "40", 6)):
        await database.write(lambda tx, one=notice: notices.keep(tx, account.id, one))  # type: ignore[misc]

    kept = await database.read(lambda tx: notices.of(tx, account.id))

    assert {one.kind: one.value for one in kept} == {"credits": "40", "out_of_credits": "none left"}
    assert await database.read(lambda tx: notices.of_tenant(tx, account.tenant)) == {account.id: list(kept)}
    assert await database.read(lambda tx: notices.of_tenant(tx, "another")) == {}


async def test_only_an_account_that_was_out_of_credits_is_resumed(
    database: Database, account: Account
) -> None:
    place = account.tenant, account.channel
    await database.write(lambda tx: notices.keep(tx, account.id, LEFT))
    await database.write(lambda tx: notices.resume(tx, *place, 8))
    before = await database.read(lambda tx: notices.of(tx, account.id))

    await database.write(lambda tx: notices.keep(tx, account.id, OUT))
    await database.write(lambda tx: notices.resume(tx, *place, 9))
    await database.write(lambda tx: notices.resume(tx, *place, 10))

    assert before == [LEFT]
    kept = await database.read(lambda tx: notices.of(tx, account.id))
    assert Notice(NoticeKind.RESUMED, "", 10) in kept


async def test_an_account_is_resumed_though_the_local_clock_is_behind_that_of_discord(
    database: Database, account: Account
) -> None:
    await database.write(lambda tx: notices.keep(tx, account.id, OUT))

    await database.write(lambda tx: notices.resume(tx, account.tenant, account.channel, OUT.told_ms - 5))

    known = KnownNotices(await database.read(lambda tx: notices.of(tx, account.id)))
    assert known.condition(Condition(Standing.CONNECTED, 1), OUT.told_ms - 4).is_connected


async def test_other_processes_learn_the_condition_and_earlier_versions_a_like_one(
    database: Database, account: Account
) -> None:
    out = Condition(Standing.OUT_OF_CREDITS, 7, "the bot says: none left", REMEDY)

    await database.write(lambda tx: conditions.keep(tx, account.id, out, UnmatchedVideos(0)))

    [known] = await database.read(conditions.every)
    [row] = await database.read(lambda tx: tx.all("SELECT standing FROM conditions"))
    assert known.condition == out
    assert row["standing"] == "needs_human"


async def test_an_account_that_is_deleted_leaves_no_notice(database: Database, account: Account) -> None:
    await database.write(lambda tx: notices.keep(tx, account.id, LEFT))

    await database.write(lambda tx: delete(tx, account.id))

    assert await database.read(lambda tx: notices.of(tx, account.id)) == []
