"""One attempt of a callback: a POST and its outcome."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import aiohttp
import structlog
from aiohttp.http_exceptions import HttpProcessingError

from bridge.callbacks.client import CallbackClient
from bridge.callbacks.connector import AddressRefused
from bridge.callbacks.receiver_url import on_the_wire, refusal
from bridge.store.rows.deliveries import receiver_of

log = structlog.get_logger(__name__)

MOST_READ: Final = 4096
BODY_S: Final = 1.0
"""How long to wait for the rest of an answer: the status decides, but a read body saves a connection."""
NOT_FOUND: Final = "the host is unknown, or its address is not allowed (callbacks.allow)"


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

    @property
    def is_not_found(self) -> bool:
        """Return whether there was no allowed address, so that nothing was sent."""
        return self.error == NOT_FOUND


async def post(
    client: CallbackClient, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
) -> AttemptResult:
    """POST a body once. Redirects are not followed, and at most a small part of the answer is read.

    A URL or an address that is not allowed and a name that does not resolve are one and the same failure, so
    that nobody learns from it what there is in the bridge's network. The log has the reason.

    The timeout starts after the receiver's name is resolved, which has its own limit. If the rest of a 2xx
    cannot be read, the client raises it as that status (`callbacks.status_line`).
    """
    if (reason := refusal(url, client.addresses)) is not None:
        return _not_found(url, f"the URL {reason}")
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
        if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(error.__cause__, AddressRefused):
            return _not_found(url, str(error.__cause__))
        return _not_read(error)


async def _read_a_little(answer: aiohttp.ClientResponse) -> None:
    left = MOST_READ
    with suppress(TimeoutError, aiohttp.ClientError, HttpProcessingError, OSError):
        async with asyncio.timeout(BODY_S):
            while left > 0 and (chunk := await answer.content.read(left)):
                left -= len(chunk)


def _as_went(answer: aiohttp.ClientResponse) -> AttemptResult:
    error = None if _is_delivered(answer.status) else f"HTTP status {answer.status}"
    return AttemptResult(answer.status, error, answer.headers.get("Retry-After"))


def _not_found(url: str, reason: str) -> AttemptResult:
    log.warning("receiver_was_not_found", receiver=receiver_of(url), reason=reason)
    return AttemptResult(None, NOT_FOUND)


def _not_read(error: Exception) -> AttemptResult:
    return AttemptResult(None, f"{type(error).__name__}: {error}"[:300])


def _is_delivered(status: int) -> bool:
    return 200 <= status < 300
