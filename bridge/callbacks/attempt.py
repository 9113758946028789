"""One attempt of a callback: a POST, and how it went."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

MOST_READ: Final = 4096


@dataclass(frozen=True, slots=True)
class Went:
    """How an attempt went: the receiver's status, or why there was none."""

    status: int | None
    error: str | None = None

    @property
    def is_delivered(self) -> bool:
        """Tell whether the receiver took it: any 2xx."""
        return self.status is not None and 200 <= self.status < 300


async def post(
    client: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
) -> Went:
    """POST a body once. Redirects are not followed; of the answer only a little is read."""
    try:
        async with client.post(
            URL(url, encoded=True),
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
        ) as answer:
            await answer.content.read(MOST_READ)
            return Went(answer.status, None if 200 <= answer.status < 300 else f"HTTP status {answer.status}")
    except TimeoutError:
        return Went(None, f"no answer within {timeout_s:g} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Went(None, f"{type(error).__name__}: {error}"[:300])
