"""What everything that works for one account needs: the account, its session, ports, profile and timing."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.accounts.account import Account
from bridge.accounts.condition import Condition
from bridge.accounts.notice import KnownNotices
from bridge.flows.step import Now
from bridge.flows.timing import Timing
from bridge.metrics.messages import MessageMetrics
from bridge.pixverse.profile import Profile
from bridge.ports import Clock, Notifier
from bridge.sessions.port import Session
from bridge.store.database import Database
from bridge.tracing.tracing import NO_TRACING, Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountContext:
    """One account at work: as it was started, with what it works on. `listened_ms` is its listening time.

    `lease_left_s` returns for how many seconds it is certain that no other process runs the account; the
    `database` refuses writes when another one does, and `unfenced` does not.
    """

    account: Account
    session: Session
    database: Database
    unfenced: Database
    notifier: Notifier
    clock: Clock
    profile: Profile
    timing: Timing
    listened_ms: Callable[[], int]
    lease_left_s: Callable[[], float]
    metrics: MessageMetrics = field(default_factory=MessageMetrics)
    tracing: Tracing = NO_TRACING
    notices: KnownNotices = field(default_factory=KnownNotices)

    def condition(self) -> Condition:
        """Return the condition of the account: that of its connection, unless it is out of credits."""
        return self.notices.condition(self.session.condition, self.clock.now_ms())

    def now(self) -> Now:
        """Return the time, and the account's listening time."""
        return Now(self.clock.now_ms(), self.listened_ms())
