"""What a client may say: a function for each opcode (discord-userdoccers, "Opcodes and Close Codes")."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.sandbox.gateway.bot_terms import refusal_of, shard_of
from bridge.sandbox.gateway.ready import guild_create, ready, ready_supplemental, wants_supplemental
from bridge.sandbox.gateway.trouble import trouble_line
from bridge.sandbox.presence import Presence
from bridge.sandbox.sessions.encoding import payload_zlib
from bridge.sandbox.sessions.intents import hears
from bridge.sandbox.sessions.line import Line
from bridge.sandbox.sessions.session import Event, Session
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.tokens import new_token
from bridge.sandbox.wire import Json, as_snowflake, dumps
from bridge.sandbox.world.guilds import view_member
from bridge.sandbox.world.users import User, view_user

__all__ = ["Talk", "expect_heartbeat", "obey"]

HELLO, ACK, INVALID_SESSION = 10, 11, 9
UNKNOWN_OPCODE, NOT_AUTHENTICATED, REFUSED, ALREADY_AUTHENTICATED, INVALID_SEQ = 4001, 4003, 4004, 4005, 4007
TIMED_OUT = 4009
PATIENCE = 1.5


@dataclass(eq=False)
class Talk:
    """One connection to the gateway, and the session it is for once there is one."""

    sim: Simulation
    line: Line
    version: int
    has_stream: bool
    address: str
    session: Session | None = None
    presence: Presence | None = None
    watch: asyncio.TimerHandle | None = None


def obey(talk: Talk, frame: Json) -> None:
    """Do what a frame says; close the connection over one that is not allowed."""
    op = frame.get("op")
    act = OPCODES.get(op) if isinstance(op, int) else None
    if act is None:
        talk.line.end(UNKNOWN_OPCODE)
    elif talk.session is None and op not in BEFORE_IDENTIFY:
        talk.line.end(NOT_AUTHENTICATED)
    else:
        act(talk, frame.get("d"))


def expect_heartbeat(talk: Talk) -> None:
    """Close the connection and end its session unless a heartbeat comes in time."""

    def give_up() -> None:
        if talk.session is not None and not talk.line.is_mute:
            talk.sim.hub.end(talk.session)
        talk.line.end(TIMED_OUT)

    talk.sim.clock.forget(talk.watch)
    talk.watch = talk.sim.clock.later(talk.sim.heartbeat_s * PATIENCE, give_up)


def _heartbeat(talk: Talk, _data: Any) -> None:
    expect_heartbeat(talk)
    user_id = talk.session.user_id if talk.session is not None else None
    if not talk.sim.faults.strikes("no_heartbeat_ack", user_id):
        talk.line.say(ACK)


def _identify(talk: Talk, data: Any) -> None:
    if talk.session is not None and talk.sim.hub.find(talk.session.id) is not None:
        talk.line.end(ALREADY_AUTHENTICATED)
        return
    fields: Json = data if isinstance(data, dict) else {}
    user = _user_of(talk, fields)
    if user is None:
        talk.line.end(REFUSED)
        return
    if fields.get("compress") is True and not talk.has_stream:
        talk.line.codec = payload_zlib()
    problem = refusal_of(talk.sim, user, fields) if user.is_bot else None
    if problem is None:
        _begin(talk, user, fields)
    else:
        talk.line.end(problem)


def _begin(talk: Talk, user: User, fields: Json) -> None:
    sim = talk.sim
    trouble_line(sim, talk.line, user.id)
    session = talk.session = sim.hub.open(user.id, talk.line, is_bot=user.is_bot)
    talk.presence = sim.presences.begin("identify", user.id, talk.address)
    asked = fields.get("capabilities")
    capabilities = asked if isinstance(asked, int) else 0
    if user.is_bot:
        session.intents, session.shard = fields["intents"], shard_of(fields)
    greeting = ready(sim, session, user, capabilities, talk.version)
    session.send(Event("READY", dumps({**greeting, **_replaced_token(sim, user)})))
    if user.is_bot:
        for guild in sim.world.guilds_of(user.id):
            if hears(session, "GUILD_CREATE", guild.id):
                session.send(Event("GUILD_CREATE", dumps(guild_create(sim, guild, user))))
    elif wants_supplemental(capabilities):
        session.send(Event("READY_SUPPLEMENTAL", dumps(ready_supplemental(sim, user))))


def _replaced_token(sim: Simulation, user: User) -> Json:
    """Give the user a new token if a fault says so: the old one is refused from now on."""
    if user.is_bot or not sim.faults.strikes("replace_token", user.id):
        return {}
    sim.world.tokens = {token: owner for token, owner in sim.world.tokens.items() if owner != user.id}
    token = new_token(user.id, sim.rng)
    sim.world.give_token(user.id, token)
    return {"auth_token": token}


def _resume(talk: Talk, data: Any) -> None:
    fields: Json = data if isinstance(data, dict) else {}
    user = _user_of(talk, fields)
    if user is None:
        talk.line.end(REFUSED)
        return
    session = talk.sim.hub.find(fields.get("session_id"))
    seq = as_snowflake(fields.get("seq"))
    if session is None or session.user_id != user.id or seq is None:
        talk.line.say(INVALID_SESSION, data=False)
    elif seq > session.seq:
        talk.line.end(INVALID_SEQ)
    else:
        _replay(talk, session, session.missed_since(seq))


def _replay(talk: Talk, session: Session, missed: list[str] | None) -> None:
    if missed is None:
        talk.sim.hub.end(session)
        talk.line.say(INVALID_SESSION, data=False)
        return
    trouble_line(talk.sim, talk.line, session.user_id)
    talk.sim.hub.resume(session, talk.line)
    talk.session = session
    talk.presence = talk.sim.presences.begin("resume", session.user_id, talk.address)
    for frame in missed:
        talk.line.push(frame)
    session.send(Event("RESUMED", dumps({"_trace": ['["sandbox",{"micros":0}]']})))


def _subscribe_bulk(talk: Talk, data: Any) -> None:
    wanted = data.get("subscriptions") if isinstance(data, dict) else None
    for guild_id in wanted if isinstance(wanted, dict) else {}:
        _subscribe_to(talk, guild_id)


def _subscribe(talk: Talk, data: Any) -> None:
    _subscribe_to(talk, data.get("guild_id") if isinstance(data, dict) else None)


def _subscribe_to(talk: Talk, given: object) -> None:
    guild_id = as_snowflake(given)
    session = talk.session
    if session is None or guild_id not in talk.sim.world.guilds:
        return
    if session.user_id in talk.sim.world.guild_members[guild_id]:
        session.guilds.add(guild_id)


def _request_members(talk: Talk, data: Any) -> None:
    fields: Json = data if isinstance(data, dict) else {}
    given = fields.get("guild_id")
    for each in given if isinstance(given, list) else [given]:
        guild_id = as_snowflake(each)
        if guild_id in talk.sim.world.guilds and talk.session is not None:
            _send_members(talk.sim, talk.session, guild_id, fields)


def _send_members(sim: Simulation, session: Session, guild_id: int, fields: Json) -> None:
    asked = fields.get("user_ids")
    ids = [as_snowflake(each) for each in (asked if isinstance(asked, list) else [asked])]
    members = sim.world.guild_members[guild_id]
    found = [sim.world.users[each] for each in ids if each is not None and each in members]
    guild = sim.world.guilds[guild_id]
    chunk = {
        "guild_id": str(guild_id),
        "members": [{"user": view_user(each), **view_member(guild)} for each in found],
        "chunk_index": 0,
        "chunk_count": 1,
        "not_found": [str(each) for each in ids if each is not None and each not in members],
        **({"nonce": fields["nonce"]} if fields.get("nonce") is not None else {}),
    }
    session.send(Event("GUILD_MEMBERS_CHUNK", dumps(chunk)))


def _take_note(_talk: Talk, _data: Any) -> None:
    """Accept what has no effect here: presence, voice, requests for things that do not exist."""


def _user_of(talk: Talk, fields: Json) -> User | None:
    token = str(fields.get("token", "")).removeprefix("Bot ")
    return None if token in talk.sim.refused_tokens else talk.sim.world.user_of(token)


BEFORE_IDENTIFY = frozenset({1, 2, 6, 40})
TAKEN = (3, 4, 5, 13, 17, 18, 19, 20, 21, 22, 28, 29, 30, 31, 32, 33, 34, 35, 36, 38, 39, 41, 42, 43)
OPCODES: Mapping[int, Callable[[Talk, Any], None]] = {
    1: _heartbeat,
    2: _identify,
    6: _resume,
    8: _request_members,
    14: _subscribe,
    37: _subscribe_bulk,
    40: _heartbeat,
    **dict.fromkeys(TAKEN, _take_note),
}
