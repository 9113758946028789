"""What a submit sends: the options of each verb, its fields as HTTP has them, and its picture."""

import asyncio
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypedDict
from urllib.parse import quote

import aiohttp

from bridge.client.transport import Call

Picture = bytes | str | Path
"""A JPEG or PNG: its bytes, or where it lies."""
NAMES: Final[Mapping[str, str]] = {"max_jobs": "maxJobs", "reply_url": "replyUrl", "reply_ref": "replyRef"}


class Options(TypedDict, total=False):
    """What every submit takes.

    `reply_url` gets a callback when the job ends, `reply_ref` is a text of yours in its record. `max_jobs`
    limits the running jobs of the channel, 1 to 10. `discord` is a Discord token other than the configured
    one.

    In the queue of the bridge, jobs of the highest `priority` come first, 0 to 9. `labels`, separated by
    commas, are what the account must have.

    `idempotency_key` replaces the random one: for a day, the same request with the same key is the same
    job. `wait_for_slot_s` is for how many seconds a 429 is waited for; 0, the default, raises
    `TooManyRequests` at once.
    """

    max_jobs: int | None
    reply_url: str | None
    reply_ref: str | None
    discord: str | None
    priority: int | None
    labels: str | None
    idempotency_key: str | None
    wait_for_slot_s: float


class PlacedOptions(Options, total=False):
    """What every submit but a button takes: `channel` names the account; without it, any free one is used."""

    channel: str | None
    server: str | None


class CreateOptions(PlacedOptions, total=False):
    """What `create` takes.

    `aspect_ratio` is `16:9`, `9:16`, `1:1`, `4:3` or `3:4`; `character` is for the style `Anime` only.
    """

    negative_prompt: str | None
    aspect_ratio: str | None
    character: str | None


class CreateSingleOptions(CreateOptions, total=False):
    """What `create_single` takes: also `seed_value`, 0 to 2147483647."""

    seed_value: int | None


class AnimateOptions(PlacedOptions, total=False):
    """What `animate` takes: `motion` is 1 to 10, `hd_quality` is `Yes` or `No`."""

    prompt: str | None
    motion: int | None
    seed_value: int | None
    hd_quality: str | None


class MemeFaceOptions(PlacedOptions, total=False):
    """What `meme_face` takes."""

    negative_prompt: str | None
    seed_value: int | None
    aspect_ratio: str | None


class ButtonOptions(Options, total=False):
    """What `button` takes.

    `prompt` is for `V1` to `V4` and 🔀 only, `value` for a menu: one of its options.
    """

    prompt: str | None
    value: str | None


def submit_call(verb: str, fields: Mapping[str, Any]) -> Call:
    """Return the request of a verb without a picture."""
    return Call("POST", f"/v1/pixverse/{verb}", body=_on_the_wire(fields), key=_key(fields))


async def upload_call(verb: str, files: Mapping[str, Picture], fields: Mapping[str, Any]) -> Call:
    """Return the request of a verb with its files, which are sent again with each attempt."""
    data = {name: await asyncio.to_thread(_bytes, file) for name, file in files.items()}
    texts = {name: _text(value) for name, value in _on_the_wire(fields).items()}

    def form() -> aiohttp.FormData:
        made = aiohttp.FormData(texts, default_to_multipart=True)
        for name, content in data.items():
            made.add_field(name, content, filename=name, content_type="application/octet-stream")
        return made

    return Call("POST", f"/v1/pixverse/{verb}", form=form, key=_key(fields))


async def any_call(verb: str, fields: Mapping[str, Any]) -> Call:
    """Return the request of any verb: bytes and paths are files. All verbs take form data."""
    files = {name: value for name, value in fields.items() if isinstance(value, bytes | Path)}
    others = {name: value for name, value in fields.items() if name not in files}
    return await upload_call(quote(verb, safe=""), files, others)


def patience_of(fields: Mapping[str, Any]) -> float:
    """Return for how many seconds a 429 of a submit is waited for."""
    return float(fields.get("wait_for_slot_s") or 0.0)


def _on_the_wire(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are given, under the names of the API."""
    kept = {name: value for name, value in fields.items() if value is not None}
    own = ("idempotency_key", "wait_for_slot_s")
    return {NAMES.get(name, name): value for name, value in kept.items() if name not in own}


def _key(fields: Mapping[str, Any]) -> str:
    key = str(fields.get("idempotency_key") or secrets.token_hex(16))
    if not (key.isascii() and key.isprintable()):
        raise ValueError("an idempotency key consists of printable ASCII characters")
    return key


def _bytes(file: Picture) -> bytes:
    return file if isinstance(file, bytes) else Path(file).read_bytes()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
