"""`doctor --try`: makes one real video with an account, and shows how each message of the bot was read."""

import asyncio
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer

from bridge.app.bridge import endpoint
from bridge.app.databases import is_postgres
from bridge.app.foundation import shared_database
from bridge.app.profile import profile_of
from bridge.app.trial import is_running
from bridge.chat import DISCORD_EPOCH_MS, SlashCommand
from bridge.cli.announce import show
from bridge.cli.doctor.patients import Patient
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.doctor.finding import Finding, error, fine, warning
from bridge.errors import ConfigurationError, DataInUse
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import OPEN, State
from bridge.logs import Redactor
from bridge.pixverse.profile import Profile
from bridge.pixverse.wording import slash_command
from bridge.recording.lines import read_lines
from bridge.recording.replay import replayed
from bridge.recording.tape import tape_on
from bridge.recording.telling import facts
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import NotSent, Session, Taken
from bridge.store.rows import leases
from bridge.verbs.row import FieldRow, Kind, VerbRow

CONNECT_S: Final = 60.0
LIMIT_S: Final = 900.0
"""How long a video may take."""
VERBS: Final = (Verb.CREATE_SINGLE, Verb.CREATE)
"""Which verb is tried: the first that can be, since one video costs less than four."""
STOP: Final = "stop it first, or submit the job to it with serve --record FILE"
QUESTION: Final = "This runs /{} with the account of channel {}, which may cost credits. Go on?"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it, and the recording of what was heard."""

    finding: Finding
    recording: Path


async def refuse_beside_a_bridge(settings: Settings) -> None:
    """Raise `DataInUse` if a bridge runs: a second connection of its accounts would disturb their jobs."""
    is_used = is_running(settings)
    if is_postgres(settings):
        async with shared_database(settings) as database:
            is_used = bool(await database.read(leases.machines))
    if is_used:
        raise DataInUse(f"A bridge runs on this database: {STOP}.")


async def try_one(
    settings: Settings, redactor: Redactor, patient: Patient, prompt: str, *, is_sure: bool
) -> Tried | None:
    """Make a video after asking; None if the answer is no. Raises `ConfigurationError` and `StartError`."""
    command = command_for(profile_of(settings), prompt)
    if not is_sure and not typer.confirm(QUESTION.format(command.name, patient.place.id)):
        return None
    recording = Path(tempfile.mkdtemp(prefix="pixverse-doctor-")) / "try.jsonl"
    clock = SystemClock()
    with tape_on(recording, redactor.clean_prose, clock, patient.place.id) as tape:
        async with SelfbotSessions(endpoint(settings), clock, overhear=tape.record) as sessions:
            session = sessions.open(patient.token or "", patient.place, _keep_no_token)
            finding = await _run(session, command, recording, profile_of(settings))
    return Tried(finding, recording)


def steps_of(settings: Settings, recording: Path) -> list[dict[str, object]]:
    """Return the facts about each line of a recording."""
    profile, overrides = profile_of(settings), len(settings.bot.phrases)
    return [facts(step, profile, overrides) for step, _ in replayed(read_lines(recording), profile)]


def not_understood(steps: Sequence[Mapping[str, object]]) -> list[object]:
    """Return the lines of the messages that no phrase fits, or that are about no job."""
    return [
        each["line"]
        for each in steps
        if each.get("unmatched")
        or str(each.get("because", "")).startswith(("no phrase fits", "it says nothing"))
    ]


def command_for(profile: Profile, prompt: str) -> SlashCommand:
    """Return the command that makes a video of a prompt; raises `ConfigurationError` if none can."""
    for name in VERBS:
        verb = profile.verb(name)
        if verb is not None and not any(field.is_file and field.is_required for field in verb.fields):
            return slash_command(_command(verb, prompt), profile, {})
    raise ConfigurationError("--try: no verb makes a video of a prompt alone")


def _command(verb: VerbRow, prompt: str) -> Command:
    values: dict[str, Any] = {each.name: _value(each) for each in verb.fields if each.is_required}
    return Command(verb=verb.name, **{**values, "prompt": prompt})


def _value(field: FieldRow) -> object:
    """Return a value that a required field takes."""
    if field.kind is Kind.CHOICE:
        return field.values[0]
    if field.kind is Kind.INTEGER:
        return int(field.least or 1)
    if field.kind is Kind.NUMBER:
        return field.least or 1.0
    return True if field.kind is Kind.BOOLEAN else "a cat"


async def _keep_no_token(_token: str) -> None:
    """Keep no token by which Discord replaces the one that was given: the bridge gets its own."""


async def _run(session: Session, command: SlashCommand, recording: Path, profile: Profile) -> Finding:
    with suppress(TimeoutError):
        async with asyncio.timeout(CONNECT_S):
            while not (session.condition.is_connected or session.condition.is_unusable):
                await session.changed()
    if not session.condition.is_connected:
        reason = session.condition.reason or "Discord was not reached in time"
        return error("try", "try_not_connected", reason, session.condition.remedy)
    prepared = await session.prepare(command)
    if isinstance(prepared, NotSent):
        return error("try", "try_not_sent", prepared.reason)
    nonce = str((SystemClock().now_ms() - DISCORD_EPOCH_MS) << 22 | secrets.randbits(22))
    sent = await session.post(prepared, nonce)
    if not isinstance(sent, Taken):
        return error("try", "try_not_sent", f"Discord did not take the command: {sent}")
    show(f"Sent /{command.name}; waiting for its video.")
    with suppress(TimeoutError):
        async with asyncio.timeout(LIMIT_S):
            return await _end(session, recording, profile)
    return warning("try", "try_no_end", f"no video, and no refusal that is known, came within {LIMIT_S:g} s")


async def _end(session: Session, recording: Path, profile: Profile) -> Finding:
    """Listen until the recording shows that the job has ended."""
    async for _ in session.heard():
        states = _states(recording, profile)
        ended = [each for each in states if each not in OPEN]
        if State.COMPLETED in ended:
            return fine("try", "the video has arrived")
        if ended:
            return warning("try", "try_no_video", f"the bot made no video: {ended[0]}")
    return warning("try", "try_no_end", "the connection was closed")


def _states(recording: Path, profile: Profile) -> list[State]:
    found: dict[str, State] = {}
    for _, replay in replayed(read_lines(recording), profile):
        found |= {name: job.job.state for name, job in replay.jobs.items()}
    return list(found.values())
