"""What the PixVerse bot says, word for word as it was observed; its parentheses do not balance."""

import re
from collections.abc import Mapping

__all__ = [
    "CREDITS_LEFT",
    "MODERATION",
    "NO_CREDITS",
    "completion",
    "progress",
    "rewritten",
    "start_of_command",
    "start_of_remake",
]

MODERATION = (
    "Apologies! Our AI moderator thinks this prompt or images as potentially violating our "
    "[community guidelines](<https://discord.com/channels/1140860020586713128/1168473004498501652>)."
)
NO_CREDITS = "You have run out of credits. Subscribe, or come back tomorrow."
CREDITS_LEFT = "Credits left: 41"
SHOWN_AT_START = ("prompt", "style", "negative-prompt", "aspect-ratio", "character")
SHOWN_AT_END = ("prompt", "style", "aspect-ratio", "character")
SYNONYMS = {"cat": "kitten", "dog": "puppy", "car": "automobile", "house": "home", "girl": "young woman"}
WORD = re.compile(r"[A-Za-z]+")


def start_of_command(user_id: int, shown: Mapping[str, str], repeats: tuple[str, ...] = ()) -> str:
    """Return the first message after a slash command; `repeats` are options that it shows besides."""
    facts = _facts(shown, (*SHOWN_AT_START, *repeats))
    notice = "We are making videos. We will notify you when it's done."
    return f"<@{user_id}> {notice} ({facts}) Author: <@{user_id}>"


def start_of_remake(user_id: int, shown: Mapping[str, str], repeats: tuple[str, ...] = ()) -> str:
    """Return the first message after a button."""
    notice = "Hi! We are remaking your videos. We will notify you when it's done."
    return f"<@{user_id}>  {notice} ({_facts(shown, ('prompt', *repeats))}) Author: <@{user_id}>)"


def progress(start: str, percent: int) -> str:
    """Return the first message while the video is being made."""
    return f"{start} ({percent}%)"


def completion(user_id: int, shown: Mapping[str, str], repeats: tuple[str, ...] = ()) -> str:
    """Return the text with the finished videos: it shows neither the negative prompt nor the seed."""
    return f"<@{user_id}> ({_facts(shown, (*SHOWN_AT_END, *repeats))}) Author: <@{user_id}>)"


def rewritten(prompt: str) -> str:
    """Return a prompt as the bot echoes it under `#rewritten`: synonyms, double spaces, bold."""
    words = WORD.sub(lambda found: SYNONYMS.get(found[0].lower(), found[0]), prompt).split()
    return f"**{'  '.join(words)}**"


def _facts(shown: Mapping[str, str], names: tuple[str, ...]) -> str:
    return " ".join(f"{name}: {shown[name]}" for name in dict.fromkeys(names) if name in shown)
