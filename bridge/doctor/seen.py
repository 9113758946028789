"""What Discord has shown of an account and its place: the answers, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from bridge.chat import Channel
from bridge.offered import OfferedIndex

PRIVATE_THREAD: Final = 12
THREADS: Final = frozenset({10, 11, PRIVATE_THREAD})


@dataclass(frozen=True, slots=True)
class Unseen:
    """Discord did not show something: its HTTP status and its code, None without an answer.

    `remedy`: what a person can do about the connection, None if the answer is Discord's.
    """

    reason: str
    status: int | None = None
    code: int | None = None
    remedy: str | None = None

    @property
    def is_refused(self) -> bool:
        """Return whether Discord says that the account may not see it, or that it is not there."""
        return self.status in (403, 404)


@dataclass(frozen=True, slots=True)
class SeenUser:
    """The user of the token."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SeenServer:
    """The server; `roles` are the permissions of each role."""

    id: str
    name: str | None = None
    owner: str | None = None
    roles: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeenMember:
    """The account as a member of the server."""

    roles: frozenset[str] = frozenset()
    timed_out_until: str | None = None
    is_pending: bool = False


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies to a role or a member."""

    id: str
    allow: int
    deny: int


@dataclass(frozen=True, slots=True)
class SeenChannel:
    """A channel or thread; `server` None: it is in no server."""

    id: str
    server: str | None
    name: str | None = None
    kind: int | None = None
    parent: str | None = None
    is_archived: bool = False
    is_locked: bool = False
    is_age_restricted: bool = False
    overwrites: tuple[Overwrite, ...] = ()

    @property
    def is_thread(self) -> bool:
        """Return whether its permissions are those of its parent."""
        return self.kind in THREADS


@dataclass(frozen=True, slots=True)
class SeenUpload:
    """How large a file Discord should take, None if that is not known, and what it says of `tried` bytes."""

    limit: int | None
    tried: int
    refusal: Unseen | None = None


User: TypeAlias = SeenUser | Unseen
Server: TypeAlias = SeenServer | Unseen
Member: TypeAlias = SeenMember | Unseen
SomeChannel: TypeAlias = SeenChannel | Unseen
Index: TypeAlias = OfferedIndex | Unseen


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that was looked at; None: it was not, because of what was seen before.

    `holder` is the channel whose permissions count: the parent of a thread. `history` is why it cannot be
    read, None if it can.
    """

    place: Channel
    now_ms: int
    user: User
    server: Server | None = None
    member: Member | None = None
    channel: SomeChannel | None = None
    holder: SomeChannel | None = None
    history: Unseen | None = None
    upload: SeenUpload | None = None
    index: Index | None = None
