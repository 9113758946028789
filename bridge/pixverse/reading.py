"""A message of the bot, read: which signal it is, and what it repeats of the command."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bridge.chat import EPHEMERAL, Message
from bridge.jobs.echo import Echo
from bridge.jobs.job import Cause, Failure, Said
from bridge.jobs.signals import (
    Acknowledged,
    Declined,
    Failed,
    Finished,
    Progressed,
    Refused,
    Signal,
    Started,
)
from bridge.pixverse.echo import cut, heard
from bridge.pixverse.labels import shown_name
from bridge.pixverse.profile import Meaning, Phrase, Profile

_FILMS = (".mp4", ".webm", ".mov", ".gif")
_MENTION = re.compile(r"<@!?(\d{17,20})>")
UNKNOWN_WORDS: Final = (
    "The bot said this privately, in words that the bridge does not know, and it is taken for a refusal. "
    "A late result is still taken."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message means (None: nothing), what it repeats (None: nothing), whom its own words mention."""

    signal: Signal | None
    echo: Mapping[str, str] | None
    mentions: frozenset[str]


def read(message: Message, profile: Profile) -> Reading:
    """Return what `message` says, whoever's job it is about."""
    own_words, repeated = cut(message.content or "", profile)
    echo = Echo() if repeated is None else heard(repeated, profile)
    signal = _signal(message, own_words, echo, profile)
    return Reading(
        signal, None if repeated is None else echo.at_start, frozenset(_MENTION.findall(own_words))
    )


def said(message: Message, profile: Profile) -> Said:
    """Return the part of a message that a job's record shows; buttons have the contract's names."""
    return Said(
        message_id=message.id,
        content=message.content,
        timestamp=message.timestamp,
        edited=message.edited_timestamp,
        attachments=message.attachments or (),
        embeds=message.embeds or (),
        buttons=tuple(
            shown_name(profile, button.name) for button in message.buttons or () if not button.is_disabled
        ),
    )


def fitting(own_words: str, profile: Profile) -> Phrase | None:
    """Return the phrase that decides what the bot's own words mean, None when none fits."""
    for phrase in profile.phrases:
        if re.search(phrase.pattern, own_words, re.IGNORECASE | re.DOTALL):
            return phrase
    return None


def _signal(message: Message, own_words: str, echo: Echo, profile: Profile) -> Signal | None:
    if message.is_loading:
        return Acknowledged()
    if _has_film(message):
        return Finished(said(message, profile), echo)
    if message.content is None:
        return None
    phrase = fitting(own_words, profile)
    return _worded(message, said(message, profile), phrase.meaning if phrase else None, echo)


def _worded(message: Message, words: Said, meaning: Meaning | None, echo: Echo) -> Signal:
    match meaning:
        case Meaning.REFUSED:
            return Refused(words, _failure(Cause.MODERATED, message))
        case Meaning.BUSY:
            return Failed(_failure(Cause.BOT_BUSY, message), words)
        case Meaning.FAILED:
            return Failed(_failure(Cause.BOT_FAILED, message), words)
        case Meaning.PROGRESS:
            return Progressed(words, echo)
        case None if (message.flags or 0) & EPHEMERAL and echo == Echo():
            # A private text that repeats nothing of the command is how the bot says no. It could be a mere
            # notice: a video that comes all the same is still taken. An operator who sees such a text gives
            # it a phrase of its own.
            return Declined(words, replace(_failure(Cause.MODERATED, message), details=UNKNOWN_WORDS))
        case _:
            return Started(words, echo)


def _failure(cause: Cause, message: Message) -> Failure:
    return Failure(cause, (message.content or "").strip() or "The bot refused without saying why")


def _has_film(message: Message) -> bool:
    return any(
        (file.content_type or "").startswith("video/") or file.filename.lower().endswith(_FILMS)
        for file in message.attachments or ()
    )
