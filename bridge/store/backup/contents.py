"""What a copy of a database says of itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.store.database import Tx


@dataclass(frozen=True, slots=True)
class Contents:
    """The schema of a copy, the keys it needs, and the files that belong to it."""

    schema: int
    keys: Sequence[str]
    uploads: Sequence[str]
    media: Sequence[str]


def media_of(tx: Tx) -> Sequence[str]:
    """Return the names of the mirrored videos."""
    return [row["name"] for row in tx.all("SELECT name FROM media WHERE state = 'kept' ORDER BY name")]
