"""Shows how a job goes on while one waits: a live line on a terminal, else a line for each change."""

import asyncio
import re
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Final, Protocol

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from bridge.cli.client.output import clean, one_line
from bridge.client import ClientError, Job

MENTION: Final = re.compile(r"<@!?\d+>\s*")
PERCENT: Final = re.compile(r"\((\d{1,3}%)\)")


class Teller(AbstractContextManager["Teller"], Protocol):
    """Tells a person what a job does."""

    def tell(self, job: Job) -> None:
        """Show the job as it is now."""

    def away(self, error: ClientError) -> None:
        """Show that the bridge is away, why, and that it is tried again."""


def teller_on(console: Console) -> Teller:
    """Return the teller that suits where the output goes."""
    is_live = console.is_terminal and not console.is_dumb_terminal
    return LiveLine(console) if is_live else PlainLines(console)


class LiveLine:
    """One line that is drawn again and again, with the time since the wait began; it goes away at the end."""

    def __init__(self, console: Console) -> None:
        words = TextColumn(
            "{task.description}",
            markup=False,
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        )
        self._progress = Progress(
            SpinnerColumn(), TimeElapsedColumn(), words, console=console, transient=True, expand=True
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "LiveLine":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def tell(self, job: Job) -> None:
        """Show the job's newest status and words."""
        self._show(words_of(job))

    def away(self, error: ClientError) -> None:
        """Show why nothing is heard of the job."""
        self._show(words_of_outage(error))

    def _show(self, words: str) -> None:
        if self._task is None:
            self._task = self._progress.add_task(words, total=None)
        else:
            self._progress.update(self._task, description=words)
        self._progress.refresh()


class PlainLines:
    """A line for each change, with the seconds since the wait began."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began_s = 0.0
        self._last = ""

    def __enter__(self) -> "PlainLines":
        self._began_s = asyncio.get_running_loop().time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def tell(self, job: Job) -> None:
        """Print the job, if it looks different than before."""
        self._show(words_of(job))

    def away(self, error: ClientError) -> None:
        """Print why nothing is heard of the job, once for each reason."""
        self._show(words_of_outage(error))

    def _show(self, words: str) -> None:
        if words == self._last:
            return
        self._last = words
        minutes, seconds = divmod(int(asyncio.get_running_loop().time() - self._began_s), 60)
        self._console.print(f"{minutes}:{seconds:02}  {words}", soft_wrap=True)


def words_of(job: Job) -> str:
    """Return the status of a job, and what the bot said last or the job waits for."""
    waiting = job.raw.get("waitingFor")
    words = job.error or _said(job) or (f"waits for {_reason(waiting)}" if waiting else "")
    return clean(f"{job.status}  {one_line(words)}".rstrip())


def words_of_outage(error: ClientError) -> str:
    """Return why nothing is heard of a job."""
    return clean(f"waits for the bridge  {one_line(str(error))}; trying again")


def _said(job: Job) -> str:
    """Return what the bot said last, without whom it said it to; how far it is comes first."""
    words = MENTION.sub("", job.content or "")
    found = None if job.is_ended else PERCENT.search(words)
    return words if found is None else f"{found[1]}  {words[: found.start()]}{words[found.end() :]}"


def _reason(waiting: dict[str, Any]) -> str:
    position = waiting.get("position")
    details = waiting.get("details") or (f"position {position}" if position else None)
    words = waiting["reason"].replace("_", " ")
    return f"{words}: {details}" if details else words
