"""A frame of the gateway that is hostile or broken costs a line of the log, and never the session."""

import json
from random import Random
from typing import Any

import pytest

from bridge.chat import Message
from bridge.sessions.port import Session
from tests.fuzz.made_up import HOSTILE, damaged, made, text, value
from tests.fuzz.trying import Trial
from tests.sessions.conftest import HERE, Listener
from tests.sessions.conftest import discord as discord
from tests.sessions.conftest import endpoint as endpoint
from tests.sessions.conftest import session as session
from tests.sessions.conftest import sessions as sessions
from tests.sessions.conftest import stored as stored
from tests.sessions.fake_discord import FakeDiscord
from tests.sessions.fake_wire import user

RECONNECT, INVALID_SESSION, HELLO = 7, 9, 10
MESSAGE = {
    "id": "1",
    "channel_id": HERE.id,
    "author": user(),
    "content": "a",
    "embeds": [{"image": {"url": "u"}}],
}
FRAMES: tuple[dict[str, Any], ...] = (
    {"op": 0, "s": 5, "t": "MESSAGE_CREATE", "d": MESSAGE},
    {"op": 0, "s": 5, "t": "MESSAGE_UPDATE", "d": MESSAGE},
    {"op": 0, "s": 5, "t": "INTERACTION_CREATE", "d": {"id": "1", "nonce": "2"}},
    {"op": 0, "s": 5, "t": "INTERACTION_FAILURE", "d": {"id": "1", "nonce": "2", "reason_code": 5}},
    {"op": 0, "s": 5, "t": "INTERACTION_MODAL_CREATE", "d": {"id": "1", "nonce": "2", "custom_id": "3"}},
    {"op": 0, "s": 5, "t": "USER_REQUIRED_ACTION_UPDATE", "d": {"required_action": None}},
    {"op": 0, "s": 5, "t": "GUILD_APPLICATION_COMMAND_INDEX_UPDATE", "d": {"guild_id": "1"}},
    {"op": 0, "s": 5, "t": "THREAD_DELETE", "d": {"id": "1"}},
    {"op": 0, "s": 5, "t": "GUILD_DELETE", "d": {"id": "1", "unavailable": False}},
    {"op": 0, "s": 5, "t": "THREAD_MEMBERS_UPDATE", "d": {"id": "1", "removed_member_ids": ["1"]}},
    {"op": 0, "s": 5, "t": "RESUMED", "d": {}},
    {"op": 0, "s": 5, "t": "TYPING_START", "d": {}},
    {"op": 11, "d": None},
    {"op": 1, "d": None},
    {"op": 10, "d": {"heartbeat_interval": 40_000}},
)


def frame(chance: Random) -> str:
    """Return the text of a frame: a damaged one, any JSON, or what is no JSON."""
    kind = chance.randrange(10)
    if kind == 0:
        return text(chance).encode(errors="replace").decode()
    if kind == 1:
        return "[" * chance.randrange(100_000)
    if kind == 2:
        return json.dumps(value(chance))
    if kind == 3:
        return json.dumps({"op": chance.choice(HOSTILE), "t": chance.choice(HOSTILE), "d": value(chance)})
    return json.dumps(damaged(chance, *FRAMES))


def _is_no_order(frame: str) -> bool:
    """Return False for what Discord may order: to connect again, or that the account needs a person."""
    try:
        said = json.loads(frame)
    except (ValueError, RecursionError):
        return True
    if not isinstance(said, dict):
        return True
    payload = said.get("d")
    orders = said.get("op") in (RECONNECT, INVALID_SESSION)
    needs = isinstance(payload, dict) and payload.get("required_action") not in (None, "")
    return not (orders or needs)


async def test_no_frame_ends_a_session(discord: FakeDiscord, session: Session, trial: Trial) -> None:
    numbers = iter(range(10**17, 10**18))
    discord.counts_from(10**9)

    async def hear(sent: str) -> None:
        marker = str(next(numbers))
        await discord.socket.send_text(sent)
        await discord.say(marker, "the next one")
        listener = Listener(session)
        while not (isinstance(heard := await listener.next(), Message) and heard.id == marker):
            pass

    await trial.run(made(frame).filter(_is_no_order), hear, few=100)

    assert len(discord.sockets) == 1
    assert session.condition.is_connected


@pytest.mark.parametrize(
    "frame",
    [
        *("", "no JSON", "[]", "5", "[" * 100_000),
        '{"op": 10, "d": null}',
        '{"op": 10, "d": {"heartbeat_interval": 0}}',
        '{"op": 0, "s": 3, "t": "READY", "d": {}}',
        '{"op": 0, "s": "3", "t": "TYPING_START", "d": {}}',
        '{"op": 0, "s": 3, "t": ["TYPING_START"], "d": {}}',
    ],
    ids=["empty", "text", "list", "number", "deep", "no beat", "endless beats", "READY", "sequence", "event"],
)
async def test_a_frame_that_cannot_be_read_is_logged(
    discord: FakeDiscord, session: Session, capsys: pytest.CaptureFixture[str], frame: str
) -> None:
    await discord.socket.send_text(frame)
    await discord.say("8", "the next one")

    listener = Listener(session)
    while not isinstance(await listener.next(), Message):
        pass

    assert len(discord.sockets) == 1
    assert capsys.readouterr().out.count("frame_not_understood") == 1
