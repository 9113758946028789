"""The verbs: submit a job, and follow it."""

import asyncio
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from bridge.cli.client.ending import After, follow
from bridge.cli.client.output import Output
from bridge.cli.client.talking import talk
from bridge.cli.client.target import Given
from bridge.client import Client, ClientError, Job
from bridge.errors import ConfigurationError

STDIN: Final = "-"
UNDECIDED: Final = (
    "The bridge may have accepted the job: pixverse-bridge jobs shows it. "
    "The same command with --idempotency-key {key} makes no second one."
)


def submit(given: Given, verb: str, fields: Mapping[str, Any], after: After) -> None:
    """Submit a job of a verb with the fields that are given."""
    wanted = those_given({**fields, "idempotency_key": key_of(fields)})

    async def work(client: Client, output: Output) -> None:
        await submit_with(
            client, output, lambda: getattr(client, verb)(**wanted), wanted["idempotency_key"], after
        )

    talk(given, work)


async def submit_with(
    client: Client, output: Output, send: Callable[[], Awaitable[Job]], key: str, after: After
) -> None:
    """Send a submit that has the key, and follow its job."""
    try:
        job = await send()
    except (asyncio.CancelledError, ClientError) as error:
        if _is_undecided(error):
            output.note(UNDECIDED.format(key=shlex.quote(key)))
        raise
    await follow(client, output, job, after)


def key_of(fields: Mapping[str, Any]) -> str:
    """Return the idempotency key that is given, or a new one."""
    key: str = fields.get("idempotency_key") or secrets.token_hex(16)
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError("--idempotency-key: only printable ASCII characters are allowed")
    return key


def _is_undecided(error: BaseException) -> bool:
    """Tell whether the bridge may have accepted a job that the error does not name."""
    is_answer = isinstance(error, ClientError) and not error.is_undecided
    return not is_answer and getattr(error, "job_id", None) is None


def text_of(text: str | None) -> str | None:
    """Return a prompt as it was given, or from stdin."""
    if text != STDIN:
        return text
    return sys.stdin.read().strip()


def picture(path: Path) -> Path:
    """Return the path of a picture; raises `ConfigurationError` if it cannot be read."""
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None


def secret_of(path: Path | None) -> str | None:
    """Return the Discord token in a file, or from stdin."""
    if path is None:
        return None
    try:
        return (sys.stdin.read() if str(path) == STDIN else path.read_text(encoding="utf-8")).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {getattr(error, 'strerror', None) or 'is not text'}") from None


def those_given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}
