"""The tokens that open the API. Of their texts only the SHA-256 is stored."""

from collections.abc import Mapping, Sequence

from bridge.access.api_token import ApiToken, Origin, Revoker
from bridge.access.quotas import Quotas
from bridge.access.scopes import Scope, in_order
from bridge.store.database import Row, Tx


def insert(tx: Tx, token: ApiToken, digest: str) -> None:
    """Store a new token by its digest."""
    quotas = token.quotas
    tx.run(
        """
        INSERT INTO api_tokens (id, tenant, digest, scopes, requests_per_minute, jobs_per_day, streams,
                                origin, created_ms, expires_ms)
        VALUES (:id, :tenant, :digest, :scopes, :requests_per_minute, :jobs_per_day, :streams,
                :origin, :created_ms, :expires_ms)
        """,
        id=token.id,
        tenant=token.tenant,
        digest=digest,
        scopes=" ".join(in_order(token.scopes)),
        requests_per_minute=quotas.requests_per_minute,
        jobs_per_day=quotas.jobs_per_day,
        streams=quotas.streams,
        origin=token.origin,
        created_ms=token.created_ms,
        expires_ms=token.expires_ms,
    )
    _changed(tx)


def revoke(tx: Tx, token_id: str, revoker: Revoker, now_ms: int) -> bool:
    """Revoke a token; False if there is none of that id. One that was revoked with the command stays so."""
    found = tx.run(
        """
        UPDATE api_tokens SET revoked_ms = coalesce(revoked_ms, :now_ms), revoked_by = :revoker
         WHERE id = :id AND coalesce(revoked_by, '') <> 'command'
        """,
        id=token_id,
        revoker=revoker,
        now_ms=now_ms,
    )
    _changed(tx)
    return bool(found) or by_id(tx, token_id) is not None


def reinstate(tx: Tx, token_id: str) -> None:
    """Let a token open the API again."""
    tx.run("UPDATE api_tokens SET revoked_ms = NULL, revoked_by = NULL WHERE id = :id", id=token_id)
    _changed(tx)


def delete_of(tx: Tx, tenant: str) -> int:
    """Delete the tokens of a tenant; return how many there were."""
    deleted = tx.run("DELETE FROM api_tokens WHERE tenant = :tenant", tenant=tenant)
    _changed(tx)
    return deleted


def closed(tx: Tx, before_ms: int, at_most: int, but: str) -> Sequence[str]:
    """Return the ids of tokens that open nothing since `before_ms`, but for the one with a digest.

    Left out are those of starts, since a setting may come back, and the newest token of each tenant: a tenant
    is listed for as long as it has one.
    """
    rows = tx.all(
        """
        SELECT id FROM api_tokens
         WHERE origin = 'command' AND (revoked_ms < :before_ms OR expires_ms < :before_ms) AND digest <> :but
           AND EXISTS (SELECT 1 FROM api_tokens AS newer
                        WHERE newer.tenant = api_tokens.tenant AND newer.number > api_tokens.number)
         LIMIT :at_most
        """,
        before_ms=before_ms,
        but=but,
        at_most=at_most,
    )
    return [row["id"] for row in rows]


def delete(tx: Tx, token_id: str) -> None:
    """Delete a token."""
    tx.run("DELETE FROM api_tokens WHERE id = :id", id=token_id)
    _changed(tx)


def every(tx: Tx) -> Sequence[ApiToken]:
    """Return all tokens in the order in which they were made."""
    return [_token(row) for row in tx.all("SELECT * FROM api_tokens ORDER BY number")]


def by_digest(tx: Tx) -> Mapping[str, ApiToken]:
    """Return all tokens by their digests."""
    return {row["digest"]: _token(row) for row in tx.all("SELECT * FROM api_tokens")}


def of_digest(tx: Tx, digest: str) -> ApiToken | None:
    """Return the token of a digest."""
    row = tx.one("SELECT * FROM api_tokens WHERE digest = :digest", digest=digest)
    return _token(row) if row else None


def by_id(tx: Tx, token_id: str) -> ApiToken | None:
    """Return the token of an id."""
    row = tx.one("SELECT * FROM api_tokens WHERE id = :id", id=token_id)
    return _token(row) if row else None


def of_tenant(tx: Tx, tenant: str) -> Sequence[ApiToken]:
    """Return the tokens of a tenant in the order in which they were made."""
    rows = tx.all("SELECT * FROM api_tokens WHERE tenant = :tenant ORDER BY number", tenant=tenant)
    return [_token(row) for row in rows]


def version(tx: Tx) -> str:
    """Return a text that is another after every change but a use."""
    row = tx.one("SELECT value FROM meta WHERE key = 'api_tokens_version'")
    return row["value"] if row else ""


def keep_uses(tx: Tx, used_ms: Mapping[str, int]) -> None:
    """Store when tokens were used last, by their ids."""
    for token_id, at_ms in used_ms.items():
        tx.run(
            "UPDATE api_tokens SET used_ms = :at_ms WHERE id = :id AND coalesce(used_ms, 0) < :at_ms",
            id=token_id,
            at_ms=at_ms,
        )


def count_job(tx: Tx, token_id: str, day: int, most: int) -> bool:
    """Count a job that a token has had accepted on a day; False when it has had the most already."""
    return bool(
        tx.run(
            """
            UPDATE api_tokens
               SET jobs = CASE WHEN jobs_day = :day THEN jobs + 1 ELSE 1 END, jobs_day = :day
             WHERE id = :id AND :most > CASE WHEN jobs_day = :day THEN jobs ELSE 0 END
            """,
            id=token_id,
            day=day,
            most=most,
        )
    )


def _changed(tx: Tx) -> None:
    tx.run(
        """
        INSERT INTO meta (key, value) VALUES ('api_tokens_version', '1')
        ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)
        """
    )


def _token(row: Row) -> ApiToken:
    """Return a token; a scope that only a newer bridge knows is left out."""
    known = {scope.value for scope in Scope}
    return ApiToken(
        id=row["id"],
        tenant=row["tenant"],
        scopes=frozenset(Scope(name) for name in row["scopes"].split() if name in known),
        quotas=Quotas(row["requests_per_minute"], row["jobs_per_day"], row["streams"]),
        origin=Origin(row["origin"]),
        created_ms=row["created_ms"],
        used_ms=row["used_ms"],
        expires_ms=row["expires_ms"],
        revoked_ms=row["revoked_ms"],
        revoked_by=Revoker(row["revoked_by"]) if row["revoked_by"] else None,
    )
