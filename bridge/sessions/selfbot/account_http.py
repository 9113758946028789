"""The HTTP clients of one account, kept across reconnects."""

from collections.abc import Callable

from bridge.chat import Channel
from bridge.ports import Clock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.selfbot.command_index import CommandIndex
from bridge.sessions.selfbot.examination import Examination
from bridge.sessions.selfbot.file_limits import FileLimits
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.selfbot.one_post import LIMIT_S, OnePost
from bridge.sessions.selfbot.rate_limit import Hold
from bridge.sessions.selfbot.reader import ChannelReader
from bridge.sessions.selfbot.rest import OnTrouble, Rest
from bridge.sessions.selfbot.sender import InteractionSender
from bridge.sessions.selfbot.upload import AttachmentUploads


class AccountHttp:
    """The HTTP clients of one account; `session_id` returns the id of the current gateway session.

    `hold` is the global rate limit of the account's person, shared with the person's other tokens.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        identity: Identity,
        hold: Hold,
        session_id: Callable[[], str | None],
        on_trouble: OnTrouble,
        post_limit_s: float = LIMIT_S,
    ) -> None:
        self.hold = hold
        self._clock = clock
        self._rest = Rest(endpoint, identity, clock, hold, on_trouble)
        self._post = OnePost(endpoint, identity, post_limit_s)
        self.file_limits = FileLimits()
        self._uploads = AttachmentUploads(endpoint, self._rest, self.file_limits)
        self.index = CommandIndex(self._rest, clock)
        self.sender = InteractionSender(
            self.index, self._uploads, self._post, hold, clock, session_id, on_trouble
        )

    def reader(self, channel: str, on_trouble: OnTrouble) -> ChannelReader:
        """Return a reader of `channel`."""
        return ChannelReader(self._rest, channel, on_trouble)

    def examination(self, place: Channel, most_bytes: int) -> Examination:
        """Return an examination of the account in a place."""
        return Examination(self._rest, place, self._clock, most_bytes)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._post.aclose()
        await self._uploads.aclose()
        await self._rest.aclose()
