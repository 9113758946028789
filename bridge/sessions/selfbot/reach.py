"""Whether Discord is reached from here at all, asked without a token."""

import asyncio
from typing import Final

from curl_cffi import CurlError

from bridge.sessions.endpoint import Endpoint
from bridge.sessions.selfbot.calm_curl import http_session
from bridge.sessions.selfbot.transport import USER_AGENT

LIMIT_S: Final = 5.0
OK: Final = 200


async def is_reached(endpoint: Endpoint) -> bool:
    """Return whether Discord says where its gateway is; a page of a proxy in between is no answer."""
    address = f"{endpoint.versioned_api_url}/gateway"
    try:
        async with asyncio.timeout(LIMIT_S), http_session(endpoint) as session:
            answer = await session.get(address, headers={"User-Agent": USER_AGENT}, timeout=LIMIT_S)
    except (CurlError, OSError, TimeoutError):
        return False
    status: int = answer.status_code
    return status == OK
