"""One evening of a bot: a user who is nothing but HTTP and a WebSocket orders, presses and fills a form."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.fidelity.environments import part
from tests.fidelity.players import Json, Player, playing
from tests.tools.raw_user import Gateway, RawUser

LABEL = 18


@dataclass
class Performance:
    """What the bot told, and what the user saw of it."""

    stage: Json
    user_id: str
    told: dict[str, Json]
    pressed: list[Json]
    order: Json
    deferral: Json
    finished: Json
    video: bytes
    follow_up: Json
    updated: Json
    modal: Json
    whisper: Json
    history: list[Json]
    missed: Json


async def perform(library: str, folder: Path) -> Performance:
    """Let a bot that is written with the library play its part."""
    script = part(library, "bot")
    async with (
        run_sandbox(SandboxOptions()) as discord,
        aiohttp.ClientSession() as http,
        playing(script, discord.world(), folder) as bot,
    ):
        await bot.step("ready")
        user = RawUser(http, discord.world())
        return await _ordered(user, await user.login(), bot)


async def _ordered(user: RawUser, gateway: Gateway, bot: Player) -> Performance:
    order = await user.create("a cat")
    deferral = await gateway.until("MESSAGE_CREATE")
    finished = await gateway.until("MESSAGE_UPDATE")
    follow_up = await gateway.until("MESSAGE_CREATE")
    await bot.step("followed")
    video = await _downloaded(user, finished)
    updated = await _pressed(user, gateway, finished, "Again", "MESSAGE_UPDATE")
    await bot.step("updated")
    modal = await _pressed(user, gateway, updated, "Ask", "INTERACTION_MODAL_CREATE")
    await bot.step("asked")
    await user.send(_filled(user, modal, "a dog"))
    whisper = await gateway.until("MESSAGE_CREATE")
    await bot.step("history")
    history = await user.history()
    missed = await _said_while_cut_off(user)
    await bot.step("heard")
    return Performance(
        stage=user.world,
        user_id=user.id,
        told={each["step"]: each for each in bot.told},
        pressed=[each for each in bot.told if each["step"] == "pressed"],
        order=order,
        deferral=deferral,
        finished=finished,
        video=video,
        follow_up=follow_up,
        updated=updated,
        modal=modal,
        whisper=whisper,
        history=history,
        missed=missed,
    )


async def _pressed(user: RawUser, gateway: Gateway, message: Json, face: str, event: str) -> Json:
    status, _ = await user.send(user.press_body(message, face))
    assert status == 204
    return await gateway.until(event)


async def _said_while_cut_off(user: RawUser) -> Json:
    """Cut the bot's connection and say something at once: it can only hear it by resuming."""
    await user.fault("drop_gateway", user_id=user.world["application_id"])
    _, message = await user.call(
        "POST", f"/channels/{user.channel_id}/messages", json={"content": "Still there?"}
    )
    said: Json = message
    return said


def _filled(user: RawUser, modal: Json, text: str) -> Json:
    """Return what a client submits: the modal's own tree, rows or labels, with the text in its field."""
    data = {"id": modal["id"], "custom_id": modal["custom_id"]}
    rows = [_answered(each, text) for each in modal["components"]]
    return user.body(5, {**data, "components": rows})


def _answered(row: Json, text: str) -> Json:
    if row["type"] == LABEL:
        return {"type": LABEL, "id": row["id"], "component": _typed(row["component"], text)}
    return {"type": row["type"], "components": [_typed(each, text) for each in row["components"]]}


def _typed(field: Json, text: str) -> Json:
    return {"type": field["type"], "id": field["id"], "custom_id": field["custom_id"], "value": text}


async def _downloaded(user: RawUser, message: Json) -> Any:
    async with user.http.get(message["attachments"][0]["url"]) as answer:
        return await answer.read()
