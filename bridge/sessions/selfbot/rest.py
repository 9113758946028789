"""Repeatable HTTP requests to Discord: looking up commands, reading messages, reserving uploads."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog
from curl_cffi import CurlError
from curl_cffi.requests import Response

from bridge.ports import Clock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.outage import blocked
from bridge.sessions.selfbot.answers import (
    TOO_MANY_REQUESTS,
    Answer,
    account_trouble,
    is_blocked,
    is_global,
    is_not_ready,
    retry_after_s,
)
from bridge.sessions.selfbot.calm_curl import http_session
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.selfbot.not_reached import not_reached
from bridge.sessions.selfbot.rate_limit import ASKED_TO_WAIT, Hold
from bridge.sessions.trouble import Trouble

log = structlog.get_logger(__name__)

TRIES: Final = 3
PAUSE_S: Final = 1.0
NOT_ASKED: Final = Answer(TOO_MANY_REQUESTS, {}, b"")
"""The answer that stands in for Discord's while a rate limit applies."""

OnTrouble = Callable[[Trouble], None]


class NoUsableAnswer(Exception):
    """There is no usable answer; `answer` is Discord's, if there is one."""

    def __init__(self, reason: str, answer: Answer | None = None) -> None:
        super().__init__(reason)
        self.answer = answer

    @property
    def status(self) -> int | None:
        """Return the HTTP status, None without an answer."""
        return self.answer.status if self.answer is not None else None


@dataclass(frozen=True, slots=True)
class RestRequest:
    """A request with the limit that holds for all its tries together."""

    method: Literal["GET", "POST"]
    path: str
    limit_s: float
    params: dict[str, str] = field(default_factory=dict)
    data: bytes | None = None


class Rest:
    """Repeatable requests, each with a time limit in seconds for all its attempts together.

    A request is retried only if Discord asks for it. For other failures the callers have their own backoff:
    two layers of retries would multiply while Discord is down.

    `hold` is the global rate limit of the person; limits of a route are kept here.
    """

    def __init__(
        self, endpoint: Endpoint, identity: Identity, clock: Clock, hold: Hold, on_trouble: OnTrouble
    ) -> None:
        self._url = endpoint.versioned_api_url
        self._proxy = endpoint.proxy
        self._identity = identity
        self._clock = clock
        self._hold = hold
        self._on_trouble = on_trouble
        self._holds: dict[str, int] = {}
        self._session = http_session(endpoint)

    async def get(self, path: str, limit_s: float, params: Mapping[str, str] | None = None) -> object:
        """Return the JSON at `path`; raises `NoUsableAnswer`."""
        return await self._answered(RestRequest("GET", path, limit_s, params=dict(params or {})))

    async def post(self, path: str, limit_s: float, content: object) -> object:
        """POST `content`, which may be repeated, and return the JSON answer; raises `NoUsableAnswer`."""
        return await self._answered(RestRequest("POST", path, limit_s, data=json.dumps(content).encode()))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _answered(self, request: RestRequest) -> object:
        if not self._identity.is_known:
            raise NoUsableAnswer("not logged in to Discord yet")
        self._check_hold(request.path)
        try:
            async with asyncio.timeout(request.limit_s):
                answer = await self._try(request)
        except TimeoutError:
            raise NoUsableAnswer(f"Discord did not answer within {request.limit_s:g} s") from None
        except (CurlError, OSError) as error:
            raise NoUsableAnswer(not_reached(error, self._url, self._proxy).reason) from None
        self._note(request.path, answer)
        return self._content(answer)

    def _check_hold(self, path: str) -> None:
        """Refuse a request whose route has a rate limit longer than an earlier request could wait."""
        if self._hold.is_on or self._clock.monotonic_ms() < self._holds.get(path, 0):
            raise NoUsableAnswer(ASKED_TO_WAIT, NOT_ASKED)

    def _note(self, path: str, answer: Answer) -> None:
        if answer.status == TOO_MANY_REQUESTS and not is_global(answer):
            self._holds[path] = self._clock.monotonic_ms() + int(retry_after_s(answer) * 1000)

    async def _try(self, request: RestRequest) -> Answer:
        answer = await self._ask(request)
        for _ in range(TRIES - 1):
            pause_s = _asked_pause_s(answer)
            if pause_s is None or pause_s >= request.limit_s:
                break
            await self._clock.sleep(pause_s)
            answer = await self._ask(request)
        return answer

    async def _ask(self, request: RestRequest) -> Answer:
        headers = self._identity.headers()
        if request.data is not None:
            headers["Content-Type"] = "application/json"
        response = await self._session.request(
            request.method,
            self._url + request.path,
            params=request.params,
            data=request.data,
            headers=headers,
            cookies=dict(self._identity.cookies),
            timeout=request.limit_s,
        )
        answer = answer_of(response)
        if answer.status == TOO_MANY_REQUESTS and is_global(answer):
            self._hold.keep(retry_after_s(answer))
        return answer

    def _content(self, answer: Answer) -> object:
        trouble = account_trouble(answer)
        if trouble is not None:
            self._on_trouble(trouble)
        if 200 <= answer.status < 300 and not is_not_ready(answer):
            return answer.content
        log.info("request_refused", status=answer.status, code=answer.code)
        if is_blocked(answer):
            raise NoUsableAnswer(blocked(answer.status).reason)
        raise NoUsableAnswer(f"Discord answered {answer.status} (code {answer.code})", answer)


def answer_of(response: Response) -> Answer:
    """Return a libcurl response as an `Answer`."""
    headers = {name.lower(): value for name, value in response.headers.items() if value is not None}
    return Answer(response.status_code, headers, response.content)


def _asked_pause_s(answer: Answer) -> float | None:
    """Return how many seconds Discord asks to wait, None if it does not."""
    if answer.status == TOO_MANY_REQUESTS or is_not_ready(answer):
        return retry_after_s(answer) or PAUSE_S
    return None
