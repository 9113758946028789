"""Large bodies are written piece by piece: a client that does not read costs one piece, not a whole body."""

from typing import Final

from aiohttp import Payload, web
from aiohttp.abc import AbstractStreamWriter

PIECE: Final = 65_536


def in_pieces(answer: web.StreamResponse) -> web.StreamResponse:
    """Return the answer, whose body will be written in pieces if it is large."""
    if isinstance(answer, web.Response) and not answer.prepared and isinstance(answer.body, bytes):
        body = answer.body
        answer.body = _Pieces(body) if len(body) > PIECE else body
    return answer


class _Pieces(Payload):
    _value: bytes

    @property
    def size(self) -> int:
        """Return the length of the whole body."""
        return len(self._value)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the body as text."""
        return self._value.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write a piece when the one before has been sent, or nearly."""
        whole = memoryview(self._value)
        for start in range(0, len(whole), PIECE):
            await writer.write(whole[start : start + PIECE])
