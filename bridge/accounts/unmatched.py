"""Videos of the bot for an account's user that no job got."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Video:
    """A video that no job got: when it was posted, and why."""

    message_id: str
    at_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class UnmatchedVideos:
    """How many there are since the account started, and the newest one."""

    count: int = 0
    newest: Video | None = None
