"""The secrets that sign callbacks: the current one, and earlier ones that stay valid for a while."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.errors import DataError
from bridge.ports import DAY_MS
from bridge.store.database import Row, Tx
from bridge.store.rows import removals
from bridge.store.rows.sealed import WEBHOOK_SECRETS, place_of
from bridge.store.vault import Vault

OVERLAP_MS: Final = DAY_MS
"""How long a secret stays valid after it was replaced."""


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """A decrypted secret, `whsec_…`; `ends_ms` is None for the current one."""

    text: str
    ends_ms: int | None


class WebhookSecrets:
    """The webhook secrets of tenants, encrypted in the database. Never cached, so that a rotation is seen."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def prepare(self, tx: Tx, tenant: str, given: str | None, now_ms: int) -> str:
        """Return the current secret: the configured one, else the stored one, else a new one.

        A stored one that cannot be decrypted is replaced.
        """
        row = _current(tx, tenant)
        stored = self._opened(tx, row) if row else None
        if stored is not None and given in (None, stored.text):
            return stored.text
        return self.rotate(tx, tenant, now_ms, given)

    def must_replace(self, tx: Tx, tenant: str) -> bool:
        """Return whether the current secret cannot be decrypted."""
        row = _current(tx, tenant)
        return row is not None and self._opened(tx, row) is None

    def signing(self, tx: Tx, tenant: str, now_ms: int) -> Sequence[WebhookSecret]:
        """Return the valid secrets, the current one first, without those that cannot be decrypted.

        Raises `DataError` if none can.
        """
        rows = tx.all(
            """
            SELECT number, tenant, secret, ends_ms FROM webhook_secrets
             WHERE tenant = :tenant AND (ends_ms IS NULL OR ends_ms > :now_ms)
             ORDER BY number DESC
            """,
            tenant=tenant,
            now_ms=now_ms,
        )
        found = [secret for row in rows if (secret := self._opened(tx, row))]
        if rows and not found:
            raise DataError("No webhook secret can be decrypted: run pixverse-bridge webhook-secret rotate.")
        return found

    def texts(self, tx: Tx, tenant: str, now_ms: int) -> Sequence[str]:
        """Return the texts of the valid secrets, the current one first; raises `DataError`.

        A tenant that has none is given one, unless it is being removed: then there are none.
        """
        found = [secret.text for secret in self.signing(tx, tenant, now_ms)]
        if found or removals.is_under_way(tx, tenant):
            return found
        return [self.rotate(tx, tenant, now_ms)]

    def rotate(self, tx: Tx, tenant: str, now_ms: int, secret: str | None = None) -> str:
        """Make the given secret, or a new one, the current one, and return it."""
        secret = secret or made()
        tx.run(
            "UPDATE webhook_secrets SET ends_ms = :ends_ms WHERE tenant = :tenant AND ends_ms IS NULL",
            tenant=tenant,
            ends_ms=now_ms + OVERLAP_MS,
        )
        (row,) = tx.all(
            "INSERT INTO webhook_secrets (tenant, secret) VALUES (:tenant, :nothing) RETURNING number",
            tenant=tenant,
            nothing=b"",
        )
        sealed = self._vault.sealed(tx, secret, place_of(WEBHOOK_SECRETS, row["number"], tenant))
        tx.run(
            "UPDATE webhook_secrets SET secret = :sealed WHERE number = :number",
            number=row["number"],
            sealed=sealed,
        )
        tx.run(
            "DELETE FROM webhook_secrets WHERE tenant = :tenant AND ends_ms <= :now_ms",
            tenant=tenant,
            now_ms=now_ms,
        )
        return secret

    def drop_old(self, tx: Tx, tenant: str) -> int:
        """Revoke all secrets but the current one; return how many."""
        return tx.run(
            "DELETE FROM webhook_secrets WHERE tenant = :tenant AND ends_ms IS NOT NULL", tenant=tenant
        )

    def _opened(self, tx: Tx, row: Row) -> WebhookSecret | None:
        """Return the secret of a row, None if it cannot be decrypted."""
        place = place_of(WEBHOOK_SECRETS, row["number"], row["tenant"])
        try:
            return WebhookSecret(self._vault.opened(tx, row["secret"], place), row["ends_ms"])
        except DataError:
            return None


def _current(tx: Tx, tenant: str) -> Row | None:
    return tx.one(
        """
        SELECT number, tenant, secret, ends_ms FROM webhook_secrets
         WHERE tenant = :tenant AND ends_ms IS NULL
        """,
        tenant=tenant,
    )


def delete_of(tx: Tx, tenant: str) -> None:
    """Delete a tenant's secrets."""
    tx.run("DELETE FROM webhook_secrets WHERE tenant = :tenant", tenant=tenant)


def made() -> str:
    """Return a new secret of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
