"""Everything that a call can raise; all of it is a `ClientError`."""

from collections.abc import Mapping
from typing import Any, Final

SLOTS: Final = "slots"
QUOTA: Final = "quota"
DISCORD: Final = "discord"
"""The kinds of a 429: all slots are taken, a quota is used up, Discord or the bot says to wait."""


class ClientError(Exception):
    """The base of all errors of the client.

    `is_undecided`: an attempt was left without an answer, so the bridge may have done what was asked. A
    submit with the same `idempotency_key` is safe then.
    """

    is_undecided = False


class Unreachable(ClientError):
    """The bridge gave no answer; `reason` is a sentence for a person.

    `was_sent` is False if it is certain that the bridge got nothing of the last attempt.
    """

    def __init__(self, reason: str, *, was_sent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.was_sent = was_sent


class AnotherServer(Unreachable):
    """What answers there is no bridge, but another server or a proxy without one behind it."""


class ApiError(ClientError):
    """The bridge answered with an error.

    `status` is the HTTP status, `error` and `details` are the answer's sentences (`details` may be None),
    `body` is the whole answer. `job_id` is the job that the request has made all the same, or None.
    """

    def __init__(self, status: int, error: str, details: str | None, body: Mapping[str, Any]) -> None:
        super().__init__(f"{error} ({details})" if details else error)
        self.status = status
        self.error = error
        self.details = details
        self.body = body

    @property
    def job_id(self) -> str | None:
        """The id of the job that the request has made all the same."""
        found = self.body.get("jobid")
        return found if isinstance(found, str) else None


class Unauthorized(ApiError):
    """401: the API token is missing, wrong, expired or revoked."""


class Forbidden(ApiError):
    """403: the API token lacks a scope; `details` names it."""


class NotFound(ApiError):
    """404: there is no such job, account or path."""


class Conflict(ApiError):
    """409: the account is paused or needs a person, or a request with the same key is being answered."""

    @property
    def is_of_its_key(self) -> bool:
        """Whether a request with the same key is being answered."""
        return self.error.startswith("A request with this Idempotency-Key")


class Gone(ApiError):
    """410: the job has expired."""


class Rejected(ApiError):
    """Another 4xx: a field is missing, wrong or too long; `error` says which."""


class Moderated(ApiError):
    """422: the bot refused the prompt or the picture; `error` is the bot's own text."""


class TooManyRequests(ApiError):
    """429: `kind` is `slots`, `quota` or `discord`, `retry_after_s` the seconds until a repeat makes sense.

    `executing` are the ids of the jobs that hold the slots, for the kind `slots`.
    """

    def __init__(
        self, error: str, details: str | None, body: Mapping[str, Any], *, retry_after_s: float
    ) -> None:
        super().__init__(429, error, details, body)
        self.retry_after_s = retry_after_s
        executing = body.get("executingJobs")
        self.executing: tuple[str, ...] = tuple(executing) if isinstance(executing, list) else ()
        self.kind = _kind(error)


class ServerError(ApiError):
    """5xx: the bridge could not do it; `retry_after_s` is None if the answer names no time."""

    def __init__(
        self,
        status: int,
        error: str,
        details: str | None,
        body: Mapping[str, Any],
        *,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(status, error, details, body)
        self.retry_after_s = retry_after_s

    @property
    def is_away(self) -> bool:
        """Whether the bridge is away: a 503, or what a proxy answers in its stead."""
        return self.status == 503 or self.is_of_a_proxy

    @property
    def is_of_a_proxy(self) -> bool:
        """Whether a proxy answered that reaches no bridge."""
        return self.status in (502, 504) and "code" not in self.body


class WaitTimeout(ClientError):
    """The job has not ended in time; it goes on, and can be waited for again by its `job_id`."""

    def __init__(self, job_id: str, timeout_s: float) -> None:
        super().__init__(f"job {job_id} has not ended within {timeout_s:g} seconds; it goes on")
        self.job_id = job_id


class DownloadFailed(ClientError):
    """A file of a job could not be downloaded; `status` is the HTTP status, or None without an answer."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class InvalidCallback(ClientError):
    """A callback is not from the bridge, or is older than five minutes."""


_BY_STATUS: Final[Mapping[int, type[ApiError]]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
}


OF_OTHERS: Final = frozenset({401, 403, 404, 405})
"""Other servers answer with these, and proxies that know no bridge; a bridge always says why."""


def is_of_another_server(status: int, body: Mapping[str, Any]) -> bool:
    """Tell whether an error is none of a bridge, nor of a proxy that has one behind it."""
    return status in OF_OTHERS and "error" not in body


def error_of(status: int, body: Mapping[str, Any], retry_after: str | None) -> ApiError:
    """Return the error for an answer of the status 400 or above."""
    error, details = str(body.get("error") or f"HTTP status {status}"), body.get("errorDetails")
    seconds = _seconds(retry_after)
    if status == 429:
        return TooManyRequests(error, details, body, retry_after_s=1.0 if seconds is None else seconds)
    if status >= 500:
        return ServerError(status, error, details, body, retry_after_s=seconds)
    if status == 422 and body.get("status") == "moderated":
        return Moderated(status, error, details, body)
    return _BY_STATUS.get(status, Rejected)(status, error, details, body)


def _seconds(retry_after: str | None) -> float | None:
    """Return a `Retry-After` in seconds; its other form, a date, is not one of the bridge."""
    is_number = retry_after is not None and retry_after.isascii() and retry_after.isdecimal()
    return float(retry_after) if retry_after is not None and is_number else None


def _kind(error: str) -> str:
    if error.startswith("Maximum of "):
        return SLOTS
    return QUOTA if error == "Quota exceeded" else DISCORD
