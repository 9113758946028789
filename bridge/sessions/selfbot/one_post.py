"""Exactly one POST of an interaction, whatever happens: no retry by the library, its session or libcurl."""

import asyncio
import json
import math
from typing import Final

from curl_cffi import CurlECode, CurlError, CurlInfo, CurlMime, CurlOpt
from curl_cffi.requests import Response
from curl_cffi.requests.exceptions import RequestException

from bridge.sessions.endpoint import Endpoint
from bridge.sessions.selfbot.answers import Answer
from bridge.sessions.selfbot.calm_curl import http_session
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.selfbot.outgoing import COMMAND, Payload
from bridge.sessions.selfbot.rest import answer_of

LIMIT_S: Final = 15.0
CONNECTING: Final = 2 / 3
"""The part of that in which a connection must stand: without one, a POST may be made again."""
SHORTEST_S: Final = 0.001
"""The shortest time that libcurl takes for one: it reads 0 as its own, 300 seconds."""
NEVER_CONNECTED: Final = frozenset(
    {
        CurlECode.COULDNT_RESOLVE_PROXY,
        CurlECode.COULDNT_RESOLVE_HOST,
        CurlECode.COULDNT_CONNECT,
        CurlECode.SSL_CONNECT_ERROR,
        CurlECode.PEER_FAILED_VERIFICATION,
    }
)


class NeverSent(Exception):
    """The POST did not leave this machine."""


class NoAnswer(Exception):
    """The POST may or may not have run."""


class OnePost:
    """Posts interactions, each over a new connection: on a reused one libcurl retries a POST by itself."""

    def __init__(self, endpoint: Endpoint, identity: Identity, limit_s: float = LIMIT_S) -> None:
        self._url = f"{endpoint.versioned_api_url}/interactions"
        self._identity = identity
        self._limit_s = limit_s
        self._session = http_session(
            endpoint,
            allow_redirects=False,
            retry=0,
            curl_options={CurlOpt.FRESH_CONNECT: 1, CurlOpt.FORBID_REUSE: 1},
            curl_infos=[CurlInfo.CONNECT_TIME],
        )

    async def post(self, payload: Payload, leave_within_s: float = math.inf) -> Answer:
        """Post `payload` once; raises `NeverSent` or `NoAnswer`.

        It is not sent if no connection stands within `leave_within_s`: libcurl looks at the time once more
        before it sends, also when the process has stood still while it connected.
        """
        body = json.dumps(payload)
        connect_s = max(SHORTEST_S, min(CONNECTING * self._limit_s, leave_within_s))
        send = self._as_form if payload["type"] == COMMAND else self._as_json
        try:
            async with asyncio.timeout(self._limit_s):
                return answer_of(await send(body, connect_s))
        except TimeoutError:
            raise NoAnswer(f"no answer within {self._limit_s:g} s") from None
        except CurlError as error:
            if error.code in NEVER_CONNECTED or _has_sent_nothing(error):
                raise NeverSent(f"no connection to Discord (curl {int(error.code)})") from None
            raise NoAnswer(f"the connection was cut before an answer (curl {int(error.code)})") from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _as_form(self, body: str, connect_s: float) -> Response:
        """POST like Discord's own client: a form with one part."""
        form = CurlMime()
        try:
            form.addpart("payload_json", data=body.encode())
            return await self._request(self._identity.headers(), connect_s, multipart=form)
        finally:
            form.close()

    async def _as_json(self, body: str, connect_s: float) -> Response:
        headers = {**self._identity.headers(), "Content-Type": "application/json"}
        return await self._request(headers, connect_s, data=body.encode())

    async def _request(
        self,
        headers: dict[str, str],
        connect_s: float,
        *,
        data: bytes | None = None,
        multipart: CurlMime | None = None,
    ) -> Response:
        return await self._session.request(
            "POST",
            self._url,
            headers=headers,
            cookies=dict(self._identity.cookies),
            data=data,
            multipart=multipart,
            timeout=(connect_s, self._limit_s - connect_s),
        )


def _has_sent_nothing(error: CurlError) -> bool:
    """Return whether libcurl had no connection yet, through the proxy and with TLS, and has sent no byte.

    It counts each byte of a request that it hands on. Other times prove nothing: `PRETRANSFER_TIME` is set
    when the transfer ends without a connection, too.
    """
    seen = error.response if isinstance(error, RequestException) else None
    return seen is not None and seen.infos[CurlInfo.CONNECT_TIME] == 0 and seen.request_size == 0
