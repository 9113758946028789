"""Verifying a callback, as Standard Webhooks describes it."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Final

from bridge.client.errors import InvalidCallback
from bridge.client.records import Job, job_of

TOLERANCE_S: Final = 300
"""How old a callback may be, and how far ahead its clock."""


def verify_callback(
    body: bytes, headers: Mapping[str, str], secret: str, *, now_s: float | None = None
) -> Job:
    """Return the job of a callback; raises `InvalidCallback` if it is not from the bridge, or too old.

    `body` is what arrived, byte for byte, before any JSON is parsed; the case of header names does not
    matter. `secret` is that of `Client.webhook_secret`, `whsec_…`; `now_s` is the current time in Unix
    seconds.
    """
    given = {name.lower(): value for name, value in headers.items()}
    sent, identity = given.get("webhook-timestamp", ""), given.get("webhook-id", "")
    now = time.time() if now_s is None else now_s
    if not (sent.isascii() and sent.isdecimal() and len(sent) < 16) or abs(now - int(sent)) > TOLERANCE_S:
        raise InvalidCallback("the callback has no time, is too old, or is from the future")
    content = f"{identity}.{sent}.".encode("utf-8", "surrogateescape") + body
    ours = b"v1," + base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest())
    signatures = given.get("webhook-signature", "").encode("utf-8", "surrogateescape").split(b" ")
    if not any(hmac.compare_digest(ours, signature) for signature in signatures):
        raise InvalidCallback("the callback is not from the bridge: its signature is another")
    try:
        return job_of(json.loads(body))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise InvalidCallback("the callback is from the bridge, but about no job: an alert?") from error


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError as error:
        raise ValueError("the secret is not one of a bridge: they begin with whsec_") from error
    if not key:
        raise ValueError("the secret is empty: one of a bridge begins with whsec_")
    return key
