"""What is posted looks as Discord's own client posts it."""

from dataclasses import replace

from bridge.chat import ButtonPress, ModalInput, ModalOffered, ModalSubmit
from bridge.sessions.port import Session
from tests.sessions.conftest import HERE, send
from tests.sessions.fake_discord import APPLICATION, FakeDiscord

POSTS = "POST /interactions"
PRESS = ButtonPress(APPLICATION, "600000000000000006", 64, "again")


async def test_a_button_is_pressed_as_discords_client_presses_it(
    discord: FakeDiscord, session: Session
) -> None:
    await send(session, PRESS, "12")

    assert discord.requests(POSTS)[0] == {
        "type": 3,
        "application_id": APPLICATION,
        "guild_id": HERE.guild,
        "channel_id": HERE.id,
        "session_id": "session-1",
        "nonce": "12",
        "message_id": "600000000000000006",
        "message_flags": 64,
        "data": {"component_type": 2, "custom_id": "again"},
    }


async def test_a_choice_in_a_select_menu_is_posted_as_discords_client_posts_it(
    discord: FakeDiscord, session: Session
) -> None:
    await send(session, replace(PRESS, value="style-2"), "12")

    posted = discord.requests(POSTS)[0]
    assert posted["data"] == {"component_type": 3, "custom_id": "again", "values": ["style-2"]}


async def test_a_modal_is_submitted_in_the_shape_it_was_offered_in(
    discord: FakeDiscord, session: Session
) -> None:
    field = {"type": 4, "custom_id": "prompt", "value": "old"}
    rows = ({"type": 10, "content": "hint"}, {"type": 1, "components": [field]})
    label = {"type": 18, "label": "Seed", "component": {"type": 4, "custom_id": "seed"}}
    inputs = (ModalInput("prompt", "old"), ModalInput("seed"))
    modal = ModalOffered("8", "1", HERE.id, APPLICATION, "edit", "Edit", inputs, (*rows, label))

    await send(session, ModalSubmit(modal, {"seed": "7"}), "2")

    posted = discord.requests(POSTS)[0]
    assert posted["type"] == 5
    assert posted["data"] == {
        "id": "8",
        "custom_id": "edit",
        "components": [
            {"type": 1, "components": [{"type": 4, "custom_id": "prompt", "value": "old"}]},
            {"type": 18, "component": {"type": 4, "custom_id": "seed", "value": "7"}},
        ],
    }
