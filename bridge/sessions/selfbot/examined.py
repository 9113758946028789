"""Reads what Discord shows of a user, a server, its member and a channel."""

from typing import Final

from bridge.doctor.seen import Overwrite, SeenChannel, SeenMember, SeenServer, SeenUser
from bridge.sessions.selfbot.raw_json import inner, mapping, objects, snowflake, text, truth, whole

MOST_DIGITS: Final = 30


def user_of(content: object) -> SeenUser:
    """Return the user of the token."""
    raw = mapping(content) or {}
    return SeenUser(snowflake(raw, "id") or "", text(raw, "username"))


def server_of(content: object, its_id: str) -> SeenServer:
    """Return a server."""
    raw = mapping(content) or {}
    roles = {
        role: bits_of(each.get("permissions")) or 0
        for each in objects(raw, "roles")
        if (role := snowflake(each, "id"))
    }
    return SeenServer(snowflake(raw, "id") or its_id, text(raw, "name"), snowflake(raw, "owner_id"), roles)


def member_of(content: object) -> SeenMember:
    """Return a member of a server."""
    raw = mapping(content) or {}
    roles = raw.get("roles")
    listed = roles if isinstance(roles, list) else []
    return SeenMember(
        frozenset(str(each) for each in listed if isinstance(each, str | int)),
        text(raw, "communication_disabled_until"),
        truth(raw, "pending"),
    )


def channel_of(content: object) -> SeenChannel:
    """Return a channel or a thread."""
    raw = mapping(content) or {}
    state = inner(raw, "thread_metadata")
    return SeenChannel(
        id=snowflake(raw, "id") or "",
        server=snowflake(raw, "guild_id"),
        name=text(raw, "name"),
        kind=whole(raw, "type"),
        parent=snowflake(raw, "parent_id"),
        is_archived=truth(state, "archived"),
        is_locked=truth(state, "locked"),
        is_age_restricted=truth(raw, "nsfw"),
        overwrites=tuple(
            Overwrite(who, bits_of(each.get("allow")) or 0, bits_of(each.get("deny")) or 0)
            for each in objects(raw, "permission_overwrites")
            if (who := snowflake(each, "id"))
        ),
    )


def bits_of(value: object) -> int | None:
    """Return a set of permissions: Discord writes it as the text of a number, or as a number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int):
        return value if value >= 0 else None
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= MOST_DIGITS else None
