"""What is recorded of the bot: commands by number, their start messages and their videos."""

from typing import Any, Final

from bridge.recording.lines import SELF_ID
from tests.tools.bot_texts import BOT, CHANNEL, completion_text, create, start_text

SENT: Final = 1_400_000_000_000_000_000


def interaction(number: int, user: str = SELF_ID, **more: Any) -> dict[str, Any]:
    """Return a command as Discord tells it with a message."""
    return {"id": str(SENT + number), "type": 2, "name": "create", "user": {"id": user}, **more}


def said(number: int, content: str, **more: Any) -> dict[str, Any]:
    """Return a message of the bot."""
    message_id = str(SENT + 1_000_000 + number)
    return {
        "id": message_id,
        "channel_id": CHANNEL,
        "author": {"id": BOT, "bot": True},
        "content": content,
    } | more


def start(number: int, prompt: str = "a cat", user: str = SELF_ID) -> dict[str, Any]:
    """Return the message with which the bot starts a command."""
    words = start_text(create(prompt), user=user)
    return said(number, words, interaction_metadata=interaction(number, user))


def end(number: int, prompt: str = "a cat") -> dict[str, Any]:
    """Return the message that brings a video, and names no command."""
    film = {"id": str(number), "filename": f"{number}.mp4", "url": "https://cdn/x.mp4", "size": number}
    return said(number, completion_text(create(prompt), user=SELF_ID), attachments=[film])
