"""Everything that is encrypted in the database, to be encrypted anew with another key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bridge.store.database import Tx
from bridge.store.keys import VERSION, fingerprint_of

ACCOUNTS: Final = "accounts"
WEBHOOK_SECRETS: Final = "webhook_secrets"
RESEAL: Final = {
    ACCOUNTS: "UPDATE accounts SET token = :sealed WHERE id = :number",
    WEBHOOK_SECRETS: "UPDATE webhook_secrets SET secret = :sealed WHERE number = :number",
}
DISCARD: Final = {
    ACCOUNTS: "UPDATE accounts SET token = :nothing WHERE id = :number AND token = :sealed",
    WEBHOOK_SECRETS: "DELETE FROM webhook_secrets WHERE number = :number AND secret = :sealed",
}


@dataclass(frozen=True, slots=True)
class SealedRow:
    """An encrypted text, and the row that it is bound to."""

    table: str
    number: int
    tenant: str
    sealed: bytes = field(repr=False)

    @property
    def place(self) -> str:
        """The place that the text is bound to."""
        return place_of(self.table, self.number, self.tenant)

    @property
    def key(self) -> str | None:
        """The fingerprint of the key that has encrypted it."""
        return fingerprint_of(self.sealed)


def place_of(table: str, number: int, tenant: str) -> str:
    """Return the place of a text: no other row, and no row of another tenant, can use it."""
    return f"{table} {number} {tenant}"


def is_anything_sealed(tx: Tx) -> bool:
    """Return whether the database has any secret."""
    row = tx.one("SELECT 1 WHERE EXISTS (SELECT 1 FROM accounts) OR EXISTS (SELECT 1 FROM webhook_secrets)")
    return row is not None


def sealed_not_under(tx: Tx, header: bytes, at_most: int, skip: int = 0) -> Sequence[SealedRow]:
    """Return secrets that another key than that of the header has encrypted, after the first `skip`."""
    rows = tx.all(
        """
        SELECT 'accounts' AS name, id AS number, tenant, token AS sealed FROM accounts
         WHERE substr(token, 1, 5) <> :header AND token <> :nothing
         UNION ALL
        SELECT 'webhook_secrets', number, tenant, secret FROM webhook_secrets
         WHERE substr(secret, 1, 5) <> :header AND secret <> :nothing
         ORDER BY name, number LIMIT :at_most OFFSET :skip
        """,
        header=header,
        nothing=b"",
        at_most=at_most,
        skip=skip,
    )
    return [SealedRow(row["name"], row["number"], row["tenant"], row["sealed"]) for row in rows]


def reseal(tx: Tx, row: SealedRow, sealed: bytes) -> None:
    """Replace an encrypted text."""
    tx.run(RESEAL[row.table], number=row.number, sealed=sealed)


def discard(tx: Tx, rows: Sequence[SealedRow]) -> None:
    """Give up secrets that no key decrypts: accounts need theirs again, webhook secrets are made anew.

    One that was replaced since it was read is kept.
    """
    for row in rows:
        tx.run(DISCARD[row.table], number=row.number, sealed=row.sealed, nothing=b"")


def count_by_key(tx: Tx) -> Mapping[str, int]:
    """Return how many secrets each key has encrypted, by its fingerprint."""
    rows = tx.all(
        """
        SELECT substr(sealed, 2, 4) AS fingerprint, count(*) AS count
          FROM (SELECT token AS sealed FROM accounts UNION ALL SELECT secret FROM webhook_secrets) AS secrets
         WHERE substr(sealed, 1, 1) = :version
         GROUP BY fingerprint
        """,
        version=VERSION,
    )
    return {row["fingerprint"].hex(): row["count"] for row in rows}
