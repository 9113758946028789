"""Finds what the bot tells of credits and limits in its own words; pure."""

from collections.abc import Sequence
from datetime import datetime

from bridge.accounts.notice import Notice, NoticeKind
from bridge.chat import Message, snowflake_ms
from bridge.pixverse.patterns import compiled
from bridge.pixverse.profile import Profile

LONGEST_VALUE = 200


def notices_in(message: Message, own_words: str, profile: Profile) -> Sequence[Notice]:
    """Return the notices of a message: of each kind, what the first row that fits has read."""
    found: dict[NoticeKind, Notice] = {}
    for row in profile.notices:
        fits = compiled(row.pattern).search(own_words) if row.kind not in found else None
        if fits is not None:
            read = fits.groupdict().get("value") or own_words
            value = " ".join(read.split())[:LONGEST_VALUE]
            found[row.kind] = Notice(row.kind, value, _told_ms(message))
    return tuple(found.values())


def _told_ms(message: Message) -> int:
    """Return when a message was said, or last edited."""
    try:
        edited = datetime.fromisoformat(message.edited_timestamp or "")
    except ValueError:
        return snowflake_ms(message.id)
    return round(edited.timestamp() * 1000)
