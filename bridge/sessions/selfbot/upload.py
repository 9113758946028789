"""Uploads files for a command: reserves them at Discord, then PUTs them to its storage from disk."""

import asyncio
from collections.abc import Mapping
from typing import Final

from curl_cffi import CurlError

from bridge.chat import Channel, File
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.selfbot.answers import Answer
from bridge.sessions.selfbot.calm_curl import http_session
from bridge.sessions.selfbot.file_limits import FileLimits
from bridge.sessions.selfbot.outgoing import Uploaded
from bridge.sessions.selfbot.raw_json import mapping, objects, text
from bridge.sessions.selfbot.rest import NoUsableAnswer, Rest

TOO_LARGE: Final = 413
RESERVE_LIMIT_S: Final = 15.0
PUT_LIMIT_S: Final = 120.0


class AttachmentUploads:
    """Uploads files, through the configured proxy; an upload runs nothing at the bot."""

    def __init__(self, endpoint: Endpoint, rest: Rest, limits: FileLimits) -> None:
        self._rest = rest
        self._limits = limits
        self._storage = http_session(endpoint, allow_redirects=False)

    async def upload(self, channel: Channel, files: Mapping[str, File]) -> dict[str, Uploaded]:
        """Upload the files, keyed by option name, and return the uploads; raises `NoUsableAnswer`."""
        if not files:
            return {}
        try:
            return await self._uploaded(channel.id, files)
        except NoUsableAnswer as error:
            if error.status != TOO_LARGE:
                raise
            told = _too_large(max(file.size for file in files.values()), self._limits.of(channel.guild))
            raise NoUsableAnswer(told, error.answer) from None

    async def _uploaded(self, channel: str, files: Mapping[str, File]) -> dict[str, Uploaded]:
        places = await self._reserve(channel, list(files.values()))
        try:
            async with asyncio.timeout(PUT_LIMIT_S):
                for file, (url, _) in zip(files.values(), places, strict=True):
                    await self._put(url, file)
        except (CurlError, OSError, TimeoutError) as error:
            raise NoUsableAnswer(f"a file could not be uploaded ({type(error).__name__})") from None
        stored = zip(files.items(), places, strict=True)
        return {name: Uploaded(file.filename, stored_name) for (name, file), (_, stored_name) in stored}

    async def aclose(self) -> None:
        """Close all connections."""
        await self._storage.close()

    async def _reserve(self, channel: str, files: list[File]) -> list[tuple[str, str]]:
        wanted = [
            {"id": str(index), "filename": file.filename, "file_size": file.size}
            for index, file in enumerate(files)
        ]
        path = f"/channels/{channel}/attachments"
        content = mapping(await self._rest.post(path, RESERVE_LIMIT_S, {"files": wanted}))
        places = [
            (text(each, "upload_url"), text(each, "upload_filename"))
            for each in objects(content, "attachments")
        ]
        complete = [(url, stored_name) for url, stored_name in places if url and stored_name]
        if len(complete) != len(files):
            raise NoUsableAnswer("Discord gave no place for a file")
        return complete

    async def _put(self, url: str, file: File) -> None:
        # Discord's storage refuses any Content-Type: the signature covers none. It also covers the URL,
        # which is used unchanged.
        with await asyncio.to_thread(open, file.path, "rb") as content:
            answer = await self._storage.put(
                url, content=content, headers={"Content-Type": None}, timeout=PUT_LIMIT_S, quote=False
            )
        if answer.status_code >= 300:
            is_size = answer.status_code == TOO_LARGE  # the other refusals are of the moment
            raise NoUsableAnswer(
                f"Discord's storage refused a file ({answer.status_code})",
                Answer(TOO_LARGE, {}, b"") if is_size else None,
            )


def _too_large(size: int, limit: int | None) -> str:
    """Return what is said of a file that is too large for Discord."""
    refused = f"Discord takes no file of {size} bytes from this account ({TOO_LARGE})"
    return refused if limit is None else f"{refused}: its limit is {limit} bytes"
