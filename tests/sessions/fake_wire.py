"""The wire of the small Discord: one gateway connection, what requests carry."""

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

USER = "100000000000000001"


@dataclass(eq=False)
class Socket:
    """One gateway connection of a client."""

    ws: web.WebSocketResponse
    deflate: Any = field(default_factory=zlib.compressobj)
    is_subscribed: bool = False

    async def send(
        self, op: int, payload: object, sequence: int | None = None, event: str | None = None
    ) -> None:
        await self.send_text(json.dumps({"op": op, "d": payload, "s": sequence, "t": event}))

    async def send_text(self, text: str) -> None:
        """Send a frame that may be none."""
        frame = text.encode()
        await self.ws.send_bytes(self.deflate.compress(frame) + self.deflate.flush(zlib.Z_SYNC_FLUSH))


def user() -> dict[str, Any]:
    return {"id": USER, "username": "u", "discriminator": "0", "avatar": None}


async def content_of(request: web.Request) -> Any:
    if request.content_type == "application/json":
        return json.loads(await request.text() or "null")
    if request.content_type.startswith("multipart/"):
        body = await request.read()
        return json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    return dict(request.query) if request.method == "GET" else await request.read()
