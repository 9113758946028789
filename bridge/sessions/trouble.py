"""Why a connection ended: `Lost` (it is retried) or `Troubled` (a person must act)."""

import traceback
from dataclasses import dataclass

from bridge.accounts.condition import Standing
from bridge.sessions.outage import Outage


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem that waiting does not fix; `remedy` is one sentence for the user.

    `ends_with_access`: it ends by itself when the account sees its channel.
    """

    standing: Standing
    reason: str
    remedy: str
    ends_with_access: bool = False


class Lost(Exception):
    """The connection has ended and must be opened again; `outage` says why and contains no secret.

    `asked_s`: how many seconds Discord asks to wait before that.
    """

    def __init__(self, outage: Outage, asked_s: float = 0) -> None:
        super().__init__(outage.reason)
        self.outage = outage
        self.asked_s = asked_s


class Troubled(Exception):
    """The connection has ended and must not be opened again before a person has acted."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reason)
        self.trouble = trouble


def bad_token(reason: str) -> Trouble:
    """Return the trouble of a token that Discord no longer accepts."""
    remedy = "Log in to Discord with this account, copy its token and post the account again with it."
    return Trouble(Standing.BAD_TOKEN, reason, remedy)


def captcha() -> Trouble:
    """Return the trouble of an account for which Discord asks for a captcha."""
    remedy = "Use the account in Discord's own client until no captcha is asked, then post it again."
    return Trouble(Standing.NEEDS_HUMAN, "Discord asks this account for a captcha", remedy)


def action_required(action: str) -> Trouble:
    """Return the trouble of an account that Discord has locked until its owner acts."""
    remedy = "Open Discord's own client with this account, do what it asks for, then post the account again."
    return Trouble(Standing.NEEDS_HUMAN, f"Discord requires an action of this account: {action}", remedy)


def forbidden(reason: str) -> Trouble:
    """Return the trouble of an account without the required permissions."""
    remedy = (
        "Check in Discord that the account is a member of the server and of the thread "
        "and may run commands there, then post the account again."
    )
    return Trouble(Standing.NEEDS_HUMAN, reason, remedy)


def not_in_server(reason: str) -> Trouble:
    """Return the trouble of an account that is not a member of the server."""
    remedy = "Join the server with this account and open the thread; the bridge notices it by itself."
    return Trouble(Standing.NEEDS_HUMAN, reason, remedy, ends_with_access=True)


def no_access(reason: str = "this account does not see the channel or thread") -> Trouble:
    """Return the trouble of an account that may not see its channel, or is not in its private thread."""
    remedy = (
        "Add this account to the thread in Discord, which the bridge notices by itself, "
        "or post the account again with a channel that it sees."
    )
    return Trouble(Standing.NEEDS_HUMAN, reason, remedy, ends_with_access=True)


def no_such_channel() -> Trouble:
    """Return the trouble of a channel id that Discord does not know."""
    remedy = "Copy the id of the thread in Discord, and post the account again with it."
    return Trouble(Standing.NEEDS_HUMAN, "there is no such channel or thread", remedy, ends_with_access=True)


def channel_gone() -> Trouble:
    """Return the trouble of a channel or thread that no longer exists."""
    remedy = "Post the account again with a channel or thread that exists."
    return Trouble(Standing.NEEDS_HUMAN, "the channel or thread does not exist any more", remedy)


def too_many_sessions() -> Trouble:
    """Return the trouble of an account with too many gateway sessions."""
    remedy = "Close other programs that use this account, then post the account again."
    return Trouble(Standing.NEEDS_HUMAN, "Discord counts too many sessions of this account (4015)", remedy)


def refused_protocol(code: int) -> Trouble:
    """Return the trouble of a connection that the gateway refuses for good: a bug of the bridge."""
    remedy = "This is a fault of the bridge or its Discord library: update the bridge."
    return Trouble(Standing.STOPPED, f"the gateway refused the connection for good ({code})", remedy)


def trace_of(error: BaseException) -> str:
    """Return the type and location of an error, without its text, which may contain secrets."""
    steps = (
        f"{step.filename}:{step.lineno} {step.name}" for step in traceback.extract_tb(error.__traceback__)
    )
    return " > ".join([*steps, type(error).__name__])
