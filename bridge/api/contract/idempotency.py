"""Idempotency-Key (IETF draft "The Idempotency-Key HTTP Header Field"): a repeated request runs once.

The fingerprint covers the parsed fields and the hashes of files. 429, 503 and answers without a job are
not stored, so a retry with the same key is a new request.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from bridge.api.contract.wording import TRY_AGAIN, ended, unknown_job
from bridge.api.http.answers import Refusal, raw_json
from bridge.api.http.guard import TENANT
from bridge.api.http.request_body import Fields
from bridge.flows.submit.keys import IdempotencyKeys
from bridge.jobs.command import Upload
from bridge.store.rows.idempotency import Key, KeyTaken, UsedKey

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = {"Idempotent-Replayed": "true"}
MOST: Final = 255
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\["\\])*)"')


@dataclass(frozen=True, slots=True)
class IdempotentRequests:
    """Runs the request of each key once."""

    keys: IdempotencyKeys
    _running: set[tuple[str, str]] = field(default_factory=set)

    async def answer(
        self,
        request: web.Request,
        fields: Fields,
        job_id: str,
        submit: Callable[[Key | None], Awaitable[web.Response]],
    ) -> web.Response:
        """Return the answer of `submit`, or its first answer to the same request.

        `job_id` is the id of the job that `submit` may make: the key may be another job's by then.
        """
        key = key_of(request, fields)
        if key is None:
            return await submit(None)
        place = (key.tenant, key.text)
        if place in self._running:
            raise still_running()
        self._running.add(place)
        try:
            return await self._replayed(key) or await self._first(key, job_id, submit)
        except KeyTaken:
            return await self._of_another(key)
        finally:
            self._running.discard(place)

    async def _of_another(self, key: Key) -> web.Response:
        """Return the answer to the same request that another process is handling."""
        answer = await self._replayed(key)
        if answer is None:
            raise still_running()
        return answer

    async def _replayed(self, key: Key) -> web.Response | None:
        taken = await self.keys.use_of(key)
        if taken is None:
            return None
        if taken.fingerprint != key.fingerprint:
            raise used_otherwise()
        answer = await self._again(taken)
        if answer.status not in TRY_AGAIN:
            return answer
        await self.keys.free(key, taken)
        return None

    async def _again(self, taken: UsedKey) -> web.Response:
        """Return the stored answer; after a crash, build it from the record."""
        if taken.status is not None and taken.body is not None:
            return raw_json(taken.body.encode(), taken.status, REPLAYED)
        job = await self.keys.job_of(taken)
        if job is None:
            raise unknown_job(taken.job)
        try:
            answer = ended(job)
        except Refusal as refusal:
            answer = refusal.answer()
        answer.headers.update(REPLAYED)
        return answer

    async def _first(
        self, key: Key, job_id: str, submit: Callable[[Key | None], Awaitable[web.Response]]
    ) -> web.Response:
        try:
            answer = await submit(key)
        except Refusal as refusal:
            answer = refusal.answer()
        body = (answer.body or b"") if isinstance(answer.body, bytes) else b""
        is_kept = answer.status not in TRY_AGAIN
        await self.keys.answered(key, job_id, answer.status, body.decode() if is_kept else None)
        return answer


def key_of(request: web.Request, fields: Fields) -> Key | None:
    """Return the key of a request, unquoted, None without one; raises `Refusal`."""
    text = request.headers.get(HEADER)
    if text is None:
        return None
    quoted = _QUOTED.fullmatch(text.strip())
    bare = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text.strip()
    if not bare or len(bare) > MOST or not bare.isascii() or not bare.isprintable():
        raise no_key()
    return Key(request[TENANT], bare, _fingerprint(request, fields))


def no_key() -> Refusal:
    """Return the refusal of an invalid key."""
    return Refusal(400, f"{HEADER} must be 1…{MOST} printable ASCII characters")


def still_running() -> Refusal:
    """Return the refusal of a repeated request while the first one is being answered."""
    return Refusal(409, f"A request with this {HEADER} is still running")


def used_otherwise() -> Refusal:
    """Return the refusal of a different request with the same key."""
    return Refusal(422, f"This {HEADER} was used with another request")


def _fingerprint(request: web.Request, fields: Fields) -> str:
    plain = {name: value.sha256 if isinstance(value, Upload) else value for name, value in fields.items()}
    text = json.dumps([request.path.rstrip("/"), plain], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
