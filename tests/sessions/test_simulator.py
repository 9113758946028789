"""The sessions against the simulated Discord, with its PixVerse bot in it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bridge.chat import Channel, Heard, InteractionCreated, Listening, Message, SlashCommand
from bridge.clock import SystemClock
from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session, Taken
from tests.sessions.conftest import QUICK, Listener, NotingClock, Stored, send, until


@dataclass
class Scene:
    """A simulator and a session of its first account."""

    sandbox: Sandbox
    sessions: SelfbotSessions
    session: Session
    stored: Stored

    async def fault(self, **fault: Any) -> Any:
        url = f"{self.sandbox.url}/_sandbox/faults"
        async with aiohttp.ClientSession() as http, http.post(url, json=fault) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def interactions(self) -> Any:
        url = f"{self.sandbox.url}/_sandbox/interactions"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return await answer.json()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with run_sandbox(SandboxOptions(video_seconds=0.2, seed=1)) as sandbox:
        world = sandbox.world()
        endpoint = Endpoint(world["api_url"], world["gateway_url"])
        async with SelfbotSessions(endpoint, SystemClock(), pacing=QUICK) as sessions:
            stored = Stored()
            here = Channel(world["guild_id"], world["channel_id"])
            session = sessions.open(world["accounts"][0]["token"], here, stored)
            await until(session, "connected")
            yield Scene(sandbox, sessions, session, stored)


async def hear_until(listener: Listener, is_last: Any) -> list[Heard]:
    heard = [await listener.next()]
    while not is_last(heard[-1]):
        heard.append(await listener.next())
    return heard


def has_video(heard: Heard) -> bool:
    return isinstance(heard, Message) and any(a.filename.endswith(".mp4") for a in heard.attachments or ())


def create(prompt: str) -> SlashCommand:
    return SlashCommand(None, "create_single", {"prompt": prompt, "style": "Realistic"})


async def test_a_video_is_made_and_heard(scene: Scene) -> None:
    listener = Listener(scene.session)

    sent = await send(scene.session, create("a cat"), "123")
    heard = await hear_until(listener, has_video)

    assert isinstance(sent, Taken)
    assert isinstance(heard[0], Listening)
    created = next(each for each in heard if isinstance(each, InteractionCreated))
    assert created.nonce == "123"
    assert isinstance(heard[-1], Message)
    assert heard[-1].buttons
    assert len(await scene.interactions()) == 1


async def test_the_video_is_in_the_history_and_its_links_refresh(scene: Scene) -> None:
    listener = Listener(scene.session)
    await send(scene.session, create("a cat"), "123")
    video = (await hear_until(listener, has_video))[-1]
    assert isinstance(video, Message)
    assert video.attachments

    rows = await scene.session.history("0", 100)
    found = await scene.session.message(video.id)
    fresh = await scene.session.refresh([video.attachments[0].url])

    assert video.id in [row.id for row in rows]
    assert found is not None
    assert found.attachments is not None
    assert found.attachments[0].id == video.attachments[0].id
    assert list(fresh) == [video.attachments[0].url]


@pytest.mark.parametrize(
    ("fault", "is_resumed"),
    [
        ({"fault": "drop_gateway"}, True),
        ({"fault": "drop_gateway", "forget": True}, False),
        ({"fault": "reconnect"}, True),
        ({"fault": "invalid_session", "resumable": True}, True),
        ({"fault": "invalid_session"}, False),
    ],
)
async def test_a_connection_comes_back_and_says_how(scene: Scene, fault: Any, is_resumed: bool) -> None:
    listener = Listener(scene.session)
    await listener.next()

    await scene.fault(**fault)

    back = (await hear_until(listener, lambda heard: isinstance(heard, Listening)))[-1]
    assert isinstance(back, Listening)
    assert back.is_resumed is is_resumed


@pytest.mark.parametrize("fault", ["drop_gateway", "reconnect"])
async def test_ten_drops_leave_the_account_away_for_less_than_half_a_second_each(
    scene: Scene, fault: str
) -> None:
    clock, world = NotingClock(), scene.sandbox.world()
    endpoint = Endpoint(world["api_url"], world["gateway_url"])
    await scene.session.aclose()
    async with SelfbotSessions(endpoint, clock) as sessions:
        here = Channel(world["guild_id"], world["channel_id"])
        listener = Listener(sessions.open(world["accounts"][0]["token"], here, scene.stored))
        await listener.next()
        for _ in range(10):
            await scene.fault(fault=fault)
            await hear_until(listener, lambda heard: isinstance(heard, Listening) and heard.is_resumed)

    assert len(clock.pauses) == 10
    assert all(pause_s < 0.5 for pause_s in clock.pauses)


@pytest.mark.parametrize("fault", ["duplicate_events", "reorder_events"])
async def test_a_video_is_heard_although_frames_come_oddly(scene: Scene, fault: str) -> None:
    listener = Listener(scene.session)
    await scene.fault(fault=fault)

    await send(scene.session, create("a cat"), "123")

    assert await hear_until(listener, has_video)


async def test_a_post_that_is_cut_after_acceptance_is_not_repeated(scene: Scene) -> None:
    await send(scene.session, create("first"), "1")
    await scene.fault(fault="rest", route="/interactions", status=0, after_acceptance=True, times=3)

    sent = await send(scene.session, create("second"), "2")

    assert type(sent).__name__ == "Unknown"
    assert [each["nonce"] for each in await scene.interactions()] == ["1", "2"]


async def test_a_revoked_token_is_bad_and_a_new_one_connects(scene: Scene) -> None:
    answer = await scene.fault(fault="revoke_token")
    await until(scene.session, "bad_token")
    world = scene.sandbox.world()
    token = next(e["token"] for e in answer["new_tokens"] if e["user_id"] == world["accounts"][0]["user_id"])

    again = scene.sessions.open(token, Channel(world["guild_id"], world["channel_id"]), scene.stored)
    await until(again, "connected")


async def test_a_replaced_token_is_stored(scene: Scene) -> None:
    await scene.fault(fault="replace_token")
    await scene.fault(fault="drop_gateway", forget=True)

    await until(scene.session, "reconnecting")
    await until(scene.session, "connected")

    assert len(scene.stored.tokens) == 1


async def test_ten_accounts_listen_side_by_side_and_close_quickly() -> None:
    async with run_sandbox(SandboxOptions(video_seconds=0.1, accounts=11)) as sandbox:
        world = sandbox.world()
        endpoint = Endpoint(world["api_url"], world["gateway_url"])
        async with SelfbotSessions(endpoint, SystemClock(), pacing=QUICK) as sessions:
            opened = [
                sessions.open(each["discord"], Channel(each["server"], each["channel"]), Stored())
                for each in sandbox.spare_accounts()
            ]
            await asyncio.gather(*(until(session, "connected") for session in opened))
            sends = [send(session, create(f"cat {n}"), f"{n}") for n, session in enumerate(opened)]
            sent = await asyncio.gather(*sends)
            await asyncio.gather(*(hear_until(Listener(session), has_video) for session in opened))
            begun = asyncio.get_running_loop().time()
        took_s = asyncio.get_running_loop().time() - begun

    assert all(isinstance(each, Taken) for each in sent)
    assert took_s < 2
