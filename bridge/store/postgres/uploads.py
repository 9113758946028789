"""Uploaded pictures in the database, in pieces: any bridge can send a job that another one has accepted.

A picture is checked and written as a file first, then stored here before its job is accepted. Who sends the
job uses its own file, or writes one from the pieces.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Final

from bridge.jobs.command import Upload
from bridge.ports import MINUTE_MS, Clock
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.files.uploads import LocalUploads
from bridge.verbs.built_in import PICTURES

PIECE_BYTES: Final = 1_048_576
WRITING_MS: Final = 10 * MINUTE_MS
"""How long any bridge may be storing a picture that no job refers to yet."""


class SharedUploads:
    """The uploads of all bridges on a database; `local` has the files of this one."""

    def __init__(self, local: LocalUploads, database: Database, clock: Clock) -> None:
        self._local = local
        self._database = database
        self._clock = clock
        self._deleted: set[str] = set()

    async def keep(
        self, chunks: AsyncIterator[bytes], most: int, formats: Sequence[str] = PICTURES
    ) -> Upload | None:
        """Write a file to disk, then store it; return None if it is empty.

        Raises `TooLarge`, `NotAPicture` and `StoreUnavailable`.
        """
        upload = await self._local.keep(chunks, most, formats)
        if upload is None:
            return None
        is_stored = False
        try:
            await self._store(upload)
            is_stored = True
        finally:
            if not is_stored:
                self.delete(upload.key)
        return upload

    async def located(self, upload: Upload) -> Path:
        """Return the path of a picture's file, which is written anew if another bridge accepted it."""
        path = self._local.path(upload.key)
        if not await asyncio.to_thread(path.exists):
            await self._fetch(upload)
        return path

    def delete(self, key: str) -> None:
        """Delete a picture's file now, and its rows with the next sweep."""
        self._local.delete(key)
        self._deleted.add(key)

    async def delete_unneeded(self, needed: Sequence[str], before_ms: int) -> None:
        """Delete files and rows that no job needs and that no request of any bridge is writing."""
        await self._local.delete_unneeded(needed, before_ms)
        before_ms = min(before_ms, self._clock.now_ms() - WRITING_MS)
        deleted = set(self._deleted)
        await self._database.write(partial(_delete, deleted=deleted, needed=set(needed), before_ms=before_ms))
        self._deleted -= deleted

    async def _store(self, upload: Upload) -> None:
        now_ms, path = self._clock.now_ms(), self._local.path(upload.key)
        for number in range(-(-upload.size // PIECE_BYTES)):
            piece = await asyncio.to_thread(_read, path, number)
            await self._database.write(
                partial(_insert, key=upload.key, number=number, made_ms=now_ms, piece=piece)
            )

    async def _fetch(self, upload: Upload) -> None:
        """Write a file from its pieces under a name of its own, and rename it if it is whole.

        The pieces may be deleted meanwhile. Who is cancelled may still be writing a piece.
        """
        key, digest, number = upload.key, hashlib.sha256(), 0
        draft = self._local.path(f"{key}.{secrets.token_hex(4)}.new")
        try:
            while (piece := await self._database.read(partial(_piece, key=key, number=number))) is not None:
                digest.update(piece)
                await asyncio.to_thread(_append, draft, piece, number)
                number += 1
            if digest.hexdigest() == upload.sha256:
                await asyncio.to_thread(draft.replace, self._local.path(key))
        except OSError as error:
            raise StoreUnavailable(f"the upload cannot be written: {error.strerror}") from error
        finally:
            await asyncio.to_thread(draft.unlink, missing_ok=True)


def _insert(tx: Tx, *, key: str, number: int, made_ms: int, piece: bytes) -> None:
    tx.run(
        "INSERT INTO uploads (key, piece, made_ms, bytes) VALUES (:key, :number, :made_ms, :piece)",
        key=key,
        number=number,
        made_ms=made_ms,
        piece=piece,
    )


def _piece(tx: Tx, *, key: str, number: int) -> bytes | None:
    row = tx.one("SELECT bytes FROM uploads WHERE key = :key AND piece = :number", key=key, number=number)
    return row["bytes"] if row else None


def _delete(tx: Tx, *, deleted: Set[str], needed: Set[str], before_ms: int) -> None:
    """Delete the rows of pictures that were deleted, and of old ones that no job needs."""
    old = tx.all("SELECT key FROM uploads WHERE made_ms < :before_ms AND piece = 0", before_ms=before_ms)
    for key in deleted | ({row["key"] for row in old} - needed):
        tx.run("DELETE FROM uploads WHERE key = :key", key=key)


def _read(path: Path, number: int) -> bytes:
    with path.open("rb") as file:
        file.seek(number * PIECE_BYTES)
        return file.read(PIECE_BYTES)


def _append(path: Path, piece: bytes, number: int) -> None:
    with path.open("ab" if number else "wb") as file:
        file.write(piece)
