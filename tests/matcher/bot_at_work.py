"""A bot, and an account in memory: what is asked, what the bot says of it, whose video each becomes."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bridge.chat import Embed, Message, snowflake_ms
from bridge.jobs.candidate import Candidate, files_of
from bridge.jobs.command import Command, Upload, Value, Verb
from bridge.jobs.echo import Echo
from bridge.jobs.job import State
from bridge.jobs.signals import Finished, Progressed, Started
from bridge.jobs.verdict import Ambiguous, Match, Rule
from bridge.matching.matcher import confusable, match
from bridge.pixverse.echo import expected, expected_of_button
from bridge.pixverse.profile import DEFAULT
from bridge.pixverse.reading import read
from bridge.pixverse.wording import fingerprint
from bridge.sessions.selfbot.translate import translate
from tests.matcher.conftest import BOT, CHANNEL, FILM, USER, at, says

KEYS: Final = {
    "prompt": "prompt",
    "style": "style",
    "negative-prompt": "negative_prompt",
    "aspect-ratio": "aspect_ratio",
}
SHOWN: Final[Mapping[str, Sequence[str]]] = {
    Verb.CREATE: ("prompt", "style", "negative-prompt", "aspect-ratio"),
    Verb.CREATE_SINGLE: ("prompt", "style", "negative-prompt", "aspect-ratio"),
    Verb.ANIMATE: ("prompt",),
    Verb.MEME_FACE: ("prompt", "negative-prompt", "aspect-ratio"),
    Verb.BUTTON: ("prompt", "style", "aspect-ratio"),
}
PARENT: Final = Command(
    verb=Verb.CREATE, prompt="a parent style: none", style="Realistic", aspect_ratio="16:9"
)
Rewrite = Callable[[str], str]


def command(verb: Verb, prompt: str, variant: int = 0) -> Command:
    """Return a command; variants differ in nothing that its last text shows."""
    if verb is Verb.BUTTON:
        return Command(verb=verb, prompt=prompt, button=f"V{variant + 1}")
    picture = Upload(1, "image/png", "k", f"picture {variant}")
    given: Mapping[Verb, Mapping[str, Value]] = {
        Verb.CREATE: {"style": "Realistic", "negative_prompt": f"fog style: {variant}"},
        Verb.CREATE_SINGLE: {"style": "Anime", "aspect_ratio": "16:9", "seed_value": variant},
        Verb.ANIMATE: {"image": picture, "motion": 5},
        Verb.MEME_FACE: {"face": picture, "aspect_ratio": "1:1"},
    }
    return Command(verb, given[verb], prompt=prompt)


def as_given(prompt: str) -> str:
    return prompt


def drawn_otherwise(prompt: str) -> str:
    """Return a prompt as bots print one: bold, with round quotes, long dashes and other spaces."""
    spaced = re.sub(r"\s+", "  ", prompt).replace('"', "\u201d").replace("-", "\u2013")
    return f"**{spaced}**".replace("**prompt:", "** prompt:")


def reworded(prompt: str) -> str:
    """Return a prompt of which a word is another, and another one more."""
    words = prompt.split()
    return " ".join([*words[:-1], "splendid", "thing"]) if len(words) > 1 else f"{prompt} splendid"


def cut_off(prompt: str) -> str:
    return prompt[: max(1, len(prompt) * 7 // 10)] + "…"


def unsaid(prompt: str) -> str:
    return ""


@dataclass(frozen=True)
class Run:
    """A command that the bot runs: its job's name, and the interaction."""

    job_id: str
    command: Command
    interaction_id: str


@dataclass(frozen=True)
class Bot:
    """Puts prompts as `rewrite` does, and ends its videos the one `way`; `later` makes the next snowflake."""

    rewrite: Rewrite
    way: str
    later: Callable[[], str]

    def said_of(self, batch: Sequence[Run]) -> Iterator[Message]:
        """Yield what it says: it starts a batch, and ends it newest first; early ends come before that."""
        starts = {run.job_id: self._start(run) for run in batch} if self.way != "early" else {}
        yield from starts.values()
        for run in reversed(batch):
            first = starts.get(run.job_id)
            for _ in range(2 if self.way == "twice" else 1):
                yield self._end(run, first.id if first else None)
        if self.way == "early":
            yield from map(self._start, batch)

    def _start(self, run: Run) -> Message:
        shown = ("prompt",) if run.command.verb is Verb.BUTTON else SHOWN[run.command.verb]
        text = f"<@{USER}> We are making videos. ({self._facts(run.command, shown)}) Author: <@{USER}>"
        return _with_ids(replace(says(text), id=self.later()), run)

    def _end(self, run: Run, first: str | None) -> Message:
        shown = [key for key in SHOWN[run.command.verb] if key != "negative-prompt"]
        text = f"<@{USER}> ({self._facts(run.command, shown)}) Author: <@{USER}>)"
        said = replace(says(text, replace(FILM, filename=f"{run.job_id}.mp4")), id=self.later())
        match self.way:
            case "edited":
                return replace(_with_ids(said, run), id=first or said.id, is_edit=True)
            case "followup":
                return _with_ids(said, run)
            case "reply":
                return replace(said, reference_id=first)
            case "embed":
                return replace(said, content=f"<@{USER}>", embeds=(Embed("rich", "Done", text),))
            case "components":
                return _in_components(text, f"{run.job_id}.mp4", said.id)
            case _:
                return said

    def _facts(self, asked: Command, shown: Sequence[str]) -> str:
        whole = (
            Command(PARENT.verb, PARENT.values, prompt=asked.prompt) if asked.verb is Verb.BUTTON else asked
        )
        values = {key: whole.values.get(KEYS[key]) for key in shown}
        prompt = self.rewrite(asked.prompt or "")
        said = {**values, "prompt": prompt or None}
        return " ".join(f"{key}: {value}" for key, value in said.items() if value is not None)


def _in_components(text: str, filename: str, message_id: str) -> Message:
    """Return what is read of a message of Components V2 without ids: text and video are in a container."""
    media = {"id": "9", "attachment_id": "9", "url": f"https://cdn/{filename}", "content_type": "video/mp4"}
    section = {"type": 9, "components": [{"type": 10, "content": text}]}
    raw = {
        "id": message_id,
        "channel_id": CHANNEL,
        "author": {"id": BOT, "bot": True},
        "content": "",
        "flags": 1 << 15,
        "components": [
            {"type": 17, "components": [section, {"type": 12, "items": [{"media": media}]}]},
        ],
    }
    heard = translate("MESSAGE_CREATE", raw)
    assert isinstance(heard, Message)
    return heard


def _with_ids(said: Message, run: Run) -> Message:
    return replace(said, interaction_id=run.interaction_id, interaction_user_id=USER)


def echo_of(asked: Command) -> Echo:
    """Return what the bot is expected to repeat."""
    if asked.verb is Verb.BUTTON:
        return expected_of_button(expected(PARENT, DEFAULT), asked.prompt, DEFAULT)
    return expected(asked, DEFAULT)


def fingerprint_of(asked: Command) -> str:
    return fingerprint(asked, "parent" if asked.verb is Verb.BUTTON else None)


@dataclass
class Sent:
    """A job in flight: what is known of it, and its number."""

    candidate: Candidate
    command: Command


class Account:
    """The jobs of an account, as the bridge keeps them; `videos` are whose video each job was given."""

    def __init__(self, rewrite: Rewrite, way: str) -> None:
        self.waiting: list[Sent] = []
        self.jobs: dict[str, Sent] = {}
        self.videos: dict[str, str] = {}
        self._bot = Bot(rewrite, way, self._later)
        self._strays: list[Message] = []
        self._clock_s = 0.0

    def ask(self, asked: Command) -> None:
        number = len(self.waiting) + 1
        job = Candidate(
            job_id=f"job-{number}",
            number=number,
            state=State.SENT,
            is_owed=True,
            fingerprint=fingerprint_of(asked),
            echo=echo_of(asked),
            nonces=frozenset({f"nonce-{number}"}),
            senders=frozenset({USER}),
            is_seeded=asked.is_seeded,
        )
        self.waiting.append(Sent(job, asked))

    def work(self) -> None:
        """Send what may be sent, and hear what the bot says of it, until nothing moves."""
        while batch := self._send():
            for message in self._bot.said_of(batch):
                self._hear(message)

    def _send(self) -> list[Run]:
        batch: list[Run] = []
        for job in list(self.waiting):
            flying = [sent.candidate for sent in self.jobs.values() if sent.candidate.is_owed]
            if any(confusable(job.candidate, other) for other in flying):
                continue
            self.waiting.remove(job)
            made = self._later()
            job.candidate = replace(job.candidate, sent_ms=snowflake_ms(made), interactions=frozenset({made}))
            self.jobs[job.candidate.job_id] = job
            batch.append(Run(job.candidate.job_id, job.command, made))
        return batch

    def _hear(self, message: Message) -> None:
        if self._take(message):
            while any(self._take(stray) for stray in list(self._strays)):
                pass

    def _take(self, message: Message) -> bool:
        """Do what the bridge does with a message; True when it was given to a job."""
        reading = read(message, DEFAULT)
        verdict = match(message, reading, [sent.candidate for sent in self.jobs.values()])
        is_known = message in self._strays
        if isinstance(verdict, Ambiguous):
            self._strays += [] if is_known else [message]
            return False
        if is_known:
            self._strays.remove(message)
        if not isinstance(verdict, Match):
            return False
        sent = self.jobs[verdict.job_id]
        job = replace(sent.candidate, messages=sent.candidate.messages | {message.id})
        if isinstance(reading.signal, Started | Progressed) and job.is_owed:
            job = replace(job, state=State.STARTED, echo=job.echo.after(reading.signal.repeated))
        if isinstance(reading.signal, Finished) and job.is_owed and verdict.rule is not Rule.FILES:
            files = {files_of(message) or "": snowflake_ms(message.id)}
            job = replace(job, is_owed=False, state=State.COMPLETED, files=files)
            assert message.attachments
            self.videos[job.job_id] = message.attachments[0].filename.removesuffix(".mp4")
        sent.candidate = job
        return True

    def _later(self) -> str:
        self._clock_s += 1.5
        return at(self._clock_s)
