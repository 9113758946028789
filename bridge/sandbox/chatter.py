"""Others in the same thread: users who talk, a bot that shows pictures, PixVerse jobs that they start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from bridge.sandbox.acts.joining import join
from bridge.sandbox.acts.posting import edit, post
from bridge.sandbox.acts.starting import hand_over, new_interaction_token, player_for
from bridge.sandbox.files import Upload
from bridge.sandbox.interactions import COMMAND, Interaction
from bridge.sandbox.media import picture, unique_video
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.world.threads import Thread
from bridge.sandbox.world.users import User
from bridge.sandbox.world.world import Channel

__all__ = ["KINDS", "Order", "begin_chatter", "end_chatter"]

PROMPTS = ("a cat on a roof", "a dog in the rain", "two robots dancing", "a house by the sea")
REMARKS = (
    "nice one!",
    "prompt: a cat style: Anime",
    "We are making videos. We will notify you when it's done.",
    "how did you do that?",
    "😀 **wow** ||look||",
)


@dataclass(frozen=True)
class Order:
    """Who says how much where: `per_second` things of the `kinds` in turn, for `seconds` or for ever."""

    channel_id: int
    per_second: float = 1.0
    kinds: Sequence[str] = ("users", "bots", "jobs")
    prompt: str | None = None
    times: int | None = None


def begin_chatter(sim: Simulation, order: Order) -> None:
    """Let others join the thread and talk until they are stopped."""
    sim.crowd.append(sim.clock.spawn(_talk(sim, order), f"chatter_{order.channel_id}"))


def end_chatter(sim: Simulation) -> int:
    """Let nobody talk any more; return how many conversations there were."""
    crowd, sim.crowd = [each for each in sim.crowd if not each.done()], []
    for task in crowd:
        task.cancel()
    return len(crowd)


async def _talk(sim: Simulation, order: Order) -> None:
    strangers = [sim.world.users[each] for each in sim.world.stranger_ids]
    channel = sim.world.channels[order.channel_id]
    if isinstance(channel, Thread):
        join(sim, channel, [each.id for each in strangers])
    turns = zip(cycle(order.kinds), cycle(strangers), cycle(range(len(PROMPTS))), strict=False)
    for kind, stranger, number in islice(turns, order.times):
        channel = sim.world.channels[order.channel_id]
        KINDS[kind](sim, channel, stranger, order.prompt or PROMPTS[number])
        await sim.clock.sleep(1 / order.per_second)


def _remark(sim: Simulation, channel: Channel, stranger: User, _prompt: str) -> None:
    """Say something, and every other time correct it."""
    count = sim.world.histories[channel.id].count
    text = REMARKS[count % len(REMARKS)]
    message = post(sim, stranger, channel, {"content": text}, [])
    if count % 2:
        edit(sim, stranger, channel, message.id, {"content": f"{text} (edited)"}, [])


def _picture(sim: Simulation, channel: Channel, stranger: User, prompt: str) -> None:
    """Let the other bot show what it made: with files, buttons and a mention, as PixVerse does."""
    painter = sim.world.users[list(sim.world.applications)[1]]
    button = {"type": 2, "style": 2, "label": "U1", "custom_id": f"painter-{sim.ids.next()}"}
    body = {
        "content": f"<@{stranger.id}> (prompt: {prompt}) Author: <@{stranger.id}>",
        "components": [{"type": 1, "components": [button]}],
    }
    files = [Upload("painting.png", picture()), Upload("painting.mp4", unique_video(prompt))]
    post(sim, painter, channel, body, files)


def _job(sim: Simulation, channel: Channel, stranger: User, prompt: str) -> None:
    """Let a stranger order videos of PixVerse."""
    application_id = next(iter(sim.world.applications))
    command = next((each for each in sim.world.commands.values() if each["name"] == "create"), None)
    if command is None:
        return
    values = {"prompt": prompt, "style": "Anime"}
    options = [{"name": name, "type": 3, "value": value} for name, value in values.items()]
    interaction = Interaction(
        id=sim.ids.next(),
        token=new_interaction_token(sim),
        kind=COMMAND,
        application_id=application_id,
        user_id=stranger.id,
        guild_id=channel.guild_id,
        channel_id=channel.id,
        session_id=None,
        nonce=None,
        data={"id": command["id"], "name": "create", "type": 1, "options": options},
        created_ms=sim.clock.now_ms(),
    )
    player = player_for(sim, application_id)
    if player is not None:
        interaction.words = player.words(interaction.kind, interaction.data)
    sim.interactions.keep(interaction)
    hand_over(sim, interaction)


KINDS: Mapping[str, Callable[[Simulation, Channel, User, str], None]] = {
    "users": _remark,
    "bots": _picture,
    "jobs": _job,
}
