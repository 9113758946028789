"""Jobs that a message can be about, and messages of the bot."""

from dataclasses import replace
from typing import Final

from bridge.chat import Attachment, Message, snowflake_at
from bridge.jobs.candidate import Candidate
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import State
from bridge.jobs.verdict import Verdict
from bridge.matching.matcher import match
from bridge.pixverse.echo import expected
from bridge.pixverse.profile import DEFAULT
from bridge.pixverse.reading import read
from bridge.pixverse.wording import fingerprint

USER: Final = "111111111111111111"
OTHER: Final = "222222222222222222"
BOT: Final = "333333333333333333"
CHANNEL: Final = "1168473004498501652"
SENT_MS: Final = 1_700_000_000_000
FILM: Final = Attachment("9", "cat.mp4", "https://cdn/cat.mp4", 7_204_115, content_type="video/mp4")


def at(after_s: float) -> str:
    """Return a snowflake that was made so long after the send."""
    return snowflake_at(SENT_MS + round(after_s * 1000))


def job(
    number: int,
    prompt: str = "a cat",
    negative: str | None = None,
    state: State = State.SENT,
    is_owed: bool = True,
) -> Candidate:
    command = Command(verb=Verb.CREATE, prompt=prompt, negative_prompt=negative, style="Realistic")
    return Candidate(
        job_id=f"job-{number}",
        number=number,
        state=state,
        is_owed=is_owed,
        fingerprint=fingerprint(command, None),
        echo=expected(command, DEFAULT),
        nonces=frozenset({f"nonce-{number}"}),
        senders=frozenset({USER}),
        sent_ms=SENT_MS,
    )


def heard_as(prompt: str, one: Candidate) -> Candidate:
    """Return a job of which the bot has told in its own words."""
    return replace(one, echo=one.echo.after({"prompt": prompt, "style": "realistic"}))


def says(content: str | None = None, *files: Attachment, after_s: float = 2) -> Message:
    return Message(
        at(after_s), CHANNEL, author_id=BOT, author_is_bot=True, content=content, attachments=files or None
    )


def completion(
    prompt: str = "a cat", user: str = USER, after_s: float = 60, name: str = "cat.mp4"
) -> Message:
    text = f"<@{user}> (prompt: {prompt} style: Realistic) Author: <@{user}>)"
    return says(text, replace(FILM, filename=name), after_s=after_s)


def verdict(message: Message, *candidates: Candidate) -> Verdict:
    return match(message, read(message, DEFAULT), candidates)
