"""One attempt of a callback: a POST and its outcome."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from bridge.callbacks.client import CallbackClient

_ALLOWED: Final = "!#$%&'()*+,/:;=?@[]~"
"""Characters allowed in a path or query besides letters and digits (RFC 3986); `%` is for escapes."""
MOST_READ: Final = 4096
BODY_S: Final = 1.0
"""How long to wait for the rest of an answer: the status decides, but a read body saves a connection."""


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """The outcome of an attempt: the receiver's status, or why there is none; `retry_after` is the header."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None

    @property
    def is_delivered(self) -> bool:
        """Return whether the receiver acknowledged it with a 2xx."""
        return self.status is not None and _is_delivered(self.status)

    @property
    def is_gone(self) -> bool:
        """Return whether the receiver refused it for good with 410."""
        return self.status == 410


async def post(
    client: CallbackClient, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
) -> AttemptResult:
    """POST a body once. Redirects are not followed, and at most a small part of the answer is read.

    The timeout starts after the receiver's name is resolved, which has its own limit. If the rest of a 2xx
    cannot be read, the client raises it as that status (`callbacks.status_line`).
    """
    try:
        address = on_the_wire(url)
        await client.names.ready(address.raw_host or "")
        async with client.http.post(
            address,
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
        ) as answer:
            await _read_a_little(answer)
            return _as_went(answer)
    except TimeoutError:
        return AttemptResult(None, f"no answer within {timeout_s:g} seconds")
    except aiohttp.ClientResponseError as error:
        return AttemptResult(error.status) if _is_delivered(error.status) else _not_read(error)
    except (aiohttp.ClientError, OSError, ValueError, IndexError) as error:
        return _not_read(error)


def on_the_wire(url: str) -> URL:
    """Return a URL as HTTP requires it: non-ASCII characters percent-encoded, in a host name punycoded.

    Allowed characters stay byte for byte, because a receiver may have signed its own URL.
    """
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    tail = quote(rest[len(authority) :], safe=_ALLOWED)
    host = authority if authority.isascii() else str(URL(f"//{authority}")).removeprefix("//")
    return URL(f"{scheme}://{host}{tail}", encoded=True)


async def _read_a_little(answer: aiohttp.ClientResponse) -> None:
    left = MOST_READ
    with suppress(TimeoutError, aiohttp.ClientError, HttpProcessingError, OSError):
        async with asyncio.timeout(BODY_S):
            while left > 0 and (chunk := await answer.content.read(left)):
                left -= len(chunk)


def _as_went(answer: aiohttp.ClientResponse) -> AttemptResult:
    error = None if _is_delivered(answer.status) else f"HTTP status {answer.status}"
    return AttemptResult(answer.status, error, answer.headers.get("Retry-After"))


def _not_read(error: Exception) -> AttemptResult:
    return AttemptResult(None, f"{type(error).__name__}: {error}"[:300])


def _is_delivered(status: int) -> bool:
    return 200 <= status < 300
