"""`init`: asks for what a first configuration needs, and writes it."""

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import typer

from bridge.accounts.token import read_token
from bridge.cli.announce import show, show_lines
from bridge.cli.chosen_file import DEFAULT_FILE
from bridge.cli.first_config import FirstConfig, id_of, jobs_of, place_of, text_of, wish_of
from bridge.cli.ready import appear, create
from bridge.errors import ConfigurationError

Value = TypeVar("Value")
LONGEST_TOKEN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Given:
    """What the options say, None for what is asked; `token_file` may be `-`, which is stdin."""

    token_file: str | None = None
    server: str | None = None
    channel: str | None = None
    jobs: str | None = None
    local_callbacks: str | None = None


@dataclass(frozen=True, slots=True)
class Question(Generic[Value]):
    """A question, its option, and how an answer is read."""

    flag: str
    text: str
    read: Callable[[str], Value]
    default: str | None = None
    is_hidden: bool = False

    def answer(self, given: str | None) -> Value:
        """Return what is given, else what a person answers; raises `ConfigurationError`."""
        if given is None and sys.stdin.isatty():
            return self._asked()
        text = self.default if given is None else given
        if text is None:
            raise ConfigurationError(f"{self.flag} is missing, and without a terminal nobody can be asked.")
        try:
            return self.read(text)
        except ValueError as error:
            raise ConfigurationError(f"{self.flag}: {error}") from None

    def _asked(self) -> Value:
        found: Any = typer.prompt(
            self.text,
            default=self.default,
            hide_input=self.is_hidden,
            value_proc=self._read_answer,
            err=True,
        )
        value: Value = found
        return value

    def _read_answer(self, text: str) -> Value:
        try:
            return self.read(text)
        except ValueError as error:
            if self.is_hidden:  # the library names no reason then, since it could repeat the answer
                sys.stderr.write(f"{error}\n")
            raise typer.BadParameter(str(error)) from None


TOKEN: Final = Question(
    "--discord-file", "1. Token of the Discord account (not shown)", read_token, is_hidden=True
)
PLACE: Final = Question("--server", "2. Link of the thread with the bot, or id of its server", place_of)
CHANNEL: Final = Question("--channel", "3. Id of the thread", id_of)
JOBS: Final = Question("--max-jobs", "4. Jobs at a time, 1 to 10", jobs_of, default="3")
CALLBACKS: Final = Question(
    "--local-callbacks", "5. Callbacks to programs on this machine, yes or no", wish_of, default="no"
)


def init(path: Path, given: Given, *, is_forced: bool) -> None:
    """Ask, write the file, and say what is next; raises `ConfigurationError`."""
    if path.exists() and not is_forced:
        raise ConfigurationError(f"{path} exists: --force replaces it, --out FILE writes another one.")
    if sys.stdin.isatty():
        sys.stderr.write("Where to find token, server and thread: docs/real-account.md\n")
    token = TOKEN.answer(_read(given.token_file))
    server, channel = PLACE.answer(given.server)
    if channel is None or given.channel is not None:
        channel = CHANNEL.answer(given.channel)
    jobs, calls_back_here = JOBS.answer(given.jobs), CALLBACKS.answer(given.local_callbacks)
    _write(path, text_of(FirstConfig(token, server, channel, jobs, calls_back_here)), is_forced=is_forced)
    _say_what_is_next(path)


def _read(source: str | None) -> str | None:
    """Return the content of the file of the token, None without one."""
    if source is None:
        return None
    try:
        if source == "-":
            return sys.stdin.read(LONGEST_TOKEN)
        with Path(source).open(encoding="utf-8") as file:
            return file.read(LONGEST_TOKEN)
    except OSError as error:
        raise ConfigurationError(f"{TOKEN.flag}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{TOKEN.flag}: is not UTF-8 text") from None


def _write(path: Path, text: str, *, is_forced: bool) -> None:
    """Write the file for its owner only; without force never over another one, also not by a race."""
    try:
        write = appear if is_forced else create
        write(path, text)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None


def _say_what_is_next(path: Path) -> None:
    named = "" if path == DEFAULT_FILE else f" --config {shlex.quote(str(path))}"
    show(f"Wrote {path}. Only you can read it; it contains the token.")
    show_lines(
        "Try the account:",
        f"pixverse-bridge check --online{named}",
        "Start the bridge:",
        f"pixverse-bridge serve{named}",
    )
