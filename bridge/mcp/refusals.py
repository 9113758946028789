"""What a tool answers if it could not do it: what happened, and what the agent or its user can do next."""

from collections.abc import Mapping
from typing import Final

from bridge.client import (
    ClientError,
    Conflict,
    Forbidden,
    Gone,
    Moderated,
    NotFound,
    Rejected,
    ServerError,
    TooManyRequests,
    Unauthorized,
    Unreachable,
)

ASK_HEALTH: Final = "Call accounts_health: it says what the user has to do."
ADVICE: Final[Mapping[type[ClientError], str]] = {
    Moderated: "The bot refuses it: change the prompt or the picture before you try again; the same will be "
    "refused again.",
    Conflict: f"Do not repeat this call unchanged. {ASK_HEALTH}",
    Unauthorized: "Tell the user: the MCP server needs an API token that the bridge accepts, in BRIDGE_TOKEN "
    "or by `pixverse-bridge login`.",
    Forbidden: "Tell the user: the API token of the MCP server lacks this scope.",
    NotFound: "Call list_jobs for the ids of the jobs.",
    Gone: "The job is no longer kept: make a new one.",
    Rejected: "Correct the argument and call again.",
}
NO_ACCOUNT: Final = "Tell the user: `pixverse-bridge accounts add` adds a Discord account."
NOT_REACHED: Final = "Nothing was sent. Tell the user: start the bridge, or set BRIDGE_URL to its address."


def refusal(error: ClientError) -> str:
    """Return what happened and what to do about it."""
    happened = str(error)
    end = "" if happened.endswith((".", "?", "!")) else "."
    return f"{happened}{end} {_advice(error)}".rstrip()


def undecided(key: str) -> str:
    """Return what to do after a submit whose answer was lost."""
    return (
        f'The bridge may have accepted the job. Repeat the same call with idempotency_key "{key}": '
        "that makes no second job. Or call list_jobs."
    )


def _advice(error: ClientError) -> str:
    match error:
        case TooManyRequests():
            return _of_too_many(error)
        case ServerError():
            return _of_server(error)
        case Unreachable(was_sent=False):
            return NOT_REACHED
        case NotFound() if error.error.startswith("Configuration not found"):
            return NO_ACCOUNT
        case _:
            return next((advice for kind, advice in ADVICE.items() if isinstance(error, kind)), "")


def _of_too_many(error: TooManyRequests) -> str:
    again = f"Call again in {error.retry_after_s:g} seconds"
    if error.executing:
        return f"{again}, or call wait_for_job for one of {', '.join(error.executing)}."
    if error.kind == "quota":
        return f"{again}, and tell the user that the quota of the API token is used up."
    return f"{again}, not before."


def _of_server(error: ServerError) -> str:
    if error.retry_after_s is None:
        return ASK_HEALTH
    return f"Call again in {error.retry_after_s:g} seconds. If that fails too: {ASK_HEALTH}"
