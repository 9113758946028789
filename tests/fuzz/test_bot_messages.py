"""A message of the bot that is hostile or broken raises nothing, and a later job still gets its video."""

from typing import Any

from bridge.chat import snowflake_at
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import State
from bridge.sessions.selfbot.translate import history_row, translate
from tests.flows.conftest import BOT, CHANNEL, USER, Rig
from tests.flows.conftest import clock as clock
from tests.flows.conftest import rig as rig
from tests.fuzz.made_up import damaged, made
from tests.fuzz.trying import Trial
from tests.tools.bot_texts import APOLOGY, completion_text, create, start_text
from tests.tools.hand_clock import START_MS

AUTHOR = {"id": BOT, "username": "PixVerse", "bot": True}
METADATA = {"id": snowflake_at(START_MS + 900), "type": 2, "user": {"id": USER}, "name": "create"}
FILM = {
    "id": "9",
    "filename": "cat.mp4",
    "url": "https://cdn.discordapp.com/attachments/1/2/cat.mp4?ex=6&is=6&hm=a",
    "proxy_url": "https://media.discordapp.net/attachments/1/2/cat.mp4",
    "size": 7_204_115,
    "content_type": "video/mp4",
    "width": 1024,
    "height": 576,
}
BUTTON = {"type": 2, "custom_id": "again", "label": "V1", "style": 1, "emoji": {"id": None, "name": "🎬"}}


def said(content: str, **more: Any) -> dict[str, Any]:
    return {
        "id": snowflake_at(START_MS + 2_000),
        "channel_id": CHANNEL,
        "type": 20,
        "author": AUTHOR,
        "application_id": BOT,
        "interaction_metadata": METADATA,
        "content": content,
        "flags": 0,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "attachments": [],
        "embeds": [],
        "components": [],
        **more,
    }


MESSAGES = (
    said(start_text(create("another thing"), USER)),
    said("Waiting to start", flags=64, embeds=[{"title": "Queue", "image": {"url": "https://cdn/x.png"}}]),
    said(APOLOGY, message_reference={"message_id": "1", "channel_id": CHANNEL}),
    said(
        completion_text(create("another thing"), USER),
        attachments=[FILM],
        components=[{"type": 1, "components": [BUTTON, BUTTON]}],
    ),
    said(
        "", flags=32_768, components=[{"type": 17, "components": [{"type": 12, "items": [{"media": FILM}]}]}]
    ),
    {
        "id": "1",
        "nonce": "nonce-1",
        "channel_id": CHANNEL,
        "custom_id": "form",
        "title": "Again",
        "components": [],
    },
)
START = f"<@{USER}> We are making videos. (prompt: a whale style: Realistic) Author: <@{USER}>"
EVENTS = (
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "INTERACTION_CREATE",
    "INTERACTION_FAILURE",
    "INTERACTION_MODAL_CREATE",
)


async def test_no_message_of_the_bot_raises(rig: Rig, trial: Trial) -> None:
    await rig.sent(1)
    await rig.sent(2, "a cat (style: Anime) seed: 5")
    intake = Intake(rig.context)

    async def hear(drawn: tuple[str, Any]) -> None:
        event, payload = drawn
        for heard in (translate(event, payload), history_row(payload)):
            if heard is not None:
                await intake.take(heard, rig.now())

    await trial.run(made(lambda chance: (chance.choice(EVENTS), damaged(chance, *MESSAGES))), hear, few=150)

    await rig.sent(3, "a whale")
    for heard in (rig.says(START, after_s=80, nonce="nonce-3"), rig.completion("a whale", after_s=90)):
        await intake.take(heard, rig.now())
    assert (await rig.job(3)).state == State.COMPLETED
