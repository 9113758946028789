"""The accounts that are examined: those of the configuration file, and those of the database."""

from dataclasses import dataclass, field

from bridge.access.tenant import DEFAULT
from bridge.app.databases import database_path, is_postgres
from bridge.app.foundation import kept_accounts, usable_database
from bridge.app.trial import is_running
from bridge.chat import Channel
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, DataError
from bridge.logs import Redactor
from bridge.store.sqlite.migrations import is_up_to_date

NONE = "there is no account: add one with pixverse-bridge init, or to a running bridge"


@dataclass(frozen=True, slots=True)
class Patient:
    """An account; `token` None: the stored one cannot be decrypted."""

    place: Channel
    token: str | None = field(repr=False)


async def patients(settings: Settings, redactor: Redactor, channel: str | None) -> list[Patient]:
    """Return the accounts, or the one of a channel; raises `ConfigurationError` if there is none.

    While a bridge runs, the database knows the accounts better: Discord may have replaced a token.
    """
    written = {
        each.channel: Patient(Channel(each.server, each.channel), each.discord.get_secret_value())
        for each in settings.accounts
    }
    stored = await _stored(settings, redactor, is_needed=not written)
    found = {**written, **stored} if is_running(settings) else {**stored, **written}
    if channel is None:
        if not found:
            raise ConfigurationError(NONE)
        return list(found.values())
    if channel not in found:
        known = ", ".join(found) or "none"
        raise ConfigurationError(f"--channel: no account has the channel {channel}; there are: {known}")
    return [found[channel]]


async def _stored(settings: Settings, redactor: Redactor, *, is_needed: bool) -> dict[str, Patient]:
    """Return the accounts of the database; it is not made or upgraded for this."""
    if not is_postgres(settings):
        path = database_path(settings)
        if not (path.is_file() and is_up_to_date(path)):
            return {}
    try:
        async with kept_accounts(settings, redactor) as (database, accounts):
            with usable_database():
                found = await database.read(lambda tx: accounts.configured(tx, DEFAULT))
    except DataError:
        if is_needed:
            raise
        return {}
    for each in found:
        redactor.add(each.token or "")
    return {each.channel: Patient(each.place, each.token) for each in found}
