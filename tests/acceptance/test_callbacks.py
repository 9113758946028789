"""Every end is told to the replyUrl, once and until it is taken."""

from pathlib import Path
from typing import Any

import aiohttp

from bridge.sandbox import Sandbox
from tests.tools.databases import both_engines
from tests.tools.world import Api, Receiver, bridge_on


@both_engines
async def test_a_finished_video_is_called_back_with_the_record(api: Api, receiver: Receiver) -> None:
    answer = await api.create("a cat", replyUrl=receiver.url, replyRef="mine")

    callback = await receiver.next()

    assert callback["job"] == await api.job(answer.body["jobid"])
    assert (callback["job"]["status"], callback["job"]["replyRef"]) == ("completed", "mine")
    assert callback["job"]["code"] == 200


async def test_a_callback_that_fails_is_tried_again_under_the_same_id(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302]

    async with bridge_on(sandbox, tmp_path, callbacks={"pauses_s": [0.05, 0.05, 0.05]}) as bridge:
        api = Api(bridge.url, http)
        answer = await api.create("a cat", replyUrl=receiver.url)
        callback = await receiver.next()

    assert callback["job"]["jobid"] == answer.body["jobid"]
    assert receiver.attempts == [500, 302, 200]


@both_engines
async def test_what_is_owed_is_told_after_a_restart(
    sandbox: Sandbox,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    receiver: Receiver,
    engine: dict[str, Any],
) -> None:
    receiver.statuses = [503]
    quick = {"pauses_s": [0.5, 0.5, 0.5]}
    async with bridge_on(sandbox, tmp_path, callbacks=quick, **engine) as bridge:
        api = Api(bridge.url, http)
        answer = await api.create("a cat", replyUrl=receiver.url)
        await api.ended(answer.body["jobid"])

    async with bridge_on(sandbox, tmp_path, callbacks=quick, **engine):
        callback = await receiver.next()

    assert callback["job"]["jobid"] == answer.body["jobid"]
