"""The format of all answers: JSON with an integer `code`, and a sentence for errors."""

# ruff: noqa: N815 - the names are the contract's

import json
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from pydantic import BaseModel

NO_STORE: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}
"""Headers of an answer that holds a secret."""
EVERYWHERE: Final[Mapping[str, str]] = {
    "Server": "pixverse-bridge",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
"""Headers of every answer. The documentation page has its own policy, which allows its scripts and styles."""


class ErrorBody(BaseModel):
    """The body of every error; `jobid` and `status` if it created a job."""

    error: str
    errorDetails: str | None = None
    jobid: str | None = None
    status: str | None = None
    executingJobs: list[str] | None = None
    code: int


class Refusal(Exception):
    """Raised to answer with an error: `error`, `code`, and `errorDetails` if there are any."""

    def __init__(
        self,
        status: int,
        error: str,
        details: str | None = None,
        *,
        extra: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.details = details
        self.extra = extra or {}
        self.headers = headers or {}

    def answer(self) -> web.Response:
        """Return the refusal as a response."""
        return as_json(self.body(), self.status, self.headers)

    def body(self) -> dict[str, object]:
        """Return the body of the response."""
        details = {} if self.details is None else {"errorDetails": self.details}
        return {"error": self.error, **details, **self.extra, "code": self.status}


def as_json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a JSON response; unpaired surrogates are escaped."""
    return raw_json(dumped(body), status, headers)


def dumped(body: object) -> bytes:
    """Return JSON in one line, without spaces between its values."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def raw_json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a response with encoded JSON and a newline behind it, so that a terminal's prompt follows."""
    line = body.rstrip(b"\n") + b"\n"
    return web.Response(body=line, status=status, headers=headers, content_type="application/json")
