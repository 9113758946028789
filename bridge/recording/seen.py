"""A job in a recording: its name, and everything that the matcher compares."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.chat import Message, snowflake_ms
from bridge.jobs.candidate import Candidate, files_of
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Job, State
from bridge.jobs.verdict import BY_ID, OWN, Rule
from bridge.recording.lines import SELF_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A job of the recording; `command` is the name of the slash command, if a message contains it."""

    name: str
    job: Job
    command: str | None = None
    parent: str | None = None
    nonces: frozenset[str] = frozenset()
    interactions: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    files: Mapping[str, int] = field(default_factory=dict)
    has_own_video: bool = False
    authors: frozenset[str] = frozenset()

    def candidate(self) -> Candidate:
        """Return the candidate for the matcher."""
        return Candidate(
            job_id=self.name,
            number=self.job.number,
            state=self.job.state,
            is_owed=self.job.is_owed,
            fingerprint=self._fingerprint(),
            echo=self.job.echo,
            parent=self.parent,
            nonces=self.nonces,
            interactions=self.interactions,
            messages=self.messages,
            files=self.files,
            has_own_video=self.has_own_video,
            authors=self.authors,
            senders=frozenset({SELF_ID}),
            sent_ms=self.job.created_ms,
        )

    def _fingerprint(self) -> str:
        """Return a key that is equal for interchangeable jobs: everything that the bot has repeated."""
        words = [sorted(said.items()) for said in self.job.echo.heard]
        return f"{self.command} {self.parent} {words}" if words else self.name


def seen_first(number: int, interaction_id: str, at_ms: int) -> Seen:
    """Return a new job, in state `sent`, for an interaction."""
    sent_ms = snowflake_ms(interaction_id) if interaction_id.isdecimal() else at_ms
    job = Job(
        id=f"job {number}",
        tenant="",
        account=0,
        server="",
        channel="",
        discord="",
        command=Command(verb=Verb.CREATE),
        created_ms=sent_ms,
        updated_ms=sent_ms,
        heard_ms=sent_ms,
        fingerprint="",
        number=number,
        state=State.SENT,
        is_owed=True,
    )
    return Seen(name=job.id, job=job, interactions=frozenset({interaction_id}))


def bound(seen: Seen, message: Message, rule: Rule) -> Seen:
    """Return the job with a message bound to it."""
    author, files = message.author_id if rule in BY_ID else None, files_of(message)
    said_ms = snowflake_ms(message.id)
    return replace(
        seen,
        messages=seen.messages | {message.id},
        files={**({files: said_ms} if files else {}), **seen.files},
        has_own_video=seen.has_own_video or (files is not None and rule in OWN),
        authors=seen.authors | _some(author),
    )


def command_name(raw: Mapping[str, Any]) -> str | None:
    """Return the name of the slash command that a message answers, if there is one."""
    for key in ("interaction_metadata", "interaction"):
        told = raw.get(key)
        if isinstance(told, dict) and isinstance(told.get("name"), str):
            return f"/{told['name']}"
    return None


def triggering_id(raw: Mapping[str, Any]) -> str | None:
    """Return the interaction that opened the modal whose submit a message answers, if any."""
    metadata = raw.get("interaction_metadata")
    trigger = metadata.get("triggering_interaction_metadata") if isinstance(metadata, dict) else None
    found = trigger.get("id") if isinstance(trigger, dict) else None
    return found if isinstance(found, str) else None


def _some(value: str | None) -> frozenset[str]:
    return frozenset() if value is None else frozenset({value})
