"""What follows a job that was submitted or looked up: the wait for its end, its videos, its exit code."""

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from bridge.cli.client.job_view import show_job
from bridge.cli.client.outcomes import OF_STATUS, ExitCode
from bridge.cli.client.output import Output
from bridge.cli.client.progress import Teller, teller_on
from bridge.client import Client, ClientError, Job, Unauthorized, Unreachable, WaitTimeout


@dataclass(frozen=True, slots=True)
class After:
    """What is to be done when the job is accepted: wait for it, save its videos, open the first one."""

    wait: bool
    out: Path | None
    open: bool
    timeout_s: float

    @property
    def is_waiting(self) -> bool:
        """Whether the command waits for the end of the job."""
        return self.wait or self.out is not None or self.open


async def follow(client: Client, output: Output, job: Job, after: After) -> None:
    """Show the job; if that is wished, wait for its end first, and exit with the code of its outcome."""
    if not after.is_waiting:
        show_job(output, job, [])
        if not job.is_ended:
            output.note(f"Follow it, and save the videos: {again(job, Path('videos'))}")
        return
    ended = await _ended(client, output, job, after)
    paths: Sequence[Path] = ()
    if after.out is not None and ended.is_completed:
        paths = await _saved(client, output, ended, after.out)
    show_job(output, ended, paths)
    if after.open and ended.is_completed:
        _open(ended, paths)
    if not ended.is_completed:
        raise typer.Exit(OF_STATUS.get(ended.status, ExitCode.FAILED))


async def _ended(client: Client, output: Output, job: Job, after: After) -> Job:
    """Wait, and tell how to go on if that ends before the job does."""
    try:
        with teller_on(output.stderr) as teller:
            teller.tell(job)
            return await _waited(client, teller, job, after.timeout_s)
    except (asyncio.CancelledError, Unauthorized, Unreachable, WaitTimeout):
        output.note(f"Job {job.id} goes on. Pick it up again: {again(job, after.out)}")
        raise


async def _waited(client: Client, teller: Teller, job: Job, timeout_s: float) -> Job:
    """Tell each change of the job, and return it when it has ended."""
    try:
        async with asyncio.timeout(timeout_s):
            async for changed in client.follow(job, teller.away):
                teller.tell(changed)
                job = changed
    except TimeoutError:
        raise WaitTimeout(job.id, timeout_s) from None
    return job


def again(job: Job, out: Path | None) -> str:
    """Return the command that goes on where this one ends."""
    save = f" --out {shlex.quote(str(out))}" if out is not None else ""
    return f"pixverse-bridge show {job.id} --wait{save}"


async def _saved(client: Client, output: Output, job: Job, directory: Path) -> Sequence[Path]:
    """Save the videos, and tell how to do it later if that fails."""
    later = f"The videos are there. Save them later: {again(job, directory)}"
    try:
        return await client.download(job, directory)
    except OSError as error:
        output.note(f"error: {directory}: {error.strerror}")
        output.note(later)
        raise typer.Exit(ExitCode.NOT_SAVED) from None
    except (asyncio.CancelledError, ClientError):
        output.note(later)
        raise


def _open(job: Job, paths: Sequence[Path]) -> None:
    """Open the first video with the program that the desktop has for it."""
    if paths:
        typer.launch(str(paths[0]))
    elif job.attachments:
        typer.launch(job.attachments[0].mirror_url or job.attachments[0].url)
