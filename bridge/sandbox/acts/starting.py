"""An accepted interaction on its way to the bot that it is for."""

from functools import partial

from bridge.sandbox.acts.answers import UNKNOWN_REASON, fail
from bridge.sandbox.interactions import Interaction
from bridge.sandbox.payload import interaction_payload
from bridge.sandbox.sessions.session import Event, Session
from bridge.sandbox.simulation import Player, Simulation
from bridge.sandbox.wire import dumps

__all__ = ["hand_over", "new_interaction_token", "player_for"]


def new_interaction_token(sim: Simulation) -> str:
    """Make the token of an interaction: nobody can guess it."""
    return f"aW50ZXJhY3Rpb24{sim.rng.getrandbits(768):0192x}"


def hand_over(sim: Simulation, interaction: Interaction) -> None:
    """Let the bot answer within three seconds, unless a magic word says what happens instead."""
    if interaction.words.has("silent"):
        return
    if interaction.words.has("fail"):
        fail(sim, interaction, UNKNOWN_REASON)
        return
    sim.clock.later(sim.answer_within_s, partial(fail, sim, interaction))
    payload = interaction_payload(sim, interaction)
    for session in _bots(sim, interaction.application_id):
        sim.hub.deliver(session, Event("INTERACTION_CREATE", dumps(payload)))
    player = player_for(sim, interaction.application_id)
    if player is not None:
        sim.clock.spawn(player.play(payload), f"bot_plays_{interaction.id}")


def player_for(sim: Simulation, application_id: int) -> Player | None:
    """Return the built-in bot if the application is its own and no outside bot is connected for it."""
    player = sim.player
    is_its_own = player is not None and player.application_id == application_id
    return player if is_its_own and not _bots(sim, application_id) else None


def _bots(sim: Simulation, application_id: int) -> list[Session]:
    """Return the outside bots that are connected, of each only the shard that the interaction is for."""
    return [each for each in sim.hub.of_user(application_id) if each.line is not None]
