"""Requests as a client writes them by hand: fields in any of the three types, and bytes as they are.

A good request of these names a channel or a job that is not there, so that it passes every check and is then
answered with 404: nothing is submitted, whatever the row sends.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from tests.tools.pictures import png
from tests.tools.world import Answer, Api

BOUNDARY: Final = "a-boundary"
NOWHERE: Final = "123456789012345678"
VERBS: Final = ("create", "create_single", "animate", "meme_face", "button")
PICTURES: Final = {"animate": "image", "meme_face": "face"}
GOOD: Final[Mapping[str, Mapping[str, Any]]] = {
    "create": {"prompt": "a cat", "style": "Anime", "channel": NOWHERE},
    "create_single": {"prompt": "a cat", "style": "Anime", "channel": NOWHERE},
    "animate": {"image": b"", "channel": NOWHERE},
    "meme_face": {"prompt": "a cat", "face": b"", "channel": NOWHERE},
    "button": {"jobid": "nobody", "button": "V1"},
}
PASSED: Final = ("Configuration not found", "Unable to locate job")

NO_WEB_ADDRESSES: Final = [
    "ftp://a/b",
    "a",
    "//a/b",
    "http://",
    "http:///a",
    "javascript:x",
    "http://a b",
    "http://[",
    "http://a[::1]:1x@",
    "http://a:99999/",
    "http://a:b/",
    "https://\x7f",
    "http://a..b/",
    "http://.a/",
    f"http://{'a' * 64}.example/",
    "http://me:secret@a/",
    "http://a:0/",
    "http://10.0.0.1/",
    "http://2130706433/",
    "http://[::ffff:169.254.169.254]/",
]


@dataclass(frozen=True)
class File:
    """A field that is a file."""

    content: bytes
    name: str = "blob"
    kind: str = "application/octet-stream"


def good(verb: str, **changes: Any) -> dict[str, Any]:
    """Return fields that pass every check, changed; `...` takes a field away."""
    picture = {PICTURES[verb]: File(png())} if verb in PICTURES else {}
    fields = {**GOOD[verb], **picture, **changes}
    return {name: value for name, value in fields.items() if value is not ...}


def types_of(verb: str) -> tuple[str, ...]:
    """Return the types of body that a verb takes."""
    return ("form",) if verb in PICTURES else ("json", "form", "urlencoded")


def body_of(kind: str, fields: Sequence[tuple[str, Any]]) -> tuple[bytes, str]:
    """Return a body and its type; a name may stand there twice."""
    if kind == "json":
        inner = ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in fields)
        return f"{{{inner}}}".encode(), "application/json"
    if kind == "urlencoded":
        return urlencode(fields).encode(), "application/x-www-form-urlencoded"
    parts = b"".join(part(name, value) for name, value in fields)
    return parts + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, value: Any, more: str = "") -> bytes:
    """Return a part of form data."""
    file = value if isinstance(value, File) else None
    filename = f'; filename="{file.name}"\r\nContent-Type: {file.kind}' if file else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n{more}\r\n'
    return head.encode() + (file.content if file else str(value).encode()) + b"\r\n"


async def send(
    api: Api, verb: str, kind: str, fields: Mapping[str, Any] | Sequence[tuple[str, Any]]
) -> Answer:
    """Send fields as a body of a type."""
    pairs = list(fields.items()) if isinstance(fields, Mapping) else fields
    body, content_type = body_of(kind, pairs)
    return await send_bytes(api, verb, body, content_type)


async def send_bytes(api: Api, verb: str, body: bytes, content_type: str, **headers: str) -> Answer:
    """Send a body as it is."""
    given = {"Content-Type": content_type, **headers}
    return await api.call("POST", f"/v1/pixverse/{verb}", data=body, headers=given)


async def raw(api: Api, request: bytes) -> tuple[int, dict[str, Any], bytes]:
    """Send bytes that need be no HTTP, and return the status, the JSON and the bytes of the answer."""
    address = urlsplit(api.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(request)
        async with asyncio.timeout(30):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(
                int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            )
    finally:
        writer.close()
    return int(head.split(b" ")[1]), json.loads(body), head + body


def head(api: Api, verb: str, *lines: str) -> bytes:
    """Return a request's head with the token."""
    start = (f"POST /v1/pixverse/{verb} HTTP/1.1", "Host: bridge", f"Authorization: Bearer {api.token}")
    return "\r\n".join((*start, "Connection: close", *lines, "", "")).encode()


def is_house_style(answer: Answer) -> bool:
    """Tell whether an answer is an error as all are: JSON, a sentence, and the status as the code."""
    body = answer.body
    return (
        answer.headers["Content-Type"].startswith("application/json")
        and isinstance(body, dict)
        and isinstance(body["error"], str)
        and body["code"] == answer.status
        and "Traceback" not in json.dumps(body)
    )


def has_passed(answer: Answer) -> bool:
    """Tell whether a good request of these came through every check."""
    return answer.status == 404 and answer.body["error"].startswith(PASSED)
