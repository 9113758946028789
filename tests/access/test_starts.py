"""Which token a start lets in: the setting's, or the first start's; and what is said when that changes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bridge.access.api_token import ApiToken, Origin, Revoker, TokenState
from bridge.access.scopes import ALL
from bridge.access.token_text import is_token
from bridge.app.access import StartToken, keep_new_token, start_token
from bridge.app.foundation import open_foundation, shared_database
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.flows.access.start import AtStart, full_token, with_setting, without_setting
from bridge.logs import Redactor
from bridge.store.rows import api_tokens
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from bridge.store.vault import digest
from tests.tools.rows import a_token

NOW_MS = 1_700_000_000_000
ONE, OTHER = "the-first-token", "the-second-token"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with sqlite_database(tmp_path / "bridge.db") as database:
        yield database


async def start(database: SqliteDatabase, token: str | None) -> AtStart:
    if token is None:
        return await database.write(lambda tx: without_setting(tx, NOW_MS))
    return await database.write(lambda tx: with_setting(tx, token, f"id-of-{token}", NOW_MS))


async def states(database: SqliteDatabase) -> dict[str, str]:
    found = await database.read(api_tokens.every)
    return {token.id: token.state(NOW_MS) for token in found}


async def test_the_settings_token_is_one_of_the_default_tenant_with_all_scopes(
    database: SqliteDatabase,
) -> None:
    told = await start(database, ONE)

    [kept] = await database.read(api_tokens.every)
    assert told == AtStart(added=f"id-of-{ONE}")
    assert (kept.tenant, kept.scopes, kept.state(NOW_MS)) == ("default", ALL, TokenState.ACTIVE)


async def test_a_second_start_with_it_changes_nothing(database: SqliteDatabase) -> None:
    await start(database, ONE)

    assert await start(database, ONE) == AtStart()


async def test_another_setting_revokes_the_earlier_token_and_says_so(database: SqliteDatabase) -> None:
    await start(database, ONE)

    told = await start(database, OTHER)

    assert told == AtStart(added=f"id-of-{OTHER}", revoked=(f"id-of-{ONE}",))
    assert await states(database) == {f"id-of-{ONE}": "revoked", f"id-of-{OTHER}": "active"}


async def test_a_setting_that_is_gone_revives_nothing(database: SqliteDatabase) -> None:
    first = full_token("of-the-first-start", Origin.FIRST_START, NOW_MS)
    await database.write(lambda tx: api_tokens.insert(tx, first, digest("generated")))
    set_once = await start(database, ONE)

    gone = await start(database, None)

    assert set_once.revoked == ("of-the-first-start",)
    assert gone == AtStart(revoked=(f"id-of-{ONE}",), is_any_active=False)
    assert await states(database) == {"of-the-first-start": "revoked", f"id-of-{ONE}": "revoked"}
    assert await start(database, None) == AtStart(is_any_active=False)


async def test_a_setting_that_is_back_is_said_to_open_again(database: SqliteDatabase) -> None:
    await start(database, ONE)
    await start(database, None)

    told = await start(database, ONE)

    assert told == AtStart(reinstated=f"id-of-{ONE}")
    assert await states(database) == {f"id-of-{ONE}": "active"}


async def test_a_setting_does_not_undo_a_revocation(database: SqliteDatabase) -> None:
    await start(database, ONE)
    await database.write(lambda tx: api_tokens.revoke(tx, f"id-of-{ONE}", Revoker.COMMAND, NOW_MS))

    told = [await start(database, token) for token in (ONE, None, ONE)]

    assert [one.closed for one in told] == [f"id-of-{ONE}", None, f"id-of-{ONE}"]
    assert await states(database) == {f"id-of-{ONE}": "revoked"}


async def test_tokens_of_the_command_are_left_alone(database: SqliteDatabase) -> None:
    made: ApiToken = await database.write(lambda tx: a_token(tx, "made-by-hand"))

    told = [await start(database, token) for token in (ONE, OTHER, None)]

    assert (await states(database))[made.id] == "active"
    assert told[-1].is_any_active


async def test_only_a_database_without_any_token_gets_one(database: SqliteDatabase) -> None:
    assert (await start(database, None)).is_first

    await database.write(lambda tx: a_token(tx, "made-by-hand"))

    assert not (await start(database, None)).is_first


async def started(tmp_path: Path, token: str | None) -> tuple[StartToken, list[str]]:
    """Return the token of a start, and the events that it logs."""
    settings = Settings(data_dir=tmp_path / "data", api_token=SecretStr(token) if token else None)
    redactor = Redactor(SystemClock())
    async with open_foundation(settings, redactor) as foundation:
        with capture_logs() as lines:
            found = await start_token(settings, foundation, redactor)
        await keep_new_token(found, foundation)
    return found, [line["event"] for line in lines]


async def test_every_change_of_the_setting_is_said_once(tmp_path: Path) -> None:
    told = [(await started(tmp_path, token))[1] for token in (None, None, ONE, ONE, OTHER, None, None, ONE)]

    assert told == [
        [],
        [],
        ["api_tokens_were_revoked", "configured_api_token_was_added"],
        [],
        ["api_tokens_were_revoked", "configured_api_token_was_added"],
        ["api_tokens_were_revoked", "no_api_token_of_the_default_tenant"],
        ["no_api_token_of_the_default_tenant"],
        ["api_token_reinstated"],
    ]


async def test_a_start_without_any_token_that_opens_the_api_says_how_to_get_one(tmp_path: Path) -> None:
    await started(tmp_path, ONE)
    settings = Settings(data_dir=tmp_path / "data")
    async with shared_database(settings) as database:
        [kept] = await database.read(api_tokens.every)
        await database.write(lambda tx: api_tokens.revoke(tx, kept.id, Revoker.COMMAND, NOW_MS))

    told = [(await started(tmp_path, token))[1] for token in (ONE, None)]

    assert told == [
        ["api_token_rejected", "no_api_token_of_the_default_tenant"],
        ["no_api_token_of_the_default_tenant"],
    ]


async def test_a_token_is_made_at_the_first_start_only(tmp_path: Path) -> None:
    first, second = [(await started(tmp_path, None))[0] for _ in range(2)]

    assert (first.is_new, is_token(first.text)) == (True, True)
    assert (second.is_new, second.text) == (False, "")


def test_an_empty_or_short_token_is_refused() -> None:
    for text in ("", " ", "x", "1234567"):
        with pytest.raises(ValueError, match="api_token"):
            Settings(api_token=SecretStr(text))
    assert Settings(api_token=SecretStr("12345678")).api_token
    assert Settings(api_token=SecretStr("sandbox")).api_token
