"""Reads messages over REST: those that the gateway did not send, or sent while nobody was connected."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.chat import Message
from bridge.sessions.port import MOST_LINKS, HistoryUnavailable
from bridge.sessions.selfbot.answers import access_trouble
from bridge.sessions.selfbot.raw_json import Raw, mapping, objects, snowflake, text
from bridge.sessions.selfbot.rest import NoUsableAnswer, Rest
from bridge.sessions.selfbot.translate import history_row
from bridge.sessions.trouble import Trouble

log = structlog.get_logger(__name__)

LIMIT_S: Final = 15.0
LOOK_LIMIT_S: Final = 5.0
"""For how long a look at a channel may keep its account from being connected."""
PAGE: Final = 100
SPARE_PAGES: Final = 10
"""How many extra pages are requested to make up for unreadable rows."""

_WHOLE: Final = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """The rows with a readable id, oldest first, and the total number of rows."""

    rows: Sequence[Raw]
    count: int

    @property
    def newest(self) -> int:
        """Return the largest id, 0 if there is none."""
        return max((_number(row) or 0 for row in self.rows), default=0)


class ChannelReader:
    """Reads one channel; calls `on_trouble` if the account has a problem there."""

    def __init__(self, rest: Rest, channel: str, on_trouble: Callable[[Trouble], None]) -> None:
        self._rest = rest
        self._path = f"/channels/{channel}/messages"
        self._on_trouble = on_trouble

    async def history(self, after: str, at_most: int) -> Sequence[Message]:
        """Return up to `at_most` messages after `after`, oldest first; raises `HistoryUnavailable`.

        Unreadable rows are replaced by further ones, so fewer than `at_most` means the end of the history.
        """
        found: list[Message] = []
        wanted = min(PAGE, at_most)
        for _ in range(at_most // PAGE + SPARE_PAGES):
            page = await self._page({"after": after, "limit": str(wanted)})
            found.extend(message for row in page.rows if (message := history_row(row)) is not None)
            if page.count < wanted or len(found) >= at_most:
                return found[:at_most]
            after = _beyond(after, page)
        raise HistoryUnavailable("too many rows of Discord's history cannot be read")

    async def access_trouble(self) -> Trouble | None:
        """Return what keeps the account from its channel, None for nothing; raises `HistoryUnavailable`."""
        try:
            await self._rest.get(self._path, LOOK_LIMIT_S, {"limit": "1"})
        except NoUsableAnswer as error:
            trouble = access_trouble(error.answer) if error.answer is not None else None
            if trouble is None:
                raise HistoryUnavailable(str(error), error.status) from None
            return trouble
        return None

    async def message(self, message_id: str) -> Message | None:
        """Return the current version of a message, None if it was deleted; raises `HistoryUnavailable`."""
        for row in (await self._page({"around": message_id, "limit": "1"})).rows:
            if snowflake(row, "id") == message_id:
                return history_row(row)
        return None

    async def refresh(self, urls: Sequence[str]) -> dict[str, str]:
        """Return fresh links, keyed by the old ones; raises `HistoryUnavailable`."""
        if not urls:
            return {}
        try:
            content = await self._rest.post(
                "/attachments/refresh-urls", LIMIT_S, {"attachment_urls": list(urls[:MOST_LINKS])}
            )
        except NoUsableAnswer as error:
            raise HistoryUnavailable(str(error), error.status) from None
        pairs = objects(mapping(content), "refreshed_urls")
        links = ((text(pair, "original"), text(pair, "refreshed")) for pair in pairs)
        return {original: refreshed for original, refreshed in links if original and refreshed}

    async def _page(self, params: dict[str, str]) -> HistoryPage:
        """Return a page; Discord always sends the newest first."""
        try:
            content = await self._rest.get(self._path, LIMIT_S, params)
        except NoUsableAnswer as error:
            self._tell(error)
            raise HistoryUnavailable(str(error), error.status) from None
        if not isinstance(content, list):
            raise HistoryUnavailable("Discord's answer is no list of messages")
        rows = [row for row in map(mapping, content) if row is not None and _number(row) is not None]
        if len(rows) < len(content):
            log.warning("history_rows_not_understood", rows=len(content) - len(rows))
        return HistoryPage(sorted(rows, key=lambda row: _number(row) or 0), len(content))

    def _tell(self, error: NoUsableAnswer) -> None:
        trouble = access_trouble(error.answer) if error.answer is not None else None
        if trouble is not None:
            self._on_trouble(trouble)


def _beyond(after: str, page: HistoryPage) -> str:
    """Return where the next page starts; raises if a full page gives no new position."""
    if page.newest <= (_whole(after) or 0):
        raise HistoryUnavailable("Discord's history does not go on")
    return str(page.newest)


def _number(row: Raw) -> int | None:
    return _whole(snowflake(row, "id") or "")


def _whole(digits: str) -> int | None:
    return int(digits) if _WHOLE.fullmatch(digits) else None
