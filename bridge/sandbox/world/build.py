"""The world at the start: one large guild, the PixVerse application, accounts with a private thread each."""

from itertools import count
from random import Random

from bridge.sandbox.snowflake import snowflake_of
from bridge.sandbox.tokens import new_token
from bridge.sandbox.world.commands import pixverse_commands
from bridge.sandbox.world.guilds import Guild, TextChannel
from bridge.sandbox.world.surroundings import add_application, add_surroundings
from bridge.sandbox.world.threads import Thread
from bridge.sandbox.world.users import User
from bridge.sandbox.world.world import World

__all__ = ["MEMBER_COUNT", "build_world"]

MEMBER_COUNT = 812_345
BEGUN_MS = 1_690_000_000_000


def build_world(accounts: int, rng: Random) -> World:
    """Make a world in the past; equal seeds of `rng` make equal worlds."""
    world = World()
    minutes = count()

    def next_id() -> int:
        return snowflake_of(BEGUN_MS + next(minutes) * 60_000) + rng.randrange(1 << 22)

    owner = _add_user(world, User(next_id(), "pixverse_owner", "Owner"))
    guild = Guild(next_id(), "PixVerse", owner.id, MEMBER_COUNT)
    world.guilds[guild.id] = guild
    bot = User(next_id(), "PixVerse", None, is_bot=True)
    add_application(world, bot, owner, "Videos from prompts", new_token(bot.id, rng))
    for command in pixverse_commands(bot.id, next_id):
        world.commands[int(command["id"])] = command
    world.index_version = next_id()
    parent = TextChannel(next_id(), guild.id, "generate")
    world.channels[parent.id] = parent
    for number in range(1, accounts + 1):
        user = _add_user(world, User(next_id(), f"account{number}", f"Account {number}"))
        world.give_token(user.id, new_token(user.id, rng))
        thread = _thread_of(user, bot, parent, next_id())
        world.channels[thread.id] = thread
    add_surroundings(world, parent, next_id, rng)
    return world


def _add_user(world: World, user: User) -> User:
    world.users[user.id] = user
    return user


def _thread_of(user: User, bot: User, parent: TextChannel, thread_id: int) -> Thread:
    return Thread(
        id=thread_id,
        guild_id=parent.guild_id,
        parent_id=parent.id,
        owner_id=user.id,
        name=f"{user.username}'s videos",
        member_ids=frozenset({user.id, bot.id}),
        is_archived=False,
        archived_at_ms=BEGUN_MS,
    )
