"""Tries an account as its jobs will need it, over REST alone: a login, then server, channel and commands."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.accounts.condition import Standing
from bridge.chat import Channel, SlashCommand
from bridge.ports import Clock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.reconnect import Reconnect, ReconnectLimits
from bridge.sessions.selfbot.client import GatewayClient
from bridge.sessions.selfbot.command_index import CommandIndex
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.selfbot.options import Unsendable
from bridge.sessions.selfbot.rate_limit import Hold
from bridge.sessions.selfbot.raw_json import Raw, mapping, snowflake, text, truth
from bridge.sessions.selfbot.rest import NoUsableAnswer, Rest
from bridge.sessions.trouble import Lost, Trouble, Troubled

LIMIT_S: Final = 15.0
NOT_THERE: Final = frozenset({403, 404})
NEW_TOKEN: Final = "Log in to Discord in a browser with this account, and copy its token again."  # noqa: S105
JOIN: Final = "Join the server with this account, or correct the id of the server."
SEE: Final = "Let the account into the thread, or correct the id of the channel."
READ: Final = "Give the account the permissions to view the channel and to read its history."
UNLOCK: Final = "Take another thread, or let a moderator unlock this one."
COMMANDS: Final = "Add the PixVerse bot to the server; if it has renamed its commands, set bot.commands."
LATER: Final = "Try again later."


@dataclass(frozen=True, slots=True)
class Finding:
    """What was tried, and what was found; `remedy` says what a person can do, None if all is fine."""

    what: str
    found: str
    remedy: str | None = None

    @property
    def is_fine(self) -> bool:
        """Return whether nothing is wrong."""
        return self.remedy is None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that is tried, and the commands that it must be able to run."""

    token: str
    place: Channel
    commands: Sequence[SlashCommand]


async def try_account(endpoint: Endpoint, clock: Clock, account: Candidate) -> AsyncGenerator[Finding, None]:
    """Yield what is found, in the order in which it is tried; what depends on a failure is not tried."""
    pace = Reconnect(clock, ReconnectLimits())
    client = GatewayClient(endpoint, clock, pace, _hear_nothing, lambda _outage: None)
    try:
        login = await _log_in(client, account.token)
        yield login
        if login.is_fine:
            async for finding in _try_place(client, endpoint, clock, account):
                yield finding
    finally:
        await client.shut()


async def _hear_nothing(_frame: object) -> None:
    """Ignore an event: there is no gateway connection."""


async def _log_in(client: GatewayClient, token: str) -> Finding:
    try:
        await client.log_in(token)
    except Lost as lost:
        return Finding("token", lost.outage.reason, lost.outage.remedy or LATER)
    except Troubled as troubled:
        return Finding("token", troubled.trouble.reason, _remedy(troubled.trouble))
    return Finding("token", f"Discord accepts it: it is of the user {client.account_id}")


def _remedy(trouble: Trouble) -> str:
    return NEW_TOKEN if trouble.standing is Standing.BAD_TOKEN else trouble.remedy


async def _try_place(
    client: GatewayClient, endpoint: Endpoint, clock: Clock, account: Candidate
) -> AsyncGenerator[Finding, None]:
    identity = Identity(account.token)
    identity.present(client.presented_headers, client.cookies)
    rest = Rest(endpoint, identity, clock, Hold(clock), lambda _trouble: None)
    try:
        server = await _server(rest, account.place.guild)
        yield server
        yield await _channel(rest, account.place)
        if server.is_fine:
            yield await _commands(CommandIndex(rest, clock), account)
    finally:
        await rest.aclose()


async def _server(rest: Rest, guild: str) -> Finding:
    try:
        found = mapping(await rest.get(f"/guilds/{guild}", LIMIT_S)) or {}
    except NoUsableAnswer as error:
        if error.status in NOT_THERE:
            return Finding("server", f"the account is in no server with the id {guild}", JOIN)
        return Finding("server", str(error), LATER)
    return Finding("server", f"the account is in {_named(found, guild)}")


async def _channel(rest: Rest, place: Channel) -> Finding:
    try:
        found = mapping(await rest.get(f"/channels/{place.id}", LIMIT_S)) or {}
        if snowflake(found, "guild_id") != place.guild:
            return _elsewhere(found, place)
        await rest.get(f"/channels/{place.id}/messages", LIMIT_S, {"limit": "1"})
    except NoUsableAnswer as error:
        return _unseen(error, place)
    if truth(mapping(found.get("thread_metadata")) or {}, "locked"):
        return Finding("channel", f"the thread {_named(found, place.id)} is locked", UNLOCK)
    return Finding("channel", f"the account sees {_named(found, place.id)} and may read it")


def _elsewhere(found: Raw, place: Channel) -> Finding:
    guild = snowflake(found, "guild_id")
    if guild is None:
        return Finding("channel", f"{place.id} is not in a server but a private conversation", SEE)
    return Finding(
        "channel",
        f"{_named(found, place.id)} is in the server {guild}, not in {place.guild}",
        f"Write {guild} as the server, or the id of a channel of {place.guild}.",
    )


def _unseen(error: NoUsableAnswer, place: Channel) -> Finding:
    if error.status in NOT_THERE:
        code = error.answer.code if error.answer is not None else None
        if code == 50_013:
            return Finding("channel", f"the account may not read the channel {place.id}", READ)
        return Finding("channel", f"the account sees no channel or thread with the id {place.id}", SEE)
    return Finding("channel", str(error), LATER)


async def _commands(index: CommandIndex, account: Candidate) -> Finding:
    missing = []
    for command in account.commands:
        try:
            await index.find(account.place.guild, command)
        except Unsendable:
            missing.append(command.name)
        except NoUsableAnswer as error:
            return Finding("commands", str(error), LATER)
    if missing:
        names = ", ".join(f"/{name}" for name in missing)
        return Finding("commands", f"the server does not offer {names}", COMMANDS)
    names = ", ".join(f"/{command.name}" for command in account.commands)
    return Finding("commands", f"the server offers {names}")


def _named(found: Raw, its_id: str) -> str:
    name = text(found, "name")
    return f"{name} ({its_id})" if name else its_id
