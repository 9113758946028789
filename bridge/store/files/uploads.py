"""Uploaded pictures: files in `uploads/` of the data directory, and how long each of them lives.

1. A request writes its picture with `keep`, synced to the disk, before its job is accepted. If the request is
   refused, it deletes the picture (`api/http/form_data.py`, `UploadSlot.clear`).
2. The job names its picture (`of_job`). Whenever the job is prepared, the picture is uploaded to Discord from
   here (`flows/send/prepare.py`).
3. Once Discord's answer to the POST has moved the job on, the picture is deleted (`flows/send/posting.py`,
   `Posting._delete_uploads`).
4. What a crash or a job that was never sent leaves behind is deleted by a sweep every minute: each file that
   no job needs (`needed_keys`) and that no request may still be writing (`flows/keep/uploads.py`).
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

from bridge.jobs.command import Upload
from bridge.jobs.job import Job
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.files.durable import sync, sync_names
from bridge.store.files.pictures import file_type
from bridge.verbs.built_in import PICTURES

KEY: Final = re.compile(r'"key":"([0-9a-f]{32})"')
"""A key in the JSON of a job: no text of a client looks like it, since its quotation marks are escaped."""


class TooLarge(Exception):
    """A file is larger than its limit."""


class Uploads(Protocol):
    """Uploaded pictures."""

    async def keep(
        self, chunks: AsyncIterator[bytes], most: int, formats: Sequence[str] = PICTURES
    ) -> Upload | None:
        """Store a file of one of the formats durably; return None if it is empty.

        Raises `TooLarge`, `NotAPicture` and `StoreUnavailable`.
        """
        ...

    async def located(self, upload: Upload) -> Path:
        """Return the path of a picture's file; raises `StoreUnavailable`."""
        ...

    def delete(self, key: str) -> None:
        """Delete a picture."""
        ...

    async def delete_unneeded(self, needed: Sequence[str], before_ms: int) -> None:
        """Delete pictures that no job needs and that no request is writing: unchanged since `before_ms`."""
        ...


class LocalUploads:
    """The directory of uploaded files, and the thread that checks them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._checker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")

    def path(self, key: str) -> Path:
        """Return the path of a key's file."""
        return self.directory / key

    async def located(self, upload: Upload) -> Path:
        """Return the path of a picture's file."""
        return self.path(upload.key)

    async def keep(
        self, chunks: AsyncIterator[bytes], most: int, formats: Sequence[str] = PICTURES
    ) -> Upload | None:
        """Write a file to disk, synced; return None if it is empty.

        Raises `TooLarge`, `NotAPicture` and `StoreUnavailable`. One file is checked at a time.
        """
        key = secrets.token_hex(16)
        try:
            return await self._kept(key, chunks, most, formats)
        except OSError as error:
            self.delete(key)
            raise StoreUnavailable(f"the upload cannot be kept: {error.strerror}") from error
        except BaseException:
            self.delete(key)
            raise

    def delete(self, key: str) -> None:
        """Delete a file."""
        self.path(key).unlink(missing_ok=True)

    async def delete_unneeded(self, needed: Sequence[str], before_ms: int) -> None:
        """Delete files that no job needs and that no request is writing: unchanged since `before_ms`."""
        await asyncio.to_thread(self._delete_unneeded, needed, before_ms)

    def _delete_unneeded(self, needed: Sequence[str], before_ms: int) -> None:
        for path in self.directory.iterdir():
            if path.name not in needed and path.stat().st_mtime * 1000 < before_ms:
                path.unlink(missing_ok=True)

    async def _kept(
        self, key: str, chunks: AsyncIterator[bytes], most: int, formats: Sequence[str]
    ) -> Upload | None:
        size, digest = 0, hashlib.sha256()
        with self.path(key).open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise TooLarge
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(sync, file)
        await asyncio.to_thread(sync_names, self.directory)
        if not size:
            self.delete(key)
            return None
        loop = asyncio.get_running_loop()
        kind = await loop.run_in_executor(self._checker, _type_of, self.path(key), formats)
        return Upload(size=size, type=kind, key=key, sha256=digest.hexdigest())


def uploads_in(data_dir: Path) -> LocalUploads:
    """Return the uploads of a data directory; create their directory if it is missing."""
    directory = data_dir / "uploads"
    directory.mkdir(mode=0o700, exist_ok=True)
    return LocalUploads(directory)


def of_job(job: Job) -> Sequence[Upload]:
    """Return the uploads of a job's command."""
    return list(job.command.files.values())


def needed_keys(tx: Tx) -> Sequence[str]:
    """Return the keys of files whose jobs have not been sent for certain yet."""
    rows = tx.all(
        """
        SELECT body FROM jobs
         WHERE ended_ms IS NULL AND state IN ('waiting', 'sending') AND body LIKE '%"key":"%'
        """
    )
    return [key for row in rows for key in KEY.findall(row["body"])]


def _type_of(path: Path, formats: Sequence[str]) -> str:
    return file_type(path.read_bytes(), formats)
