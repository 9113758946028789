"""The world as those who use the simulator need it: addresses, ids and tokens."""

from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json
from bridge.sandbox.world.threads import Thread

__all__ = ["account_threads", "view_spare_accounts", "view_world"]


def view_world(sim: Simulation) -> Json:
    """Return addresses without version, the guild, the first account's thread, the bot and all accounts."""
    application, *others = sim.world.applications.values()
    thread = account_threads(sim)[0]
    accounts = [
        {"token": token, "user_id": str(user_id)} for user_id, token in sim.world.account_tokens.items()
    ]
    return {
        "api_url": f"{sim.http_url}/api",
        "gateway_url": sim.gateway_url,
        "cdn_url": sim.http_url,
        "guild_id": str(thread.guild_id),
        "channel_id": str(thread.id),
        "application_id": str(application.id),
        "bot_token": application.token,
        "other_bots": [{"application_id": str(each.id), "token": each.token} for each in others],
        "places": _places(sim),
        "accounts": accounts,
        "spare_accounts": view_spare_accounts(sim),
    }


def view_spare_accounts(sim: Simulation) -> list[Json]:
    """Return all accounts but the first, each with its thread."""
    return [
        {
            "discord": sim.world.account_tokens[each.owner_id],
            "server": str(each.guild_id),
            "channel": str(each.id),
        }
        for each in account_threads(sim)[1:]
    ]


def account_threads(sim: Simulation) -> list[Thread]:
    """Return the thread of each account, the first account's first."""
    threads = [each for each in sim.world.channels.values() if isinstance(each, Thread)]
    return [each for each in threads if each.owner_id in sim.world.account_tokens]


def _places(sim: Simulation) -> list[Json]:
    """Return the channels and threads that belong to no account."""
    return [
        {"channel_id": str(each.id), "guild_id": str(each.guild_id), "name": each.name}
        for each in sim.world.channels.values()
        if not (isinstance(each, Thread) and each.owner_id in sim.world.account_tokens)
    ]
