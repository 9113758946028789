"""Minutes that pass in no time, while a whole bridge goes on working."""

from tests.tools.clocks import MovedClock
from tests.tools.world import Api


async def minute(api: Api, clock: MovedClock) -> None:
    """Let a minute pass a second at a time; what is asked meanwhile has time to be answered."""
    for _ in range(60):
        await clock.advance(1)
        for _ in range(3):
            await api.get("/v1/pixverse/health")
