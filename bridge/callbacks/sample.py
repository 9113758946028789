"""A test callback: a signed body that is sent once, at a person's wish, and of which nothing is stored."""

import secrets
from dataclasses import dataclass

from bridge.callbacks.attempt import AttemptResult, post
from bridge.callbacks.client import CallbackClient
from bridge.callbacks.signing import signed
from bridge.ports import Clock
from bridge.store.database import Database
from bridge.store.rows.webhook_secrets import WebhookSecrets


@dataclass(frozen=True, slots=True)
class SampleResult:
    """The outcome of a test callback, its `webhook-id`, and how long it took."""

    id: str
    attempt: AttemptResult
    took_ms: int


@dataclass(frozen=True, slots=True)
class SampleSender:
    """Sends test callbacks as real ones are sent: the same client, headers and limits."""

    client: CallbackClient
    database: Database
    secrets: WebhookSecrets
    clock: Clock
    timeout_s: float

    async def send(self, tenant: str, url: str, body: bytes) -> SampleResult:
        """POST a body once, signed with a tenant's secrets."""
        now_ms = self.clock.now_ms()
        texts = await self.database.write(lambda tx: self.secrets.texts(tx, tenant, now_ms))
        delivery = f"msg_{secrets.token_hex(16)}"
        headers = {"Content-Type": "application/json", **signed(delivery, now_ms, body, texts)}
        since_ms = self.clock.monotonic_ms()
        result = await post(self.client, url, body, headers, self.timeout_s)
        took_ms = 0 if result.is_not_found else self.clock.monotonic_ms() - since_ms
        return SampleResult(delivery, result, took_ms)


def explained(result: AttemptResult) -> str:
    """Return what an outcome means, as a sentence for a person."""
    if result.status is not None:
        return _status_explained(result.status)
    error = result.error or ""
    if result.is_not_found:
        return f"Nothing was sent: {error}."
    if error.startswith("no answer"):
        return f"The receiver gave {error}: it must answer first, and work afterwards."
    if "Certificate" in error or "SSL" in error:
        return f"The receiver has no valid certificate for its name, so nothing was sent. {error}"
    if error.startswith("ClientConnector"):
        return f"The receiver could not be connected to. {error}"
    return f"The receiver's answer could not be read. {error}"


def _status_explained(status: int) -> str:
    if 200 <= status < 300:
        return f"The receiver has acknowledged it with HTTP status {status}."
    if 300 <= status < 400:
        return f"The receiver redirects (HTTP status {status}), which no callback follows: give the last URL."
    if status in (401, 403):
        return (
            f"The receiver refuses it with HTTP status {status}: it wants credentials, or it verifies the "
            "signature with another secret."
        )
    if status == 410:
        return "The receiver refuses it for good (HTTP status 410): a callback would not be attempted again."
    return f"The receiver answers HTTP status {status}: a callback would be attempted again for three days."
