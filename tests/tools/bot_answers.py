"""What the bot answers to a command."""

from bridge.chat import ModalOffered, snowflake_at
from bridge.flows.hear.intake import Intake
from tests.flows.conftest import BOT, CHANNEL, USER, Rig
from tests.tools.hand_clock import START_MS


def started(prompt: str) -> str:
    """Return the words in which the bot says that it has started."""
    return f"<@{USER}> We are making videos. (prompt: {prompt} style: Realistic) Author: <@{USER}>"


async def offer(rig: Rig, number: int) -> None:
    """Let the bot answer a job that was sent with a modal."""
    modal = ModalOffered(
        id=snowflake_at(START_MS + number),
        nonce=f"nonce-{number}",
        channel=CHANNEL,
        application_id=BOT,
        custom_id=f"modal-{number}",
        title="Again",
        inputs=(),
    )
    await Intake(rig.context).take(modal, rig.now())
