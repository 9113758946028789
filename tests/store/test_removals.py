"""What a running bridge still does with a tenant that is being removed."""

import asyncio
from pathlib import Path

from bridge.access.tenant import NOBODY
from bridge.flows.access.removal import HELD_S, Removed, remove
from bridge.flows.places import take_place
from bridge.flows.step import Now
from bridge.store.database import Database, Tx
from bridge.store.rows import removals, tenants
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.places import login_with
from bridge.store.rows.tenants import Tenant
from bridge.store.rows.webhook_secrets import WebhookSecrets
from tests.tools.databases import on_sqlite
from tests.tools.deliveries import owe
from tests.tools.hand_clock import HandClock
from tests.tools.jobs import NOW_MS
from tests.tools.rows import TENANT, a_token, an_account, left_of
from tests.tools.vaults import a_vault

OTHER_TOKEN = "MTExMTExMTExMTExMTExMTEx.replaced.by-discord"


@on_sqlite
async def test_what_is_written_during_a_removal_is_deleted_before_the_name_is_free(
    database: Database, accounts: Accounts, tmp_path: Path
) -> None:
    clock = HandClock()
    await database.write(lambda tx: a_token(tx, "the-token-of-a-tenant"))
    removing = asyncio.create_task(remove(database, clock, TENANT, is_forced=False))
    await clock.sleeper_s()

    def write_late(tx: Tx) -> None:
        an_account(tx, accounts)
        owe(tx, "msg-1")
        tenants.put(tx, TENANT, Tenant(name="Late"))
        WebhookSecrets(a_vault()).rotate(tx, TENANT, NOW_MS)

    await database.write(write_late)
    clock.pass_s(HELD_S)

    assert isinstance(await removing, Removed)
    assert left_of(tmp_path, TENANT) == {}
    assert not await database.read(lambda tx: removals.is_under_way(tx, TENANT))


async def test_callbacks_of_a_tenant_that_is_being_removed_are_given_no_secret(
    database: Database,
) -> None:
    secrets = WebhookSecrets(a_vault())
    await database.write(lambda tx: removals.begin(tx, TENANT))

    texts = await database.write(lambda tx: secrets.texts(tx, TENANT, NOW_MS))

    assert texts == []
    assert not await database.read(lambda tx: tx.all("SELECT * FROM webhook_secrets"))


async def test_an_account_of_a_removed_tenant_that_still_runs_gets_no_token_and_no_place(
    database: Database, accounts: Accounts
) -> None:
    account, login = await database.write(lambda tx: an_account(tx, accounts)), login_with(OTHER_TOKEN, "1")
    await database.write(lambda tx: removals.disown_accounts(tx, TENANT, NOW_MS))

    await database.write(lambda tx: accounts.replace_token(tx, account.id, OTHER_TOKEN))
    place = await database.write(lambda tx: take_place(tx, account.id, login, Now(NOW_MS)))

    kept = await database.read(lambda tx: tx.one("SELECT tenant, token, person_hash FROM accounts"))
    assert kept is not None
    assert (kept["tenant"], kept["token"], kept["person_hash"]) == (NOBODY, b"", "")
    assert not place.is_own
    assert not await database.read(lambda tx: tx.all("SELECT * FROM places"))
