"""Looks at an account as its jobs will need it, over REST alone: it runs no command, and stores nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bridge.accounts.condition import Standing
from bridge.chat import Channel
from bridge.doctor.seen import Seen, SeenChannel, SeenServer, SeenUpload, SeenUser, Unseen
from bridge.offered import OfferedIndex
from bridge.ports import Clock
from bridge.sessions.selfbot.answers import account_trouble
from bridge.sessions.selfbot.examined import channel_of, member_of, server_of, user_of
from bridge.sessions.selfbot.file_limits import BY_BOOSTS, FileLimits
from bridge.sessions.selfbot.offered import offered_index
from bridge.sessions.selfbot.raw_json import mapping
from bridge.sessions.selfbot.rest import NoUsableAnswer, Rest
from bridge.sessions.trouble import Trouble

LIMIT_S: Final = 10.0
"""For how long Discord may answer each of the three rounds of requests."""

UNAUTHORIZED: Final = 401
LEAST_LIMIT: Final = BY_BOOSTS[0]
"""What Discord takes from everybody."""

Read = TypeVar("Read")


class Examination:
    """Looks at one account in its place. `most_bytes` is the largest file that the bridge would send."""

    def __init__(self, rest: Rest, place: Channel, clock: Clock, most_bytes: int) -> None:
        self._rest = rest
        self._place = place
        self._clock = clock
        self._most_bytes = most_bytes
        self._limits = FileLimits()

    async def seen(self) -> Seen:
        """Return what Discord shows; what depends on something that it does not show is not looked at."""
        user = await self._asked("/users/@me", self._user)
        if isinstance(user, Unseen):
            return Seen(self._place, self._clock.now_ms(), user)
        async with asyncio.TaskGroup() as tasks:
            server_task = tasks.create_task(self._asked(f"/guilds/{self._place.guild}", self._server))
            channel_task = tasks.create_task(self._asked(f"/channels/{self._place.id}", channel_of))
        server, channel = server_task.result(), channel_task.result()
        is_here = isinstance(channel, SeenChannel) and channel.server == self._place.guild
        if isinstance(server, Unseen) or not is_here:
            index = await self._index() if not isinstance(server, Unseen) else None
            now_ms = self._clock.now_ms()
            return Seen(self._place, now_ms, user, server=server, channel=channel, index=index)
        return await self._whole(user, server, channel)

    async def _whole(self, user: SeenUser, server: SeenServer, channel: SeenChannel | Unseen) -> Seen:
        """Look at everything else, of an account that is there."""
        place = self._place
        async with asyncio.TaskGroup() as tasks:
            member = tasks.create_task(self._asked(f"/guilds/{place.guild}/members/{user.id}", member_of))
            holder = tasks.create_task(self._holder(channel))
            history = tasks.create_task(self._history())
            upload = tasks.create_task(self._upload())
            index = tasks.create_task(self._index())
        return Seen(
            place,
            self._clock.now_ms(),
            user,
            server=server,
            member=member.result(),
            channel=channel,
            holder=holder.result(),
            history=history.result(),
            upload=upload.result(),
            index=index.result(),
        )

    def _user(self, content: object) -> SeenUser:
        self._limits.learn_account(mapping(content) or {})
        return user_of(content)

    def _server(self, content: object) -> SeenServer:
        self._limits.learn_guild(mapping(content) or {})
        return server_of(content, self._place.guild)

    async def _holder(self, channel: SeenChannel | Unseen) -> SeenChannel | Unseen:
        """Return the channel whose permissions count."""
        if isinstance(channel, Unseen) or not channel.is_thread or channel.parent is None:
            return channel
        return await self._asked(f"/channels/{channel.parent}", channel_of)

    async def _history(self) -> Unseen | None:
        path = f"/channels/{self._place.id}/messages"
        return await _why_not(self._rest.get(path, LIMIT_S, {"limit": "1"}))

    async def _upload(self) -> SeenUpload:
        """Reserve room for a file of the largest size, without uploading one."""
        limit = self._limits.of(self._place.guild)
        tried = min(LEAST_LIMIT if limit is None else limit, self._most_bytes)
        files = [{"id": "0", "filename": "picture.png", "file_size": tried}]
        path = f"/channels/{self._place.id}/attachments"
        return SeenUpload(limit, tried, await _why_not(self._rest.post(path, LIMIT_S, {"files": files})))

    async def _index(self) -> OfferedIndex | Unseen:
        path = f"/guilds/{self._place.guild}/application-command-index"
        return await self._asked(path, offered_index)

    async def _asked(self, path: str, read: Callable[[object], Read]) -> Read | Unseen:
        try:
            return read(await self._rest.get(path, LIMIT_S))
        except NoUsableAnswer as error:
            return _unseen(error)


async def _why_not(asking: Awaitable[object]) -> Unseen | None:
    """Return why something is refused, None if it is not."""
    try:
        await asking
    except NoUsableAnswer as error:
        return _unseen(error)
    return None


def _unseen(error: NoUsableAnswer) -> Unseen:
    trouble = account_trouble(error.answer) if error.answer is not None else None
    code = error.answer.code if error.answer is not None else None
    return unseen_by(trouble) if trouble is not None else Unseen(str(error), error.status, code)


def unseen_by(trouble: Trouble) -> Unseen:
    """Return what an account with a trouble sees."""
    is_bad = trouble.standing is Standing.BAD_TOKEN
    return Unseen(trouble.reason, UNAUTHORIZED if is_bad else None, remedy=trouble.remedy)
