"""Why a connection ended: `Lost` (it is retried) or `Troubled` (a person must act)."""

import traceback
from dataclasses import dataclass

from bridge.accounts import remedies
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
    return Trouble(Standing.BAD_TOKEN, reason, remedies.LOG_IN)


def captcha() -> Trouble:
    """Return the trouble of an account for which Discord asks for a captcha."""
    return Trouble(Standing.NEEDS_HUMAN, "Discord asks this account for a captcha", remedies.NO_CAPTCHA)


def action_required(action: str) -> Trouble:
    """Return the trouble of an account that Discord has locked until its owner acts."""
    return Trouble(
        Standing.NEEDS_HUMAN, f"Discord requires an action of this account: {action}", remedies.ACT
    )


def forbidden(reason: str) -> Trouble:
    """Return the trouble of an account without the required permissions."""
    return Trouble(Standing.NEEDS_HUMAN, reason, remedies.ALLOW)


def not_in_server(reason: str) -> Trouble:
    """Return the trouble of an account that is not a member of the server."""
    return Trouble(Standing.NEEDS_HUMAN, reason, remedies.JOIN, ends_with_access=True)


def no_access(reason: str = "this account does not see the channel or thread") -> Trouble:
    """Return the trouble of an account that may not see its channel, or is not in its private thread."""
    return Trouble(Standing.NEEDS_HUMAN, reason, remedies.ADD_TO_THREAD, ends_with_access=True)


def no_such_channel() -> Trouble:
    """Return the trouble of a channel id that Discord does not know."""
    return Trouble(
        Standing.NEEDS_HUMAN,
        "there is no such channel or thread",
        remedies.COPY_THREAD,
        ends_with_access=True,
    )


def channel_gone() -> Trouble:
    """Return the trouble of a channel or thread that no longer exists."""
    return Trouble(
        Standing.NEEDS_HUMAN, "the channel or thread does not exist any more", remedies.OTHER_CHANNEL
    )


def too_many_sessions() -> Trouble:
    """Return the trouble of an account with too many gateway sessions."""
    return Trouble(
        Standing.NEEDS_HUMAN, "Discord counts too many sessions of this account (4015)", remedies.CLOSE_OTHERS
    )


def refused_protocol(code: int) -> Trouble:
    """Return the trouble of a connection that the gateway refuses for good: a bug of the bridge."""
    return Trouble(Standing.STOPPED, f"the gateway refused the connection for good ({code})", remedies.UPDATE)


def trace_of(error: BaseException) -> str:
    """Return the type and location of an error, without its text, which may contain secrets."""
    steps = (
        f"{step.filename}:{step.lineno} {step.name}" for step in traceback.extract_tb(error.__traceback__)
    )
    return " > ".join([*steps, type(error).__name__])
