"""Reads messages over REST: what the gateway did not say, or said while nobody listened."""

from collections.abc import Callable, Sequence
from typing import Final

from bridge.chat import Message
from bridge.sessions.port import HistoryUnavailable
from bridge.sessions.selfbot.answers import channel_trouble
from bridge.sessions.selfbot.reading import Raw, mapping, objects, snowflake, text
from bridge.sessions.selfbot.rest import Rest, Unanswered
from bridge.sessions.selfbot.translate import history_row
from bridge.sessions.trouble import Trouble

LIMIT_S: Final = 15.0
PAGE: Final = 100
MOST_LINKS: Final = 50


class Reader:
    """Reads one channel; `on_trouble` hears what is wrong with the account there."""

    def __init__(self, rest: Rest, channel: str, on_trouble: Callable[[Trouble], None]) -> None:
        self._rest = rest
        self._path = f"/channels/{channel}/messages"
        self._on_trouble = on_trouble

    async def history(self, after: str, at_most: int) -> Sequence[Message]:
        """Return up to `at_most` messages behind `after`, oldest first; raises `HistoryUnavailable`."""
        rows: list[Raw] = []
        while len(rows) < at_most:
            wanted = min(PAGE, at_most - len(rows))
            page = await self._page({"after": after, "limit": str(wanted)})
            rows.extend(page)
            if len(page) < wanted:
                break
            after = snowflake(page[-1], "id") or after
        found = (history_row(row) for row in rows)
        return [message for message in found if message is not None]

    async def message(self, message_id: str) -> Message | None:
        """Return a message as it is now, None when it is gone; raises `HistoryUnavailable`."""
        for row in await self._page({"around": message_id, "limit": "1"}):
            if snowflake(row, "id") == message_id:
                return history_row(row)
        return None

    async def refresh(self, urls: Sequence[str]) -> dict[str, str]:
        """Return fresh links by the old ones; raises `HistoryUnavailable`."""
        if not urls:
            return {}
        try:
            content = await self._rest.post(
                "/attachments/refresh-urls", LIMIT_S, {"attachment_urls": list(urls[:MOST_LINKS])}
            )
        except Unanswered as error:
            raise HistoryUnavailable(str(error), error.status) from None
        pairs = objects(mapping(content), "refreshed_urls")
        links = ((text(pair, "original"), text(pair, "refreshed")) for pair in pairs)
        return {original: refreshed for original, refreshed in links if original and refreshed}

    async def _page(self, params: dict[str, str]) -> list[Raw]:
        """Return a page of rows, oldest first; Discord sends the newest first, whatever was asked."""
        try:
            content = await self._rest.get(self._path, LIMIT_S, params)
        except Unanswered as error:
            self._tell(error)
            raise HistoryUnavailable(str(error), error.status) from None
        if not isinstance(content, list):
            raise HistoryUnavailable("Discord's answer is no list of messages")
        rows = [row for row in map(mapping, content) if row is not None and _number(row) is not None]
        return sorted(rows, key=lambda row: _number(row) or 0)

    def _tell(self, error: Unanswered) -> None:
        trouble = channel_trouble(error.answer) if error.answer is not None else None
        if trouble is not None:
            self._on_trouble(trouble)


def _number(row: Raw) -> int | None:
    row_id = snowflake(row, "id")
    return int(row_id) if row_id is not None and row_id.isdecimal() else None
