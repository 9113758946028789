"""What a job needs before its POST: its slash command, or its parent's button as it is now, and its files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bridge.chat import ButtonPress, Interaction, Message
from bridge.jobs.command import Verb
from bridge.jobs.job import Cause, Failure, Job
from bridge.jobs.texts import CANNOT_BE_SENT, needs_attention
from bridge.pixverse.labels import shown_name
from bridge.pixverse.profile import Profile
from bridge.pixverse.wording import slash_command
from bridge.sessions.port import HistoryUnavailable, NotSent, Prepared, Session
from bridge.store.database import Database
from bridge.store.files.uploads import of_job
from bridge.store.rows import jobs


@dataclass(frozen=True, slots=True)
class Obstacle:
    """It cannot be sent now; with a `failure`, trying again will not help, with a defect hardly.

    In an outage of Discord's REST it stands in the way of all that must ask there.
    """

    reason: str
    failure: Failure | None = None
    is_defect: bool = False
    is_outage: bool = False


@dataclass(frozen=True, slots=True)
class Prepare:
    """Makes interactions of jobs, ready to be posted. `path` tells where uploaded bytes are."""

    database: Database
    session: Session
    profile: Profile
    path: Callable[[str], Path]

    async def prepared(self, job: Job) -> Prepared | Obstacle:
        """Return what is to be posted for a job, or what stands in the way."""
        interaction = await self.interaction(job)
        if isinstance(interaction, Obstacle):
            return interaction
        prepared = await self.session.prepare(interaction)
        return not_prepared(prepared) if isinstance(prepared, NotSent) else prepared

    async def interaction(self, job: Job) -> Interaction | Obstacle:
        """Return what is to be sent for a job, or what stands in the way."""
        if job.command.verb is Verb.BUTTON:
            return await self._press(job)
        files = {upload.key: str(self.path(upload.key)) for upload in of_job(job)}
        return slash_command(job.command, self.profile, files)

    async def _press(self, job: Job) -> ButtonPress | Obstacle:
        """Find the button in the parent's message as it is now: buttons change and messages go."""
        parent = await self.database.read(lambda tx: jobs.by_id(tx, job.parent or ""))
        if parent is None or parent.said is None:
            return _lasting("The parent job has no message with buttons")
        try:
            message = await self.session.message(parent.said.message_id)
        except HistoryUnavailable as error:
            return _unread(job, error)
        return _found(message, job.command.button or "", self.profile)


def not_prepared(answer: NotSent) -> Obstacle:
    """Return what stands in the way of something that Discord did not let be prepared."""
    if answer.is_lasting:
        return _lasting(answer.reason)
    return Obstacle(answer.reason, is_outage=answer.is_outage)


def _found(message: Message | None, name: str, profile: Profile) -> ButtonPress | Obstacle:
    if message is None:
        return _lasting("The message of the parent job is gone")
    buttons = [button for button in message.buttons or () if shown_name(profile, button.name) == name]
    if not buttons or buttons[0].is_disabled:
        return _lasting(f"The message of the parent job no longer offers the button {name}")
    return ButtonPress(
        application_id=message.application_id or message.author_id or "",
        message_id=message.id,
        message_flags=message.flags or 0,
        custom_id=buttons[0].custom_id,
    )


def _unread(job: Job, error: HistoryUnavailable) -> Obstacle:
    if error.status not in (401, 403, 404):
        return Obstacle(str(error), is_outage=error.status is None or error.status >= 500)
    text = needs_attention(job.channel)
    return Obstacle(text, Failure(Cause.ACCOUNT, text, f"The channel {job.channel} cannot be read: {error}"))


def _lasting(reason: str) -> Obstacle:
    return Obstacle(reason, Failure(Cause.NOT_SENDABLE, CANNOT_BE_SENT, reason))
