"""Whose a place is: what Discord said of a token counts, not what is written in the token or in the row."""

import asyncio
from pathlib import Path

import pytest

from bridge.accounts.account import Account, Kind
from bridge.flows.places import Place, take_place
from bridge.jobs.job import State
from bridge.store.database import Tx
from bridge.store.rows import places
from bridge.store.rows.accounts import listed_ids, person_in
from bridge.store.rows.places import login_with
from tests.flows.conftest import CHANNEL, SERVER, TENANT, TOKEN, USER, Passes, Rig, dispatching
from tests.tools.running_account import LiveSession, running, seconds_pass

VICTIM = "222222222222222222"
FORGED = "MjIyMjIyMjIyMjIyMjIyMjIy.forged.token"
OLD = "mfa." + "A" * 80


def account_with(rig: Rig, tx: Tx, token: str, tenant: str, channel: str = CHANNEL) -> Account:
    """Put an account of a tenant into a channel."""
    return rig.accounts.insert(
        tx,
        tenant=tenant,
        kind=Kind.CONFIGURED,
        server=SERVER,
        channel=channel,
        max_jobs=2,
        token=token,
        now_ms=rig.clock.now_ms(),
    )


async def accept(rig: Rig, account: int, token: str, user_id: str) -> Place:
    """Let Discord have accepted a token, and named its user."""
    now = rig.now()
    return await rig.database.write(lambda tx: take_place(tx, account, login_with(token, user_id), now))


async def owners(rig: Rig) -> list[str]:
    """Return the tenants that people belong to in the channel."""
    rows = await rig.database.read(lambda tx: tx.all("SELECT tenant FROM places ORDER BY tenant"))
    return [row["tenant"] for row in rows]


async def passed(rig: Rig, passes: Passes) -> None:
    """Let a pass of the dispatch come to its end, with all its pauses."""
    passing = asyncio.ensure_future(passes.next())
    while not passing.done():
        rig.clock.pass_s(1)
        await rig.database.read(lambda _: None)


async def test_a_person_whose_tokens_do_not_name_it_belongs_to_one_tenant(rig: Rig) -> None:
    other = await rig.database.write(lambda tx: account_with(rig, tx, OLD, "other"))

    first = await accept(rig, rig.account.id, TOKEN, USER)
    second = await accept(rig, other.id, OLD, USER)

    assert (first.is_own, second.is_own) == (True, False)
    assert await owners(rig) == [TENANT]
    assert await rig.database.read(lambda tx: listed_ids(tx, "other")) == []


async def test_an_account_with_an_old_token_that_is_not_its_owners_gives_way(rig: Rig) -> None:
    other = await rig.database.write(lambda tx: account_with(rig, tx, OLD, "other"))

    first = await accept(rig, other.id, OLD, USER)
    second = await accept(rig, rig.account.id, TOKEN, USER)

    assert (first.is_own, second.is_own) == (True, False)
    assert await owners(rig) == ["other"]


async def test_an_old_token_is_known_as_its_persons_once_discord_has_accepted_it(rig: Rig) -> None:
    other = await rig.database.write(lambda tx: account_with(rig, tx, OLD, "other"))
    await accept(rig, other.id, OLD, USER)

    refused = await rig.database.read(
        lambda tx: [places.is_of_another(tx, TENANT, token, CHANNEL) for token in (OLD, TOKEN)]
    )
    known = await rig.database.read(lambda tx: person_in(tx, "other", OLD, CHANNEL))

    assert refused == [True, True]
    assert known is not None


async def test_all_accounts_with_one_old_token_are_known_as_one_persons(rig: Rig) -> None:
    """They would be leased apart otherwise, and two processes be connected with one token."""
    one = await rig.database.write(lambda tx: account_with(rig, tx, OLD, "other"))
    await rig.database.write(lambda tx: account_with(rig, tx, OLD, "third", "1"))

    await accept(rig, one.id, OLD, USER)

    persons = await rig.database.read(
        lambda tx: tx.all("SELECT person_hash FROM accounts WHERE tenant IN ('other', 'third')")
    )
    assert [row["person_hash"] for row in persons] == [login_with(OLD, USER).person] * 2


async def test_no_place_is_taken_with_a_token_that_the_session_did_not_log_in_with(rig: Rig) -> None:
    await rig.database.write(lambda tx: rig.accounts.replace_token(tx, rig.account.id, FORGED))

    place = await accept(rig, rig.account.id, TOKEN, USER)

    assert (place.is_own, place.is_current) == (False, False)
    assert await owners(rig) == []
    assert await rig.database.read(lambda tx: listed_ids(tx, TENANT)) == [rig.account.id]


async def test_nothing_is_sent_with_a_token_that_is_not_the_accounts_any_more(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.waiting(1)
    await rig.database.write(lambda tx: rig.accounts.replace_token(tx, rig.account.id, FORGED))
    async with dispatching(rig, tmp_path) as passes:
        await passed(rig, passes)
        sent_before, state_before = list(rig.session.sent), (await rig.job()).state
        rig.session.token, rig.session.user_id = FORGED, VICTIM
        await passed(rig, passes)

    assert (sent_before, state_before) == ([], State.WAITING)
    assert len(rig.session.sent) == 1


@pytest.mark.parametrize("is_resumed", [False, True])
async def test_a_session_that_listens_takes_no_place_for_the_person_of_another_token(
    rig: Rig, tmp_path: Path, is_resumed: bool
) -> None:
    rig.session = session = LiveSession()
    await rig.database.write(lambda tx: rig.accounts.replace_token(tx, rig.account.id, FORGED))

    session.listens(is_resumed=is_resumed)
    async with running(rig, tmp_path):
        await seconds_pass(rig, 3)

    assert await owners(rig) == []


async def test_a_token_that_discord_replaced_stays_its_persons(rig: Rig) -> None:
    other = await rig.database.write(lambda tx: account_with(rig, tx, OLD, "other"))
    await accept(rig, other.id, OLD, USER)

    renewed = await rig.database.write(lambda tx: rig.accounts.renew_token(tx, other.id, OLD, "mfa.new"))
    place = await accept(rig, rig.account.id, TOKEN, USER)

    assert renewed
    assert not place.is_own


async def test_a_token_that_discord_replaced_does_not_undo_one_that_was_given_meanwhile(rig: Rig) -> None:
    await rig.database.write(lambda tx: rig.accounts.replace_token(tx, rig.account.id, FORGED))

    renewed = await rig.database.write(
        lambda tx: rig.accounts.renew_token(tx, rig.account.id, TOKEN, f"{TOKEN}-renewed")
    )
    account = await rig.database.read(lambda tx: rig.accounts.by_id(tx, rig.account.id))

    assert not renewed
    assert account is not None
    assert account.token == FORGED
