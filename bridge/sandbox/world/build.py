"""The world at the start: one large guild, the PixVerse application, accounts with a private thread each."""

import base64
import string
from itertools import count
from random import Random

from bridge.sandbox.snowflake import snowflake_of
from bridge.sandbox.world.commands import pixverse_commands
from bridge.sandbox.world.guilds import Guild, TextChannel
from bridge.sandbox.world.threads import Thread
from bridge.sandbox.world.users import User
from bridge.sandbox.world.world import Application, World

__all__ = ["MEMBER_COUNT", "build_world", "new_token"]

MEMBER_COUNT = 812_345
BEGUN_MS = 1_690_000_000_000
TOKEN_LETTERS = string.ascii_letters + string.digits + "-_"


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
    _add_application(world, _add_user(world, bot), owner, rng)
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
    world.guild_members[guild.id] = set(world.users)
    return world


def new_token(user_id: int, rng: Random) -> str:
    """Make a token in Discord's form: the id in base64, then two parts that nobody can guess."""
    first = base64.urlsafe_b64encode(str(user_id).encode()).decode().rstrip("=")
    return ".".join([first, *("".join(rng.choices(TOKEN_LETTERS, k=length)) for length in (6, 38))])


def _add_user(world: World, user: User) -> User:
    world.users[user.id] = user
    return user


def _add_application(world: World, bot: User, owner: User, rng: Random) -> None:
    token = new_token(bot.id, rng)
    world.applications[bot.id] = Application(bot.id, bot.username, "Videos from prompts", token, owner.id)
    world.tokens[token] = bot.id


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
