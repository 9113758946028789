"""What is around the accounts: strangers, another application, a second guild, a channel to read."""

from collections.abc import Callable
from random import Random

from bridge.sandbox.snowflake import made_at_ms
from bridge.sandbox.tokens import new_token
from bridge.sandbox.world.guilds import SEND_MESSAGES, Guild, TextChannel
from bridge.sandbox.world.threads import Thread
from bridge.sandbox.world.users import User
from bridge.sandbox.world.world import Application, World

__all__ = ["add_application", "add_surroundings"]

STRANGERS = (("maya", "Maya"), ("tom_b", "Tom"), ("lin", "Lin"))
SMALL = 1_204


def add_surroundings(world: World, parent: TextChannel, next_id: Callable[[], int], rng: Random) -> None:
    """Add to a world that has its accounts; all users are members of both guilds."""
    strangers = [User(next_id(), name, shown) for name, shown in STRANGERS]
    world.users |= {each.id: each for each in strangers}
    world.stranger_ids = [each.id for each in strangers]
    painter = User(next_id(), "Painter", None, is_bot=True)
    add_application(world, painter, strangers[0], "Pictures from prompts", new_token(painter.id, rng))
    news = TextChannel(next_id(), parent.guild_id, "announcements", denied=SEND_MESSAGES)
    small = Guild(next_id(), "Video Friends", strangers[0].id, SMALL)
    general = TextChannel(next_id(), small.id, "general")
    world.guilds[small.id] = small
    studio = _thread_of_all(world, parent, strangers[0], next_id())
    world.channels |= {each.id: each for each in (news, general, studio)}
    for guild_id in world.guilds:
        world.guild_members[guild_id] = set(world.users)


def add_application(world: World, bot: User, owner: User, description: str, token: str) -> None:
    """Add an application and its bot user."""
    world.users[bot.id] = bot
    world.applications[bot.id] = Application(bot.id, bot.username, description, token, owner.id)
    world.tokens[token] = bot.id


def _thread_of_all(world: World, parent: TextChannel, owner: User, thread_id: int) -> Thread:
    members = {*world.account_tokens, *world.stranger_ids, *world.applications}
    return Thread(
        id=thread_id,
        guild_id=parent.guild_id,
        parent_id=parent.id,
        owner_id=owner.id,
        name="studio",
        member_ids=frozenset(members),
        is_archived=False,
        archived_at_ms=made_at_ms(thread_id),
    )
