"""Edits to order, evenly: a bot that tells progress fast, without a request for each edit."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bridge.sandbox.acts.posting import edit
from bridge.sandbox.errors import ApiError
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json, as_snowflake

__all__ = ["MOST_EDITS", "Edit", "begin_edits", "is_edit"]

MOST_EDITS = 1_000
FIELDS = frozenset({"channel_id", "message_id", "content"})


@dataclass(frozen=True)
class Edit:
    """What a message is to say from now on."""

    channel_id: int
    message_id: int
    content: str


def is_edit(value: object) -> bool:
    """Tell whether an order names a message and what it is to say."""
    return (
        isinstance(value, dict)
        and value.keys() == FIELDS
        and as_snowflake(value["channel_id"]) is not None
        and as_snowflake(value["message_id"]) is not None
        and isinstance(value["content"], str)
    )


def begin_edits(sim: Simulation, orders: Sequence[Json], per_second: float) -> None:
    """Let the authors of messages edit them, one after the other at a rate; the first at once."""
    for number, order in enumerate(orders):
        wanted = Edit(int(order["channel_id"]), int(order["message_id"]), order["content"])
        sim.clock.later(number / per_second, partial(_edit, sim, wanted))


def _edit(sim: Simulation, wanted: Edit) -> None:
    """Edit as the author does; what is not there, or in an archived thread, stays as it is."""
    channel = sim.world.channels.get(wanted.channel_id)
    message = sim.world.message(wanted.channel_id, wanted.message_id) if channel is not None else None
    if channel is None or message is None:
        return
    author = sim.world.users[message.author_id]
    try:
        edit(sim, author, channel, message.id, {"content": wanted.content}, [])
    except ApiError:
        return
