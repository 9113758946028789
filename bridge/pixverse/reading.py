"""Reads a message of the bot: which signal it is, and what it repeats of the command."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bridge.accounts.notice import Notice, NoticeKind
from bridge.chat import EPHEMERAL, SNOWFLAKE, Message
from bridge.jobs.job import Cause, Failure, Said
from bridge.jobs.nearness import Fields
from bridge.jobs.signals import Acknowledged, Declined, Failed, Finished, Progressed, Refused, Signal, Started
from bridge.jobs.texts import needs_attention
from bridge.pixverse.echo import cut, taken_apart
from bridge.pixverse.notices import notices_in
from bridge.pixverse.offers import offers_of
from bridge.pixverse.patterns import compiled
from bridge.pixverse.profile import Meaning, Phrase, Profile

_FILMS = (".mp4", ".webm", ".mov", ".gif")
_MENTION = re.compile(rf"<@!?({SNOWFLAKE})>")
UNKNOWN_WORDS: Final = (
    "Private reply matching no known phrase; treated as a refusal. A late result is still accepted."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The signal of a message (None: none), what it repeats (None: nothing), and whom its own words mention.

    `own_words` are the bot's words without what it repeats: phrases are searched for only there, and
    `notices` of credits and limits.
    """

    signal: Signal | None
    echo: Fields | None
    mentions: frozenset[str]
    own_words: str = ""
    notices: Sequence[Notice] = ()


def read(message: Message, profile: Profile) -> Reading:
    """Return the reading of `message`, regardless of its job."""
    text = _text(message)
    own_words, repeated = cut(text or "", profile)
    echo = None if repeated is None else taken_apart(repeated, profile)
    notices = notices_in(message, own_words, profile)
    signal = _signal(message, text, own_words, echo, profile)
    if any(notice.kind is NoticeKind.OUT_OF_CREDITS for notice in notices) and text is not None:
        signal = _without_credits(message, text, signal, profile)
    return Reading(signal, echo, frozenset(_MENTION.findall(own_words)), own_words, notices)


def said(message: Message, profile: Profile) -> Said:
    """Return the part of a message that a job's record shows; buttons have the API's names."""
    offers = offers_of(message, profile)
    return Said(
        message_id=message.id,
        content=message.content,
        timestamp=message.timestamp,
        edited=message.edited_timestamp,
        attachments=message.attachments or (),
        embeds=message.embeds or (),
        buttons=offers.buttons,
        other_buttons=offers.other_buttons,
        selects=offers.selects,
    )


def fitting(own_words: str, profile: Profile) -> Phrase | None:
    """Return the first phrase that matches the bot's own words, None if none does."""
    fits = (phrase for phrase in profile.phrases if compiled(phrase.pattern).search(own_words))
    return next(fits, None)


def _text(message: Message) -> str | None:
    """Return the bot's text and the words of its embeds; None if an edit has neither.

    Embeds that Discord creates from links are left out.
    """
    written = [embed for embed in message.embeds or () if embed.type in (None, "rich")]
    embedded = [part for embed in written for part in (embed.title, embed.description) if part]
    if message.content is None and not embedded:
        return None
    return "\n".join(part for part in (message.content, *embedded) if part)


def _signal(
    message: Message, text: str | None, own_words: str, echo: Fields | None, profile: Profile
) -> Signal | None:
    if message.is_loading:
        return Acknowledged()
    if _has_film(message):
        return Finished(said(message, profile))
    if text is None:
        return None
    phrase = fitting(own_words, profile)
    return _worded(message, text, phrase.meaning if phrase else None, echo, profile)


def _without_credits(message: Message, text: str, signal: Signal | None, profile: Profile) -> Signal | None:
    """Return that a job has met an account without credits, unless its video is there all the same."""
    if isinstance(signal, Finished | Acknowledged):
        return signal
    failure = Failure(Cause.ACCOUNT, needs_attention(message.channel), f"The bot says: {text.strip()}")
    return Failed(failure, said(message, profile))


def _worded(
    message: Message, text: str, meaning: Meaning | None, echo: Fields | None, profile: Profile
) -> Signal:
    words = said(message, profile)
    match meaning:
        case Meaning.REFUSED:
            return Refused(words, _failure(Cause.MODERATED, text))
        case Meaning.BUSY:
            return Failed(_failure(Cause.BOT_BUSY, text), words)
        case Meaning.FAILED:
            return Failed(_failure(Cause.BOT_FAILED, text), words)
        case Meaning.PROGRESS:
            return Progressed(words, echo or {})
        case None if (message.flags or 0) & EPHEMERAL and echo is None:
            # The bot refuses with a private text that repeats nothing of the command. It could also be a mere
            # notice, so a video that arrives anyway is still accepted. An operator who sees such a text can
            # add a phrase for it.
            return Declined(words, replace(_failure(Cause.MODERATED, text), details=UNKNOWN_WORDS))
        case _:
            return Started(words, echo or {})


def _failure(cause: Cause, text: str) -> Failure:
    return Failure(cause, text.strip() or "The bot refused without saying why")


def _has_film(message: Message) -> bool:
    return any(
        (file.content_type or "").startswith("video/") or file.filename.lower().endswith(_FILMS)
        for file in message.attachments or ()
    )
