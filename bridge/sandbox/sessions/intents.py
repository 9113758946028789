"""What a bot's session hears (Discord's docs, "Gateway", section "Gateway Intents")."""

from collections.abc import Mapping

from bridge.sandbox.sessions.session import Session
from bridge.sandbox.wire import Json

__all__ = ["KNOWN", "PRIVILEGED", "hears", "is_shown_content", "without_content"]

GUILDS, GUILD_MEMBERS, GUILD_PRESENCES, GUILD_MESSAGES = 1 << 0, 1 << 1, 1 << 8, 1 << 9
GUILD_MESSAGE_TYPING, MESSAGE_CONTENT = 1 << 11, 1 << 15
# Bit 17 (embedded activities) is undocumented; libraries that ask for it by default are let in.
KNOWN = sum(1 << bit for bit in (*range(18), 20, 21, 24, 25))
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
NEEDED: Mapping[str, int] = {
    "CHANNEL_UPDATE": GUILDS,
    "GUILD_CREATE": GUILDS,
    "THREAD_CREATE": GUILDS,
    "THREAD_UPDATE": GUILDS,
    "THREAD_MEMBERS_UPDATE": GUILDS,
    "MESSAGE_CREATE": GUILD_MESSAGES,
    "MESSAGE_UPDATE": GUILD_MESSAGES,
    "MESSAGE_DELETE": GUILD_MESSAGES,
    "TYPING_START": GUILD_MESSAGE_TYPING,
}
FOR_USERS = frozenset({"GUILD_APPLICATION_COMMAND_INDEX_UPDATE", "USER_REQUIRED_ACTION_UPDATE"})
EMPTY: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def hears(session: Session, name: str, guild_id: int) -> bool:
    """Tell whether an event of a guild is for this session; a user's session has no intents."""
    if not session.is_bot:
        return True
    number, count = session.shard
    if (guild_id >> 22) % count != number or name in FOR_USERS:
        return False
    needed = NEEDED.get(name, 0)
    return not needed or bool(session.intents & needed)


def is_shown_content(session: Session, message: Json) -> bool:
    """Tell whether a session sees what is written: a bot without the intent does if it wrote or is named."""
    if not session.is_bot or session.intents & MESSAGE_CONTENT or "content" not in message:
        return True
    own = str(session.user_id)
    return message["author"]["id"] == own or any(each["id"] == own for each in message.get("mentions", []))


def without_content(message: Json) -> Json:
    """Return a message as a bot without the intent gets it."""
    quoted = message.get("referenced_message")
    more = {"referenced_message": {**quoted, **EMPTY}} if quoted else {}
    return {**message, **EMPTY, **more}
