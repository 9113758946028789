"""Private threads (Discord's docs, "Channel", type 12): only members see them."""

from dataclasses import dataclass

from bridge.sandbox.snowflake import made_at_ms
from bridge.sandbox.wire import Json, timestamp

__all__ = ["PRIVATE_THREAD", "Thread", "view_thread"]

PRIVATE_THREAD = 12
MOST_SHOWN = 5


@dataclass(frozen=True)
class Thread:
    """A private thread under a text channel."""

    id: int
    guild_id: int
    parent_id: int
    owner_id: int
    name: str
    member_ids: frozenset[int]
    is_archived: bool
    archived_at_ms: int
    is_locked: bool = False


def view_thread(thread: Thread, last_message_id: int | None, message_count: int, viewer_id: int) -> Json:
    """Show a thread; `member` is there for its members only."""
    made = timestamp(made_at_ms(thread.id))
    seen: Json = {
        "id": str(thread.id),
        "type": PRIVATE_THREAD,
        "guild_id": str(thread.guild_id),
        "parent_id": str(thread.parent_id),
        "owner_id": str(thread.owner_id),
        "name": thread.name,
        "last_message_id": str(last_message_id) if last_message_id else None,
        "last_pin_timestamp": None,
        "message_count": message_count,
        "total_message_sent": message_count,
        "member_count": len(thread.member_ids),
        "member_ids_preview": [str(user_id) for user_id in sorted(thread.member_ids)[:MOST_SHOWN]],
        "rate_limit_per_user": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": thread.is_archived,
            "auto_archive_duration": 10080,
            "archive_timestamp": timestamp(thread.archived_at_ms),
            "locked": thread.is_locked,
            "invitable": True,
            "create_timestamp": made,
        },
    }
    if viewer_id in thread.member_ids:
        seen["member"] = {
            "id": str(thread.id),
            "user_id": str(viewer_id),
            "join_timestamp": made,
            "flags": 1,
            "muted": False,
            "mute_config": None,
        }
    return seen
