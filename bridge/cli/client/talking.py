"""Runs what a command does with a client of the bridge; a failure is one line and an exit code."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import typer

from bridge.cli.client.outcomes import ExitCode
from bridge.cli.client.output import Output
from bridge.cli.client.profiles import Profiles, profile_file
from bridge.cli.client.target import DEFAULT_URL, Given, Target, target_of
from bridge.client import (
    ApiError,
    Client,
    ClientError,
    Conflict,
    DownloadFailed,
    Forbidden,
    Gone,
    Moderated,
    NotFound,
    Rejected,
    TooManyRequests,
    Unauthorized,
    Unreachable,
    WaitTimeout,
)
from bridge.errors import ConfigurationError

Work: TypeAlias = Callable[[Client, Output], Awaitable[None]]

OF_ERROR: Final[Mapping[type[ClientError], ExitCode]] = {
    Unreachable: ExitCode.UNREACHABLE,
    WaitTimeout: ExitCode.WAIT_TIMED_OUT,
    DownloadFailed: ExitCode.NOT_SAVED,
    Unauthorized: ExitCode.UNAUTHORIZED,
    Forbidden: ExitCode.FORBIDDEN,
    NotFound: ExitCode.NOT_FOUND,
    Gone: ExitCode.NOT_FOUND,
    Conflict: ExitCode.CONFLICT,
    Moderated: ExitCode.MODERATED,
    Rejected: ExitCode.REJECTED,
    TooManyRequests: ExitCode.TOO_MANY_REQUESTS,
}
"""Any other answer is `SERVER_ERROR`."""
ANOTHER_ADDRESS: Final = "--url, BRIDGE_URL and login choose another address."


def talk(given: Given, work: Work, *, is_endless: bool = False) -> None:
    """Run the work with a client of the bridge that the options mean; Ctrl-C is how endless work ends."""
    try:
        run(target_of(given, os.environ, Profiles(profile_file(os.environ))), work, as_json=given.as_json)
    except KeyboardInterrupt:
        raise typer.Exit(0 if is_endless else ExitCode.INTERRUPTED) from None


def run(target: Target, work: Work, *, as_json: bool) -> None:
    """Run the work with a client of a bridge."""
    output = Output(as_json=as_json)
    if target.token is None:
        output.note(f"error: {_without_token(target.url)}")
        raise typer.Exit(ExitCode.UNAUTHORIZED)
    try:
        asyncio.run(_work(target, work, output))
    except ClientError as error:
        raise typer.Exit(_told(error, output)) from None


async def _work(target: Target, work: Work, output: Output) -> None:
    async with _client(target) as client:
        await work(client, output)


def _client(target: Target) -> Client:
    try:
        return Client(target.url, target.token)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _told(error: ClientError, output: Output) -> ExitCode:
    """Print an error, with what to do about it, and return its exit code."""
    if output.as_json:
        output.json(dict(error.body) if isinstance(error, ApiError) and error.body else {"error": str(error)})
    output.note(f"error: {error}")
    if isinstance(error, ApiError) and error.job_id is not None:
        output.note(f"This is the end of job {error.job_id}.")
    remedy = _remedy(error)
    if remedy:
        output.note(remedy)
    return exit_code_of(error)


def exit_code_of(error: ClientError) -> ExitCode:
    """Return the exit code of an error."""
    return next((code for kind, code in OF_ERROR.items() if isinstance(error, kind)), ExitCode.SERVER_ERROR)


def _remedy(error: ClientError) -> str:
    match error:
        case Unreachable():
            return ANOTHER_ADDRESS
        case Unauthorized():
            return "pixverse-bridge login saves another token."
        case NotFound() if error.error.startswith("Configuration not found"):
            return "pixverse-bridge accounts list shows the accounts, accounts add adds one."
        case TooManyRequests(retry_after_s=float() | int() as seconds):
            return f"Try again in {seconds:g} seconds."
        case _:
            return ""


def _without_token(url: str) -> str:
    told = f"no API token for {url}: run pixverse-bridge login, or set BRIDGE_TOKEN"
    return f"{told} (the sandbox's is sandbox)" if url == DEFAULT_URL else told
