"""Days that pass in no time: the clocks of the bridge and of the simulated Discord are moved together."""

from dataclasses import dataclass
from typing import Final

from bridge.clock import SystemClock
from tests.tools.world import Discord

REFRESH: Final = "/attachments/refresh-urls"
COUNTED: Final = 1_000


class MovedClock(SystemClock):
    """The machine's clock, ahead by as much time as has passed for a test."""

    ahead_s = 0.0

    def now_ms(self) -> int:
        return super().now_ms() + round(self.ahead_s * 1000)

    def monotonic_ms(self) -> int:
        return super().monotonic_ms() + round(self.ahead_s * 1000)


@dataclass
class Time:
    """The clocks of both sides, and how often Discord was asked for links since `count`."""

    clock: MovedClock
    discord: Discord

    async def passes(self, seconds: float) -> None:
        self.clock.ahead_s += seconds
        address = f"{self.discord.sandbox.url}/_sandbox/clock"
        async with self.discord.http.post(address, json={"advance_s": seconds}) as response:
            assert response.status == 200

    async def count(self) -> None:
        """Count from now on: a fault that changes nothing is used up by every request."""
        await self.discord.fault("rest", route=REFRESH, hang_s=0, times=COUNTED)

    async def requests(self) -> int:
        async with self.discord.http.get(f"{self.discord.sandbox.url}/_sandbox/faults") as response:
            left = [int(row["times"]) for row in await response.json()]
            return COUNTED - sum(left)
