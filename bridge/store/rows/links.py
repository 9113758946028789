"""Fresh links to files on Discord's CDN, by the part of the link that stays."""

from collections.abc import Iterable, Mapping

from bridge.jobs.links import dies_ms
from bridge.store.database import Tx


def known(tx: Tx, places: Iterable[str]) -> dict[str, str]:
    """Return the links that are kept, by place."""
    rows = ((place, tx.one("SELECT url FROM links WHERE place = :place", place=place)) for place in places)
    return {place: row["url"] for place, row in rows if row}


def keep(tx: Tx, fresh: Mapping[str, str], now_ms: int) -> None:
    """Keep links by place, and let go of some that are dead."""
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
    tx.run(
        """
        DELETE FROM links
         WHERE place IN (SELECT place FROM links WHERE dies_ms < :now_ms ORDER BY dies_ms LIMIT 50)
        """,
        now_ms=now_ms,
    )
