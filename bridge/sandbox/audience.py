"""Who hears what: the rules by which events reach sessions (discord-userdoccers, "Using the Gateway").

A session of a user hears the messages of a large guild only after it subscribed to the guild (op 37 or
14). What concerns the user's own interactions reaches it without.
"""

from bridge.sandbox.sessions.session import Event, Session
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json, dumps
from bridge.sandbox.world.guilds import Guild
from bridge.sandbox.world.world import Channel

__all__ = ["tell_channel", "tell_guild", "tell_session", "tell_thread_members", "tell_user"]


def tell_channel(sim: Simulation, channel: Channel, name: str, data: Json, own: dict[int, Json]) -> None:
    """Send an event to all who see the channel; `own` maps a user's id to what it gets instead."""
    common = Event(name, dumps(data))
    special = {user_id: Event(name, dumps(each)) for user_id, each in own.items()}
    for session in _listeners(sim, channel):
        sim.hub.deliver(session, special.get(session.user_id, common))


def tell_user(sim: Simulation, user_id: int, name: str, data: Json) -> None:
    """Send an event to every session of one user, subscribed or not."""
    event = Event(name, dumps(data))
    for session in sim.hub.of_user(user_id):
        sim.hub.deliver(session, event)


def tell_session(sim: Simulation, session_id: str | None, name: str, data: Json) -> None:
    """Send an event to the one session that a request named, if it still is."""
    session = sim.hub.find(session_id)
    if session is not None:
        sim.hub.deliver(session, Event(name, dumps(data)))


def tell_guild(sim: Simulation, guild: Guild, name: str, data: Json) -> None:
    """Send an event about a guild itself to all its members, subscribed or not."""
    for user_id in sim.world.guild_members[guild.id]:
        tell_user(sim, user_id, name, data)


def tell_thread_members(sim: Simulation, channel: Channel, name: str) -> None:
    """Tell those who see a thread how it is now, each as it concerns them."""
    for user_id in sim.world.audience_of(channel):
        tell_user(sim, user_id, name, sim.world.view_channel(channel, user_id))


def _listeners(sim: Simulation, channel: Channel) -> list[Session]:
    is_large = sim.world.guilds[channel.guild_id].is_large
    audience = sim.world.audience_of(channel)
    sessions = [each for each in sim.hub.everyone() if each.user_id in audience]
    return [each for each in sessions if each.is_bot or not is_large or channel.guild_id in each.guilds]
