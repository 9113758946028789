"""One secret in use, earlier ones for a day, all encrypted."""

import pytest

from bridge.errors import DataError
from bridge.store.database import Database
from bridge.store.rows.webhook_secrets import OVERLAP_MS, WebhookSecrets, made
from tests.tools.jobs import NOW_MS
from tests.tools.rows import TENANT
from tests.tools.vaults import a_vault


@pytest.fixture
def secrets() -> WebhookSecrets:
    return WebhookSecrets(a_vault())


async def signing(
    database: Database, secrets: WebhookSecrets, now_ms: int = NOW_MS, tenant: str = TENANT
) -> list[str]:
    found = await database.read(lambda tx: secrets.signing(tx, tenant, now_ms))
    return [secret.text for secret in found]


async def test_the_first_secret_is_made_once(database: Database, secrets: WebhookSecrets) -> None:
    first = await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))
    second = await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))

    assert first == second
    assert await signing(database, secrets) == [first]


async def test_a_given_secret_takes_over_and_stays_when_it_is_given_again(
    database: Database, secrets: WebhookSecrets
) -> None:
    given = made()
    first = await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))

    for _ in range(2):
        assert await database.write(lambda tx: secrets.prepare(tx, TENANT, given, NOW_MS)) == given

    assert await signing(database, secrets) == [given, first]


async def test_an_earlier_secret_signs_for_a_day(database: Database, secrets: WebhookSecrets) -> None:
    first = await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))
    second = await database.write(lambda tx: secrets.rotate(tx, TENANT, NOW_MS))

    assert await signing(database, secrets, NOW_MS + OVERLAP_MS - 1) == [second, first]
    assert await signing(database, secrets, NOW_MS + OVERLAP_MS) == [second]


async def test_each_of_several_rotations_has_a_day_of_its_own(
    database: Database, secrets: WebhookSecrets
) -> None:
    await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))
    second = await database.write(lambda tx: secrets.rotate(tx, TENANT, NOW_MS))
    third = await database.write(lambda tx: secrets.rotate(tx, TENANT, NOW_MS + OVERLAP_MS))

    assert await signing(database, secrets, NOW_MS + OVERLAP_MS) == [third, second]


async def test_what_is_dropped_signs_no_more(database: Database, secrets: WebhookSecrets) -> None:
    await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))
    second = await database.write(lambda tx: secrets.rotate(tx, TENANT, NOW_MS))

    assert await database.write(lambda tx: secrets.drop_old(tx, TENANT)) == 1
    assert await signing(database, secrets) == [second]


async def test_tenants_have_secrets_of_their_own(database: Database, secrets: WebhookSecrets) -> None:
    mine = await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))
    theirs = await database.write(lambda tx: secrets.prepare(tx, "another", None, NOW_MS))

    assert mine != theirs
    assert await signing(database, secrets, tenant="another") == [theirs]


async def test_a_secret_that_was_moved_from_another_row_does_not_sign_and_the_others_do(
    database: Database, secrets: WebhookSecrets
) -> None:
    first = await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))
    theirs = await database.write(lambda tx: secrets.prepare(tx, "another", None, NOW_MS))
    await database.write(lambda tx: secrets.rotate(tx, TENANT, NOW_MS))

    await database.write(lambda tx: tx.run(TAKE_THEIRS))

    assert await signing(database, secrets) == [first]
    assert await signing(database, secrets, tenant="another") == [theirs]


async def test_a_current_secret_that_cannot_be_decrypted_is_replaced_at_the_next_start(
    database: Database, secrets: WebhookSecrets
) -> None:
    first = await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))
    await database.write(lambda tx: tx.run("UPDATE webhook_secrets SET secret = :damaged", damaged=b"\0"))

    assert await database.read(lambda tx: secrets.must_replace(tx, TENANT))
    second = await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))

    assert second != first
    assert await signing(database, secrets) == [second]
    assert not await database.read(lambda tx: secrets.must_replace(tx, TENANT))


TAKE_THEIRS = """
    UPDATE webhook_secrets
       SET secret = (SELECT secret FROM webhook_secrets WHERE tenant = 'another')
     WHERE tenant = 'default' AND ends_ms IS NULL
"""


async def test_another_key_opens_none(database: Database, secrets: WebhookSecrets) -> None:
    await database.write(lambda tx: secrets.prepare(tx, TENANT, None, NOW_MS))

    with pytest.raises(DataError, match="No webhook secret can be decrypted"):
        await signing(database, WebhookSecrets(a_vault("another")))
