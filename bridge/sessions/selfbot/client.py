"""One client of the library: logs in, keeps a gateway session by RESUME or IDENTIFY, reports why it ended.

The library's own reconnect loop is not used: it never pauses, never gives up a dead resume address, and ends
on unexpected errors.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import discord
import structlog
import yarl
from curl_cffi import CurlError
from discord.gateway import ConnectionClosed, DiscordWebSocket, ReconnectWebSocket
from discord.state import ConnectionState

from bridge.chat import GatewaySession
from bridge.metrics.gateway import GatewayMetrics
from bridge.ports import Clock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.outage import Outage, blocked
from bridge.sessions.reconnect import Reconnect
from bridge.sessions.selfbot.answers import BLOCKED, TOO_MANY_REQUESTS, UNAUTHORIZED, UNSAID_RETRY_S
from bridge.sessions.selfbot.closing import Next, after_close
from bridge.sessions.selfbot.gateway import CapturedEvents, Gateway, Handle
from bridge.sessions.selfbot.not_reached import not_reached
from bridge.sessions.selfbot.transport import Transport, gateway_address
from bridge.sessions.trouble import Lost, Troubled, bad_token, captcha, forbidden

log = structlog.get_logger(__name__)

LOGIN_LIMIT_S: Final = 60.0
CONNECT_LIMIT_S: Final = 60.0
GREETING_LIMIT_S: Final = 60.0
SEND_LIMIT_S: Final = 10.0
CLOSE_LIMIT_S: Final = 0.7
DOWN_LIMIT_MS: Final = 300_000
MOST_RESUMES: Final = 3


class GatewayClient(discord.Client):
    """A connection of one token that lasts until it raises `Lost` or `Troubled`."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        pace: Reconnect,
        handle: Handle,
        on_lost: Callable[[Outage], None],
        metrics: GatewayMetrics | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._pace = pace
        self._handle = handle
        self._on_lost = on_lost
        self._metrics = metrics or GatewayMetrics()
        self._cut: asyncio.Timeout | None = None
        self._is_up = False
        self.is_handed_over = False
        """Whether another process goes on with the gateway session: then Discord must keep it."""
        discord.VoiceClient.warn_nacl = False  # voice is not used
        super().__init__(
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_subscriptions=False,
            sync_presence=False,
        )

    @property
    def is_up(self) -> bool:
        """Return whether the gateway session is established."""
        return self._is_up

    @property
    def session_id(self) -> str | None:
        """Return the id of the gateway session that receives the events of interactions."""
        return self.ws.session_id if self._is_up else None

    @property
    def gateway_session(self) -> GatewaySession | None:
        """Return how the gateway session can be resumed behind the last event, None if it is not up."""
        return _position(self.ws) if self._is_up else None

    @property
    def account_id(self) -> str | None:
        """Return the user id of the token, once logged in."""
        return str(self._transport.user_id) if self._transport.user_id is not None else None

    @property
    def cookies(self) -> dict[str, str]:
        """Return the cookies of the login."""
        return self._transport.cookies()

    @property
    def presented_headers(self) -> dict[str, str]:
        """Return the library's headers, without authorization."""
        return self._transport.presented_headers()

    async def log_in(self, token: str) -> None:
        """Check the token; raises `Lost` or `Troubled`."""
        try:
            async with asyncio.timeout(LOGIN_LIMIT_S):
                await self.login(token)
        except discord.LoginFailure as error:
            _check_whose_refusal(error.__cause__)
            raise Troubled(bad_token(UNAUTHORIZED)) from None
        except discord.CaptchaRequired:
            raise Troubled(captcha()) from None
        except discord.Forbidden as error:
            _check_whose_refusal(error)
            raise Troubled(forbidden(f"Discord refused the login (403, code {error.code})")) from None
        except discord.RateLimited as error:
            raise Lost(Outage("Discord has asked to wait with the login"), error.retry_after) from None
        except (discord.DiscordException, CurlError, OSError, TimeoutError) as error:
            outage = not_reached(error, self._endpoint.api_url, self._endpoint.proxy)
            raise Lost(outage, _asked_s(error)) from None

    async def listen(self, position: GatewaySession | None = None) -> None:
        """Keep a gateway session, with pauses, until it cannot be kept; raises `Lost` or `Troubled`.

        `position` is that of another process; without one a new session is begun.
        """
        resumes, down_since_ms = 0, self._clock.monotonic_ms()
        while self._clock.monotonic_ms() - down_since_ms < DOWN_LIMIT_MS:
            was_resume = position is not None
            position = await self._connect_once(position)
            if self._was_up:
                resumes, down_since_ms = 0, self._clock.monotonic_ms()
            resumes = resumes + 1 if was_resume else 0
            position = position if resumes < MOST_RESUMES else None
            await self._pace.wait(is_resume=position is not None)
        raise Lost(Outage("no gateway session came up for some minutes"))

    def has_come_up(self, *, is_resumed: bool) -> None:
        """Record READY or RESUMED."""
        self._is_up = self._was_up = True
        self._pace.has_come_up(is_resumed=is_resumed)
        if self._cut is not None:
            self._cut.reschedule(None)

    def use_token(self, token: str) -> None:
        """Use `token` for RESUME and IDENTIFY from now on."""
        self.http.token = token

    async def subscribe(self, guilds: frozenset[str]) -> None:
        """Subscribe to all messages in `guilds`; return when the request has been written to the socket."""
        wanted = {"typing": True, "threads": True, "activities": False, "member_updates": False}
        lists: dict[str, Any] = {"members": [], "channels": {}, "thread_member_lists": []}
        subscriptions: Any = {guild: {**wanted, **lists} for guild in sorted(guilds)}
        async with asyncio.timeout(SEND_LIMIT_S):
            await self.ws.bulk_guild_subscribe(subscriptions)
            await self.ws.socket.flush()

    async def shut(self) -> None:
        """Close everything, also of a failed client; takes at most about two time limits."""
        self._is_up = False
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self.close()
        self._transport.abort_socket()
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._transport.close()

    def _get_state(self, **options: Any) -> ConnectionState:
        self._transport = Transport(self._endpoint, self.loop)
        self.http = self._transport
        state = super()._get_state(**options)
        state.parsers = CapturedEvents(self._handle)
        return state

    async def _connect_once(self, position: GatewaySession | None) -> GatewaySession | None:
        """Run one socket until it closes; return how its session can be resumed."""
        self._was_up = False
        try:
            socket = await self._open(position)
        except (discord.DiscordException, CurlError, OSError, TimeoutError) as error:
            self._metrics.unreached()
            log.debug("gateway_not_reached", error=type(error).__name__)
            url = position.url if position is not None else self._endpoint.gateway_url
            self._on_lost(not_reached(error, url, self._endpoint.proxy))
            self._pace.has_failed()
            return position
        try:
            after = await self._poll(socket)
        finally:
            self._is_up = False
            self._on_lost(Outage("the connection to Discord's gateway was lost"))
            await self._close(socket)
        self._note(after)
        self._on_lost(Outage(after.reason))
        self._metrics.lost()
        log.debug("gateway_lost", reason=after.reason, is_resumable=after.is_resumable)
        return _position(socket) if after.is_resumable else None

    def _note(self, after: Next) -> None:
        """Record how the socket ended, for the pause before the next one."""
        if after.is_too_fast:
            self._pace.has_been_too_fast()
        elif not self._was_up:
            self._pace.has_failed()
        elif after.is_resumable:
            self._pace.has_been_cut()
        else:
            self._pace.has_lost_session()

    async def _open(self, position: GatewaySession | None) -> Gateway:
        async with asyncio.timeout(CONNECT_LIMIT_S):
            if position is None:
                return await Gateway.from_client(self, initial=True, gateway=gateway_address(self._endpoint))
            return await Gateway.from_client(
                self,
                gateway=yarl.URL(position.url),
                session=position.id,
                sequence=position.sequence,
                resume=True,
            )

    async def _poll(self, socket: Gateway) -> Next:
        self.ws = socket
        try:
            async with asyncio.timeout(GREETING_LIMIT_S) as self._cut:
                socket.on_dead_connection, socket.on_beat = self._cut_now, self._metrics.beat
                await _poll_until_it_ends(socket)
        except ReconnectWebSocket as ended:
            return after_close(_close_code(socket), is_resumable=ended.resume)
        except ConnectionClosed as closed:
            return after_close(closed.code, is_resumable=True)
        except TimeoutError:
            pass
        return Next(is_resumable=True, reason="the gateway has stopped answering")

    def _cut_now(self) -> None:
        if self._cut is not None:
            self._cut.reschedule(asyncio.get_running_loop().time())

    async def _close(self, socket: Gateway) -> None:
        self._cut = None
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                is_over = _is_cancelled() and not self.is_handed_over
                await socket.close(1000 if is_over else 4000)
        self._transport.abort_socket()


async def _poll_until_it_ends(socket: Gateway) -> None:
    while True:
        await socket.poll_event()
        # wait_for, under poll_event, can swallow a cancellation that arrives together with a frame.
        if _is_cancelled():
            raise asyncio.CancelledError


def _check_whose_refusal(error: BaseException | None) -> None:
    """Raise `Lost` for a refusal that is not from Discord's API but from a proxy before it.

    The library makes up a `json` with a code for a body that is not JSON, so the header is checked.
    """
    if not isinstance(error, discord.HTTPException):
        return
    is_json = error.response.headers.get("content-type") == "application/json"
    if not is_json or "code" not in error.json or error.code == BLOCKED:
        raise Lost(blocked(error.status)) from None


def _asked_s(error: Exception) -> float:
    """Return how long to wait after a 429 without a time, as in some pages of Cloudflare."""
    is_throttled = isinstance(error, discord.HTTPException) and error.status == TOO_MANY_REQUESTS
    return UNSAID_RETRY_S if is_throttled else 0


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _close_code(socket: Gateway) -> int | None:
    """Return the close code of the other side, None if this side closed."""
    if socket._close_code is not None:
        return None
    return socket.socket.close_code


def _position(socket: DiscordWebSocket) -> GatewaySession | None:
    if socket.session_id is None or socket.sequence is None:
        return None
    return GatewaySession(str(socket.gateway), socket.session_id, socket.sequence)
