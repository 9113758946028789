"""What the bot has told of an account's credits and limits, and whether the account is out of them; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bridge.accounts.condition import Condition, Standing
from bridge.ports import HOUR_MS

TRIED_AGAIN_MS: Final = HOUR_MS
"""For how long an account that is out of credits takes no jobs, if nothing else says that it has some."""
REMEDY: Final = (
    "Get credits for it, then resume it: POST paused=false to pixverse/account/<channel>; "
    "it takes jobs again by itself as soon as the bot tells of credits, and after an hour"
)


class NoticeKind(StrEnum):
    """What a notice is about; `resumed` is what a person has said to the bridge."""

    CREDITS = "credits"
    LIMIT = "limit"
    OUT_OF_CREDITS = "out_of_credits"
    RESUMED = "resumed"


TOLD_BY_THE_BOT: Final = (NoticeKind.CREDITS, NoticeKind.LIMIT, NoticeKind.OUT_OF_CREDITS)


@dataclass(frozen=True, slots=True)
class Notice:
    """The newest notice of a kind: its value as it was read, and when it was told, in milliseconds UTC."""

    kind: NoticeKind
    value: str
    told_ms: int


class KnownNotices:
    """The notices of a running account; None: they have not been read yet."""

    def __init__(self, known: Iterable[Notice] | None = ()) -> None:
        self._known: Mapping[NoticeKind, Notice] | None = None
        if known is not None:
            self.learn(known)

    @property
    def is_read(self) -> bool:
        """Return whether the stored notices are known."""
        return self._known is not None

    def learn(self, notices: Iterable[Notice]) -> None:
        """Take over notices that are stored; of each kind the newest counts."""
        known = dict(self._known or {})
        for notice in notices:
            before = known.get(notice.kind)
            if before is None or before.told_ms <= notice.told_ms:
                known[notice.kind] = notice
        self._known = known

    def condition(self, connection: Condition, now_ms: int) -> Condition:
        """Return the condition of an account with this connection."""
        if not connection.is_connected:
            return connection
        if self._known is None:
            return Condition(Standing.CONNECTING, connection.since_ms)
        return out_of_credits(self._known, now_ms) or connection


def out_of_credits(notices: Mapping[NoticeKind, Notice], now_ms: int) -> Condition | None:
    """Return the condition of an account without credits, None if nothing says so or it is over.

    It is over once the bot has told of credits, a person has resumed the account, or an hour has passed. What
    seems to be said more than an hour from now was said at an unknown time: the local clock was set back.
    """
    told = notices.get(NoticeKind.OUT_OF_CREDITS)
    if told is None or abs(now_ms - told.told_ms) >= TRIED_AGAIN_MS:
        return None
    left, resumed = notices.get(NoticeKind.CREDITS), notices.get(NoticeKind.RESUMED)
    has_some = left is not None and any(digit in left.value for digit in "123456789")
    ends = [each.told_ms for each in (left if has_some else None, resumed) if each is not None]
    if any(end_ms > told.told_ms for end_ms in ends):
        return None
    return Condition(Standing.OUT_OF_CREDITS, told.told_ms, f"the bot says: {told.value}", REMEDY)
