"""How far our clock and Discord's are apart is asked with each message: it costs the same after a month."""

from bridge.accounts.account import Account
from bridge.chat import Message, snowflake_at
from bridge.jobs.verdict import Rule
from bridge.store.database import Database, Tx
from bridge.store.rows import interactions, messages
from bridge.store.rows.interactions import NEWEST_TOLD
from tests.tools.counting import instructions
from tests.tools.databases import on_sqlite
from tests.tools.jobs import NOW_MS
from tests.tools.rows import a_job

AHEAD_MS = 5_000


@on_sqlite
async def test_posts_of_which_only_time_has_told_the_id_are_not_walked_past_without_end(
    database: Database, account: Account
) -> None:
    await database.write(lambda tx: told(tx, account, range(1, NEWEST_TOLD + 1), Rule.WINDOW))
    few = await database.read(look)
    await database.write(lambda tx: told(tx, account, range(NEWEST_TOLD + 1, 1_000), Rule.WINDOW))

    many = await database.read(look)

    assert many <= 1.1 * few


async def test_the_newest_post_whose_own_event_told_its_id_tells_behind_some_of_which_only_time_did(
    database: Database, account: Account
) -> None:
    await database.write(lambda tx: told(tx, account, range(1, 2), Rule.NONCE))
    await database.write(lambda tx: told(tx, account, range(2, NEWEST_TOLD + 1), Rule.WINDOW))

    assert await database.read(interactions.ahead_ms) == AHEAD_MS


async def test_what_a_post_told_long_ago_of_the_clocks_is_known_no_more(
    database: Database, account: Account
) -> None:
    """Behind so many others it may be weeks old, and clocks drift and are set."""
    await database.write(lambda tx: told(tx, account, range(1, 2), Rule.NONCE))

    await database.write(lambda tx: told(tx, account, range(2, NEWEST_TOLD + 2), Rule.WINDOW))

    assert await database.read(interactions.ahead_ms) is None


def look(tx: Tx) -> int:
    return instructions(tx, lambda: interactions.ahead_ms(tx))


def told(tx: Tx, account: Account, numbers: range, rule: Rule) -> None:
    """Keep POSTs with the ids of their interactions, and a message of each, matched by a rule."""
    for number in numbers:
        job, now_ms, nonce = a_job(tx, number), NOW_MS + number, f"nonce-{number}"
        named = snowflake_at(now_ms - AHEAD_MS)
        interactions.begin(
            tx, nonce=nonce, job=job.id, account=account.id, kind="run", sender=None, now_ms=now_ms
        )
        interactions.created(tx, nonce, named)
        message = Message(snowflake_at(now_ms + 1), account.channel, interaction_id=named)
        messages.bind(tx, account.id, message, job.id, rule, now_ms)
