"""Resolves host names of receivers, so that a dead name server delays only the hosts it serves.

The system's resolver cannot be cancelled: a lookup occupies a thread until it answers or times out. So there
is one lookup per host at a time, however many callers wait for it. A host whose last lookup failed or hangs
is doubted: doubted hosts queue in a separate lane, so that they do not delay the others.
"""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

Address = tuple[socket.AddressFamily, int, str]
"""Family, protocol and address of a host."""
Outcome = Sequence[Address] | Exception

LIMIT_S: Final = 10.0
"""The time limit of a lookup: the system asks two servers for five seconds each."""
WAITING_LIMITS: Final = 6
"""How many time limits of a lookup a new host waits for its thread to start."""
KEPT_S: Final = 10.0
FAILURE_KEPT_S: Final = 1.0
AT_ONCE: Final = 64
DOUBTED_AT_ONCE: Final = 32
HANGING: Final = 128
"""How many timed-out lookups may still be running besides those in the lanes."""
MOST_DOUBTED_WAITING: Final = 1_000
REMEMBERED: Final = 10_000
"""The maximum number of doubted hosts; beyond it the one doubted longest ago is discarded."""


class LookUp:
    """One lookup of a host, for all callers that wait for it."""

    def __init__(self, host: str, *, is_doubted: bool) -> None:
        self.host = host
        self.is_doubted = is_doubted
        self.is_hanging = False
        self.has_begun = asyncio.Event()
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()


class Lane:
    """Runs at most `at_once` lookups; further ones wait in a queue."""

    def __init__(self, at_once: int, begin: Callable[[LookUp], None]) -> None:
        self._at_once = at_once
        self._begin = begin
        self._busy = 0
        self._line: deque[LookUp] = deque()

    @property
    def waiting(self) -> int:
        """How many lookups are queued."""
        return len(self._line)

    def enter(self, look_up: LookUp) -> None:
        """Start a lookup now, or queue it."""
        if self._busy < self._at_once:
            self._busy += 1
            self._begin(look_up)
        else:
            self._line.append(look_up)

    def release(self) -> None:
        """Release a slot and start the next queued lookup."""
        self._busy -= 1
        if self._line:
            self.enter(self._line.popleft())

    def close(self) -> None:
        """Start no more lookups."""
        self._line.clear()


def ask_system(host: str) -> Sequence[Address]:
    """Return the addresses of a host; raises `OSError`.

    A name with a final dot that no name server knows may be in the hosts file, where names have no such dot.
    """
    try:
        found = socket.getaddrinfo(host, None, socket.AF_UNSPEC, socket.SOCK_STREAM)
    except socket.gaierror:
        if not host.endswith("."):
            raise
        found = socket.getaddrinfo(host[:-1], None, socket.AF_UNSPEC, socket.SOCK_STREAM)
    return [(family, protocol, str(address[0])) for family, _, protocol, _, address in found]


class Names(AbstractResolver):
    """A caching resolver for receivers."""

    def __init__(
        self, ask: Callable[[str], Sequence[Address]] = ask_system, limit_s: float = LIMIT_S
    ) -> None:
        self._ask = ask
        self._limit_s = limit_s
        self._known: dict[str, Outcome] = {}
        self._under_way: dict[str, LookUp] = {}
        self._give_up_sent: dict[str, None] = {}
        self._lane = Lane(AT_ONCE, self._begin)
        self._doubted_lane = Lane(DOUBTED_AT_ONCE, self._begin)
        self._hanging = 0

    async def ready(self, host: str) -> None:
        """Wait until the host is resolved or has failed, so that `resolve` answers at once."""
        if not _is_address(host) and host not in self._known:
            await self._look_up(host)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises `OSError`."""
        outcome = self._known.get(host) or await self._look_up(host)
        if isinstance(outcome, Exception):
            raise outcome
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, protocol, address in outcome
            if family in (socket.AF_UNSPEC, kind)
        ]

    async def close(self) -> None:
        """Start no more lookups; hanging ones end later and do not keep the process from exiting."""
        self._lane.close()
        self._doubted_lane.close()

    async def _look_up(self, host: str) -> Outcome:
        """Return the outcome of a host's lookup.

        The time limit starts when its thread starts; for a doubted host at once.
        """
        look_up = self._under_way.get(host)
        if look_up is None:
            look_up = LookUp(host, is_doubted=host in self._give_up_sent)
            if look_up.is_doubted and self._doubted_lane.waiting >= MOST_DOUBTED_WAITING:
                return self._failed(host, "too many names wait to be looked up")
            self._under_way[host] = look_up
            self._lane_of(look_up).enter(look_up)
        if not look_up.is_doubted and not await self._has_begun(look_up):
            return self._failed(host, "too many names wait to be looked up")
        await asyncio.wait({look_up.outcome}, timeout=self._limit_s)
        if look_up.outcome.done():
            return look_up.outcome.result()
        self._abandon(look_up)
        return self._failed(host, f"no address within {self._limit_s:g} seconds")

    async def _has_begun(self, look_up: LookUp) -> bool:
        """Wait until the thread of a lookup starts; return False if all are busy for too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WAITING_LIMITS * self._limit_s):
                await look_up.has_begun.wait()
        return look_up.has_begun.is_set()

    def _begin(self, look_up: LookUp) -> None:
        look_up.has_begun.set()
        loop = asyncio.get_running_loop()
        work = partial(self._work, loop, look_up)
        try:
            threading.Thread(target=work, name="callback-name", daemon=True).start()
        except RuntimeError as error:
            loop.call_soon(self._ended, look_up, OSError(str(error)))

    def _work(self, loop: asyncio.AbstractEventLoop, look_up: LookUp) -> None:
        """Resolve, in a separate thread."""
        outcome: Outcome = OSError("the look-up failed")
        try:
            outcome = self._ask(look_up.host)
        except OSError as error:
            outcome = error
        except ValueError as error:  # a name that is invalid in DNS
            outcome = socket.gaierror(socket.EAI_NONAME, str(error))
        finally:
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(self._ended, look_up, outcome)

    def _ended(self, look_up: LookUp, outcome: Outcome) -> None:
        del self._under_way[look_up.host]
        if isinstance(outcome, Exception):
            self._doubt(look_up.host)
        else:
            self._give_up_sent.pop(look_up.host, None)
        self._know(look_up.host, outcome)
        look_up.outcome.set_result(outcome)
        if look_up.is_hanging:
            self._hanging -= 1
        else:
            self._lane_of(look_up).release()

    def _abandon(self, look_up: LookUp) -> None:
        """Release the slot of a lookup that timed out, and doubt its host from now on."""
        self._doubt(look_up.host)
        if not look_up.is_doubted and not look_up.is_hanging and self._hanging < HANGING:
            look_up.is_hanging = True
            self._hanging += 1
            self._lane.release()

    def _lane_of(self, look_up: LookUp) -> Lane:
        return self._doubted_lane if look_up.is_doubted else self._lane

    def _doubt(self, host: str) -> None:
        self._give_up_sent[host] = None
        if len(self._give_up_sent) > REMEMBERED:
            del self._give_up_sent[next(iter(self._give_up_sent))]

    def _failed(self, host: str, why: str) -> Outcome:
        failure = socket.gaierror(socket.EAI_AGAIN, why)
        self._know(host, failure)
        return failure

    def _know(self, host: str, outcome: Outcome) -> None:
        """Cache an outcome for a while."""
        self._known[host] = outcome
        kept_s = FAILURE_KEPT_S if isinstance(outcome, Exception) else KEPT_S
        asyncio.get_running_loop().call_later(kept_s, self._discard, host, outcome)

    def _discard(self, host: str, outcome: Outcome) -> None:
        if self._known.get(host) is outcome:
            del self._known[host]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
