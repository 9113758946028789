"""One attempt of a callback: a POST, and how it went."""

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
"""What a path and a query may hold beside letters and digits (RFC 3986), `%` of what is encoded already."""
MOST_READ: Final = 4096
BODY_S: Final = 1.0
"""How long the rest of an answer is waited for: its status has decided, a read body saves a connection."""


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How an attempt went: the receiver's status, or why there was none; `retry_after` as it was given."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None

    @property
    def is_delivered(self) -> bool:
        """Tell whether the receiver took it: any 2xx."""
        return self.status is not None and _is_delivered(self.status)

    @property
    def is_gone(self) -> bool:
        """Tell whether the receiver wants no more of it: 410."""
        return self.status == 410


async def post(
    client: CallbackClient, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
) -> AttemptResult:
    """POST a body once. Redirects are not followed; of the answer only a little is read.

    The time of the attempt begins when the receiver's name has been looked up, which has a limit of its own.
    The client's answers (`callbacks.status_line`) raise a 2xx as that status when its rest cannot be read.
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
    """Return an address as HTTP takes it: beyond ASCII percent-encoded, in a host's name punycoded.

    What may stand there stays byte for byte, since a receiver may have signed its own address.
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
