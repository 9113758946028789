"""Which Discord person a token belongs to, as the hash by which persons are stored and compared."""

from bridge.accounts.person import first_part_of, person_of, user_id_in
from bridge.store.database import Tx
from bridge.store.vault import digest


def person_with_id(user_id: str) -> str:
    """Return the person with a user id."""
    return digest(first_part_of(user_id))


def person_with(tx: Tx, token: str) -> str:
    """Return the person of a token; of one that names no user, the one that Discord has accepted it for."""
    named = digest(person_of(token))
    if user_id_in(token) is not None:
        return named
    row = tx.one(
        "SELECT person_hash FROM accounts WHERE token_hash = :hash ORDER BY person_hash = :named LIMIT 1",
        hash=digest(token),
        named=named,
    )
    return row["person_hash"] if row else named
