"""How large a file Discord takes from an account: by its subscription, or by its server's boosts.

Discord's documentation does not list the limits; these are as its clients state them (2026). A subscription
that is not known here has no limit here either: then Discord's answer decides.
"""

from collections.abc import Mapping
from typing import Final

from bridge.sessions.selfbot.raw_json import Raw, inner, objects, snowflake, whole

MIB: Final = 1024 * 1024
BY_SUBSCRIPTION: Final[Mapping[int, int]] = {0: 10 * MIB, 1: 50 * MIB, 2: 500 * MIB, 3: 50 * MIB}
"""By `premium_type`: none, Nitro Classic, Nitro, Nitro Basic."""
BY_BOOSTS: Final[Mapping[int, int]] = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}
"""By a server's `premium_tier`."""


class FileLimits:
    """What the gateway says of the account of a connection and of its servers."""

    def __init__(self) -> None:
        self._own: int | None = None
        self._of_guild: dict[str, int | None] = {}

    def learn(self, ready: Raw) -> None:
        """Read READY, after which nothing older counts."""
        self.learn_account(inner(ready, "user") or {})
        self._of_guild.clear()
        for guild in objects(ready, "guilds"):
            self.learn_guild(guild)

    def learn_account(self, user: Raw) -> None:
        """Read the account itself, in READY or USER_UPDATE."""
        self._own = BY_SUBSCRIPTION.get(_level(user, "premium_type"))

    def learn_guild(self, guild: Raw) -> None:
        """Read a server, in READY, GUILD_CREATE or GUILD_UPDATE; READY may nest its properties."""
        if guild_id := snowflake(guild, "id"):
            self._of_guild[guild_id] = BY_BOOSTS.get(
                _level(inner(guild, "properties") or guild, "premium_tier")
            )

    def of(self, guild: str) -> int | None:
        """Return how many bytes a file for a server may have, None while that is not known."""
        of_guild = self._of_guild.get(guild)
        return None if self._own is None or of_guild is None else max(self._own, of_guild)


def _level(raw: Raw, key: str) -> int:
    level = whole(raw, key)
    return -1 if level is None else level
