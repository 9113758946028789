"""What to do after a gateway close code (Discord's documentation, "Gateway Close Event Codes")."""

from dataclasses import dataclass
from typing import Final

from bridge.sessions.trouble import Troubled, bad_token, refused_protocol, too_many_sessions

SESSION_GONE: Final = frozenset({1000, 1001, 4003, 4007, 4009})
TOKEN_REFUSED: Final = 4004
TOO_FAST: Final = 4008
PROTOCOL_REFUSED: Final = range(4010, 4015)
TOO_MANY_SESSIONS: Final = 4015


@dataclass(frozen=True, slots=True)
class Next:
    """How to reconnect: by RESUME or IDENTIFY, and whether more slowly than before."""

    is_resumable: bool
    reason: str
    is_too_fast: bool = False


def after_close(code: int | None, *, is_resumable: bool) -> Next:
    """Return how to reconnect after a close with `code`; raises `Troubled` if reconnecting cannot help.

    A troubled connection waits for a person (`Supervisor._wait_for_person`).
    """
    if code == TOKEN_REFUSED:
        raise Troubled(bad_token("the gateway refused the token (4004)"))
    if code in PROTOCOL_REFUSED:
        raise Troubled(refused_protocol(code or 0))
    if code == TOO_MANY_SESSIONS:
        raise Troubled(too_many_sessions())
    reason = (
        f"the gateway closed the connection ({code})" if code else "the gateway asked for a new connection"
    )
    return Next(
        is_resumable=is_resumable and code not in SESSION_GONE,
        reason=reason,
        is_too_fast=code == TOO_FAST,
    )
