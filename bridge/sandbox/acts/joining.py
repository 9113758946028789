"""Users who come into a private thread (Discord's docs, "Thread Members Update")."""

from collections.abc import Sequence

from bridge.sandbox.audience import tell_channel
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json, timestamp
from bridge.sandbox.world.threads import Thread

__all__ = ["join"]


def join(sim: Simulation, thread: Thread, user_ids: Sequence[int]) -> Thread:
    """Make users members of a thread and tell those who see it."""
    new = [each for each in user_ids if each not in thread.member_ids]
    if not new:
        return thread
    joined = sim.world.join(thread, new)
    came = timestamp(sim.clock.now_ms())
    told: Json = {
        "id": str(thread.id),
        "guild_id": str(thread.guild_id),
        "member_count": len(joined.member_ids),
        "added_members": [
            {"id": str(thread.id), "user_id": str(each), "join_timestamp": came, "flags": 0} for each in new
        ],
        "removed_member_ids": [],
    }
    tell_channel(sim, joined, "THREAD_MEMBERS_UPDATE", told, {})
    return joined
