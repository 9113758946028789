"""What the bot writes, as its texts were published."""

from typing import Final

from bridge.chat import Attachment, Message
from bridge.jobs.command import Command, Verb

USER: Final = "111111111111111111"
OTHER: Final = "222222222222222222"
BOT: Final = "333333333333333333"
CHANNEL: Final = "1168473004498501652"
NOTICE: Final = "We are making videos. We will notify you when it's done."
REMAKE: Final = "Hi! We are remaking your videos. We will notify you when it's done."
APOLOGY: Final = (
    "Apologies! Our AI moderator thinks this prompt or images as potentially violating our "
    "[community guidelines](<https://discord.com/channels/1140860020586713128/1168473004498501652>)."
)
FILM: Final = Attachment("9", "cat.mp4", "https://cdn/cat.mp4", 7_204_115, content_type="video/mp4")


def facts(command: Command, *, is_start: bool) -> str:
    """Return what the bot repeats of a command, in its first message or in its last."""
    given = command.values.get
    shown = {
        "prompt": command.prompt,
        "style": given("style"),
        "negative-prompt": given("negative_prompt") if is_start else None,
        "aspect-ratio": given("aspect_ratio"),
        "character": given("character") if given("style") == "Anime" else None,
    }
    return " ".join(f"{key}: {value}" for key, value in shown.items() if value is not None)


def start_text(command: Command, user: str = USER) -> str:
    return f"<@{user}> {NOTICE} ({facts(command, is_start=True)}) Author: <@{user}>"


def button_text(command: Command, user: str = USER) -> str:
    return f"<@{user}>  {REMAKE} ({facts(command, is_start=True)}) Author: <@{user}>)"


def completion_text(command: Command, user: str = USER) -> str:
    return f"<@{user}> ({facts(command, is_start=False)}) Author: <@{user}>)"


def create(prompt: str = "a cat", **fields: str) -> Command:
    given: dict[str, str] = {"style": "Realistic", **fields}
    return Command(
        verb=Verb.CREATE,
        prompt=prompt,
        style=given["style"],
        negative_prompt=given.get("negative_prompt"),
        aspect_ratio=given.get("aspect_ratio"),
        character=given.get("character"),
    )


def message(content: str | None, *files: Attachment, flags: int | None = None) -> Message:
    return Message("1700", CHANNEL, author_id=BOT, content=content, attachments=files, flags=flags)
