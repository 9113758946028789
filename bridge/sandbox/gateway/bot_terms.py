"""On which terms a bot may identify: intents and shards (Discord's docs, "Gateway")."""

from bridge.sandbox.sessions.intents import KNOWN, PRIVILEGED
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json
from bridge.sandbox.world.users import User

__all__ = ["refusal_of", "shard_of"]

INVALID_SHARD, INVALID_INTENTS, DISALLOWED_INTENTS = 4010, 4013, 4014


def refusal_of(sim: Simulation, user: User, fields: Json) -> int | None:
    """Return the close code for an IDENTIFY that asks for what cannot be had."""
    intents, (number, count) = fields.get("intents"), shard_of(fields)
    if not isinstance(intents, int) or isinstance(intents, bool) or intents & ~KNOWN:
        return INVALID_INTENTS
    if intents & PRIVILEGED and sim.faults.stands("disallowed_intents", user.id):
        return DISALLOWED_INTENTS
    return None if 0 <= number < count else INVALID_SHARD


def shard_of(fields: Json) -> tuple[int, int]:
    """Return the number of the shard and how many there are; what cannot be read is no shard at all."""
    given = fields.get("shard")
    if given is None:
        return 0, 1
    fits = isinstance(given, list) and len(given) == 2 and all(isinstance(each, int) for each in given)
    return (given[0], given[1]) if fits else (0, 0)
