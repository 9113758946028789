"""How every answer looks: JSON, an integer `code`, and for errors a sentence."""

import json
from collections.abc import Mapping

from aiohttp import web


class Refusal(Exception):
    """A request is answered with an error: the contract's `error`, perhaps `errorDetails`, and `code`."""

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
        details = {} if self.details is None else {"errorDetails": self.details}
        body = {"error": self.error, **details, **self.extra, "code": self.status}
        return as_json(body, self.status, self.headers)


def as_json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a JSON response; half of a surrogate pair is written as an escape."""
    return raw_json(json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace"), status, headers)


def raw_json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a response of ready JSON."""
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")
