"""The files of a job, saved under names that say what they are."""

import asyncio
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import aiohttp

from bridge.client.errors import DownloadFailed
from bridge.client.links import address_on
from bridge.client.records import Attachment, Job
from bridge.client.repeating import Pauses

ATTEMPTS: Final = 3
SILENCE_S: Final = 60.0
CHUNK: Final = 256 * 1024
LONGEST: Final = 40
"""How many characters of the prompt are in a name."""
OF_THE_ID: Final = 8
EXPIRED: Final = frozenset({403, 404, 410})
_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,5}")


async def downloaded(
    session: aiohttp.ClientSession, job: Job, directory: Path, again: Callable[[], Awaitable[Job]]
) -> list[Path]:
    """Save every file of a job, and return where; a file that is there already is not fetched again.

    `job` has whole addresses (`with_whole_links`). `again` asks for it, when its links have expired.
    """
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    paths = [directory / name_of(job, number) for number in range(len(job.attachments))]
    for number, path in enumerate(paths):
        if not await asyncio.to_thread(_is_there, path, job.attachments[number]):
            job = await _saved(session, job, number, path, again)
    return paths


def with_whole_links(job: Job, bridge: str) -> Job:
    """Return a job whose copies have whole addresses: in a callback they may be paths on the bridge."""
    return replace(job, attachments=tuple(_with_whole_link(file, bridge) for file in job.attachments))


def name_of(job: Job, number: int) -> str:
    """Return the name of a job's file: its prompt, the end of its id, and which one it is.

    The end, since the beginning of an id is the time: two jobs of one minute have the same.
    """
    suffix = Path(job.attachments[number].filename).suffix
    ending = suffix.lower() if _SUFFIX.fullmatch(suffix) else ".mp4"
    words = _words(job.prompt or "") or job.verb.removeprefix("pixverse-") or "video"
    return f"{words}-{_words(job.id)[-OF_THE_ID:]}-{number + 1}{ending}"


def _with_whole_link(file: Attachment, bridge: str) -> Attachment:
    return replace(file, mirror_url=address_on(bridge, file.mirror_url)) if file.mirror_url else file


async def _saved(
    session: aiohttp.ClientSession, job: Job, number: int, path: Path, again: Callable[[], Awaitable[Job]]
) -> Job:
    """Save one file; returns the job, asked for again if its link had expired."""
    pauses = Pauses()
    for left in reversed(range(ATTEMPTS)):
        file = job.attachments[number]
        try:
            await _fetched(session, file, path)
        except DownloadFailed as error:
            if left == 0:
                raise
            if error.status in EXPIRED:
                job = _same_files(await again(), job)
        else:
            break
        await asyncio.sleep(pauses.next())
    return job


async def _fetched(session: aiohttp.ClientSession, file: Attachment, path: Path) -> None:
    """Write a file beside its place and move it there when it is whole. No token goes with the request.

    Its size is compared: an answer without a length that ends early looks like a whole one. Two who save the
    same file at once write to files of their own.
    """
    url = file.mirror_url or file.url
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    limits = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=SILENCE_S)
    try:
        async with session.get(url, timeout=limits) as response:
            if response.status != 200:
                raise DownloadFailed(f"{url} answers with HTTP status {response.status}", response.status)
            await _written(response.content, part)
        if not await asyncio.to_thread(_is_there, part, file):
            raise DownloadFailed(f"{url} is not whole, or another file: it should have {file.size} bytes")
        await asyncio.to_thread(part.replace, path)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DownloadFailed(f"{url} could not be downloaded: {error or type(error).__name__}") from error
    finally:
        part.unlink(missing_ok=True)


async def _written(content: aiohttp.StreamReader, path: Path) -> None:
    with await asyncio.to_thread(path.open, "xb") as file:
        async for chunk in content.iter_chunked(CHUNK):
            await asyncio.to_thread(file.write, chunk)


def _same_files(newer: Job, older: Job) -> Job:
    """Return the newer record, if it has the files of the older one."""
    if len(newer.attachments) != len(older.attachments):
        raise DownloadFailed(f"job {older.id} has other files now")
    return newer


def _is_there(path: Path, file: Attachment) -> bool:
    return path.is_file() and path.stat().st_size == file.size


def _words(text: str) -> str:
    """Return a text as part of a file's name: letters and digits of any script, joined by hyphens."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).lower())
    return "-".join(words)[:LONGEST].strip("-")
