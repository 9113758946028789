"""Files for a command: reserved at Discord, then put to its storage straight from the disk."""

import asyncio
from collections.abc import Mapping
from typing import Final

import aiohttp

from bridge.chat import File
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.selfbot.outgoing import Uploaded
from bridge.sessions.selfbot.reading import mapping, objects, text
from bridge.sessions.selfbot.rest import Rest, Unanswered

RESERVE_LIMIT_S: Final = 15.0
PUT_LIMIT_S: Final = 120.0


class Uploads:
    """Uploads files; nothing of it runs anything at the bot."""

    def __init__(self, endpoint: Endpoint, rest: Rest) -> None:
        self._proxy = endpoint.proxy
        self._rest = rest

    async def upload(self, channel: str, files: Mapping[str, File]) -> dict[str, Uploaded]:
        """Return where each file, by option name, lies now; raises `Unanswered`."""
        if not files:
            return {}
        places = await self._reserve(channel, list(files.values()))
        try:
            async with asyncio.timeout(PUT_LIMIT_S), aiohttp.ClientSession() as storage:
                for file, (url, _) in zip(files.values(), places, strict=True):
                    await self._put(storage, url, file)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unanswered(f"a file could not be uploaded ({type(error).__name__})") from None
        stored = zip(files.items(), places, strict=True)
        return {name: Uploaded(file.filename, stored_name) for (name, file), (_, stored_name) in stored}

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
            raise Unanswered("Discord gave no place for a file")
        return complete

    async def _put(self, storage: aiohttp.ClientSession, url: str, file: File) -> None:
        # Discord's storage refuses any Content-Type but the one it signed: none.
        with await asyncio.to_thread(open, file.path, "rb") as content:
            async with storage.put(
                url, data=content, headers={"Content-Type": ""}, proxy=self._proxy
            ) as answer:
                if answer.status >= 300:
                    raise Unanswered(f"Discord's storage refused a file ({answer.status})")
