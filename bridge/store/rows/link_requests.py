"""Links that one process asks the others to renew, since they run the accounts."""

from collections.abc import Iterable, Mapping, Sequence

from bridge.jobs.links import Dying
from bridge.store.database import Tx


def ask(tx: Tx, links: Mapping[str, Dying], until_ms: int) -> None:
    """Ask for links by place; somebody waits for them until `until_ms`."""
    for place, link in links.items():
        tx.run(
            """
            INSERT INTO link_requests (place, url, tenant, account, until_ms)
            VALUES (:place, :url, :tenant, :account, :until_ms)
            ON CONFLICT (place) DO UPDATE SET until_ms = excluded.until_ms
            """,
            place=place,
            url=link.url,
            tenant=link.tenant,
            account=link.account,
            until_ms=until_ms,
        )


def asked(tx: Tx, now_ms: int) -> Mapping[str, Dying]:
    """Return the links that somebody waits for, by place."""
    rows = tx.all("SELECT * FROM link_requests WHERE until_ms > :now_ms", now_ms=now_ms)
    return {row["place"]: Dying(row["url"], row["tenant"], row["account"]) for row in rows}


def take(tx: Tx, places: Iterable[str]) -> Sequence[str]:
    """Return those of these places that no other process has taken; nobody else takes them now."""
    return [
        place for place in places if tx.run("DELETE FROM link_requests WHERE place = :place", place=place)
    ]


def older_than(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return places that nobody waits for any more."""
    rows = tx.all(
        "SELECT place FROM link_requests WHERE until_ms < :before_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["place"] for row in rows]


def delete(tx: Tx, place: str) -> None:
    """Delete the request for a link."""
    take(tx, [place])
