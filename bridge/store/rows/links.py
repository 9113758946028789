"""Fresh links to files on Discord's CDN, keyed by the part that does not change on renewal."""

from collections.abc import Iterable, Mapping, Sequence

from bridge.jobs.links import dies_ms
from bridge.store.database import Tx


def known(tx: Tx, places: Iterable[str]) -> dict[str, str]:
    """Return the stored links by place."""
    rows = ((place, tx.one("SELECT url FROM links WHERE place = :place", place=place)) for place in places)
    return {place: row["url"] for place, row in rows if row}


def keep(tx: Tx, fresh: Mapping[str, str]) -> None:
    """Store links by place."""
    for place, url in fresh.items():
        tx.run(
            """
            INSERT INTO links (place, url, dies_ms) VALUES (:place, :url, :dies_ms)
            ON CONFLICT (place) DO UPDATE SET url = excluded.url, dies_ms = excluded.dies_ms
            """,
            place=place,
            url=url,
            dies_ms=dies_ms(url) or 0,
        )


def dead(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the places of the links that expired before `before_ms`."""
    rows = tx.all(
        "SELECT place FROM links WHERE dies_ms < :before_ms ORDER BY dies_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["place"] for row in rows]


def delete(tx: Tx, place: str) -> None:
    """Delete a link."""
    tx.run("DELETE FROM links WHERE place = :place", place=place)
