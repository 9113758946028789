"""Who hears what: the rules by which events reach sessions (discord-userdoccers, "Using the Gateway").

A session of a user hears the messages of a large guild only after it subscribed to the guild (op 37 or
14). What concerns the user's own interactions reaches it without.
"""

from bridge.sandbox.sessions.intents import hears, is_shown_content, without_content
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
    for session in _listeners(sim, channel, name):
        usual = common if is_shown_content(session, data) else Event(name, dumps(without_content(data)))
        sim.hub.deliver(session, special.get(session.user_id, usual))


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
    event = Event(name, dumps(data))
    for session in sim.hub.everyone():
        if session.user_id in sim.world.guild_members[guild.id] and hears(session, name, guild.id):
            sim.hub.deliver(session, event)


def tell_thread_members(sim: Simulation, channel: Channel, name: str) -> None:
    """Tell those who see a thread how it is now, each as it concerns them."""
    for session in _present(sim, channel):
        if hears(session, name, channel.guild_id):
            seen = sim.world.view_channel(channel, session.user_id)
            sim.hub.deliver(session, Event(name, dumps(seen)))


def _listeners(sim: Simulation, channel: Channel, name: str) -> list[Session]:
    guild = sim.world.guilds[channel.guild_id]
    present = [each for each in _present(sim, channel) if hears(each, name, guild.id)]
    return [each for each in present if each.is_bot or not guild.is_large or guild.id in each.guilds]


def _present(sim: Simulation, channel: Channel) -> list[Session]:
    """Return the sessions of those who see the channel; most threads have few members, most guilds many."""
    audience = sim.world.audience_of(channel)
    if len(audience) > sim.hub.count:
        return [each for each in sim.hub.everyone() if each.user_id in audience]
    return [session for user_id in sorted(audience) for session in sim.hub.of_user(user_id)]
