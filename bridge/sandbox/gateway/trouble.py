"""What faults do to one connection: they slow its frames down, or let it fall silent."""

from functools import partial

from bridge.sandbox.sessions.line import Line
from bridge.sandbox.simulation import Simulation

__all__ = ["trouble_line"]


def trouble_line(sim: Simulation, line: Line, user_id: int) -> None:
    """Let the faults that stand, now or later, have their way with the connection of a user."""
    line.pause = partial(_pause, sim, user_id)
    if sim.faults.stands("blackhole", user_id):
        line.silence()


async def _pause(sim: Simulation, user_id: int) -> None:
    fault = sim.faults.strikes("slow_frames", user_id)
    if fault is not None:
        await sim.clock.sleep(fault.fields["delay_s"])
