"""Replays a recording through the functions with which the bridge reads and matches; nothing is stored.

Jobs are built from the interactions in the recording, which does not contain the commands themselves. So a
job has no words until the bot's first message has repeated them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bridge.chat import Heard, InteractionCreated, InteractionFailed, Message, ModalOffered
from bridge.jobs.lifecycle import advance, after_the_end
from bridge.jobs.meaning import signal_of
from bridge.jobs.signals import Signal
from bridge.jobs.verdict import Match, Rule, Verdict
from bridge.matching.matcher import match
from bridge.pixverse.profile import Phrase, Profile
from bridge.pixverse.reading import Reading, fitting, read
from bridge.recording.lines import SELF_ID, RecordedLine
from bridge.recording.seen import Seen, bound, command_name, seen_first, triggering_id
from bridge.sessions.selfbot.translate import translate


@dataclass(frozen=True, slots=True)
class ReplayedLine:
    """One line and how the bridge reads it; None where something does not apply.

    `own_words` are the bot's words without what it repeats; `phrase` is the row that matched them.
    `before` and `after` are states of the job.
    """

    line: RecordedLine
    heard: Heard | None
    own_words: str | None = None
    reading: Reading | None = None
    phrase: Phrase | None = None
    verdict: Verdict | None = None
    job: str | None = None
    before: str | None = None
    after: str | None = None


def replayed(lines: Iterable[RecordedLine], profile: Profile) -> Iterator[tuple[ReplayedLine, "Replay"]]:
    """Yield the result of each line, and the replay of its account: each account has its own jobs."""
    accounts: dict[int, Replay] = {}
    for line in lines:
        replay = accounts.setdefault(line.account, Replay(profile))
        yield replay.step(line), replay


class Replay:
    """Replays the recording of one account; `jobs` are its jobs by name, in order."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._count = 0
        self.jobs: dict[str, Seen] = {}

    def step(self, line: RecordedLine) -> ReplayedLine:
        """Process the next line and return the result."""
        match heard := translate(line.event, line.data):
            case Message():
                return self._message(line, heard)
            case InteractionCreated(id=interaction_id, nonce=nonce):
                job = self._of_interaction(interaction_id) or self._new(interaction_id, line)
                self._keep(replace(job, nonces=job.nonces | {nonce}))
                return self._stepped(ReplayedLine(line, heard), job.name)
            case ModalOffered(nonce=nonce) | InteractionFailed(nonce=nonce):
                return self._stepped(ReplayedLine(line, heard), self._of_nonce(nonce))
            case _:
                return ReplayedLine(line, heard)

    def _message(self, line: RecordedLine, message: Message) -> ReplayedLine:
        self._meet(line, message)
        reading = read(message, self._profile)
        own_words = reading.own_words
        verdict = match(message, reading, [job.candidate() for job in self.jobs.values()])
        step = ReplayedLine(line, message, own_words, reading, fitting(own_words, self._profile), verdict)
        if not isinstance(verdict, Match):
            return step
        self._keep(bound(self.jobs[verdict.job_id], message, verdict.rule))
        return self._stepped(step, verdict.job_id, reading.signal, verdict.rule)

    def _meet(self, line: RecordedLine, message: Message) -> None:
        """Add a job for a message that answers an interaction of this account."""
        if message.interaction_id is None or message.interaction_user_id != SELF_ID:
            return
        job = self._asking(line, message.interaction_id) or self._of_interaction(message.interaction_id)
        job = job or self._new(message.interaction_id, line)
        parent = self._of_message(message.interacted_message_id)
        name = command_name(line.data) or job.command or ("a button" if parent else None)
        self._keep(replace(job, command=name, parent=parent or job.parent))

    def _asking(self, line: RecordedLine, interaction_id: str) -> Seen | None:
        """Return the job whose button asked for a prompt: the modal submit belongs to the same job."""
        asking = self._of_interaction(triggering_id(line.data) or "")
        if asking is None:
            return None
        sent = self._of_interaction(interaction_id) or asking
        if sent.name != asking.name:
            del self.jobs[sent.name]
        interactions = asking.interactions | {interaction_id}
        return self._keep(replace(asking, interactions=interactions, nonces=asking.nonces | sent.nonces))

    def _stepped(
        self, step: ReplayedLine, name: str | None, says: Signal | None = None, rule: Rule | None = None
    ) -> ReplayedLine:
        if name is None or step.heard is None:
            return step
        seen = self.jobs[name]
        after = seen.job
        signal = signal_of(step.heard, after, says, rule)
        if signal is not None:
            after = advance(seen.job, signal, step.line.at_ms) or after_the_end(seen.job, signal) or seen.job
        self._keep(replace(seen, job=after))
        return replace(step, job=name, before=seen.job.state.value, after=after.state.value)

    def _new(self, interaction_id: str, line: RecordedLine) -> Seen:
        self._count += 1
        return self._keep(seen_first(self._count, interaction_id, line.at_ms))

    def _keep(self, seen: Seen) -> Seen:
        self.jobs[seen.name] = seen
        return seen

    def _of_interaction(self, interaction_id: str) -> Seen | None:
        return next((job for job in self.jobs.values() if interaction_id in job.interactions), None)

    def _of_message(self, message_id: str | None) -> str | None:
        return next((job.name for job in self.jobs.values() if message_id in job.messages), None)

    def _of_nonce(self, nonce: str) -> str | None:
        return next((job.name for job in self.jobs.values() if nonce in job.nonces), None)
