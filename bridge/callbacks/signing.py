"""Signatures of callbacks as Standard Webhooks describes them; pure.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "whsec_"
LEAST_BYTES: Final = 24
MOST_BYTES: Final = 64


def signed(delivery: str, at_ms: int, body: bytes, secrets: Iterable[str]) -> Mapping[str, str]:
    """Return the headers of an attempt: one signature for each secret, in their order."""
    at_s = str(at_ms // 1000)
    content = b".".join((delivery.encode(), at_s.encode(), body))
    signatures = (_signature(key_of(secret), content) for secret in secrets)
    return {"webhook-id": delivery, "webhook-timestamp": at_s, "webhook-signature": " ".join(signatures)}


def key_of(secret: str) -> bytes:
    """Return the bytes of a secret; raises `ValueError`, without the secret, if it is invalid."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(f"must be {PREFIX} and the base64 of {LEAST_BYTES} to {MOST_BYTES} bytes")
    return key


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
