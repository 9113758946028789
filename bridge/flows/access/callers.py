"""Who calls: the tokens, and what is known of their use."""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.access.api_token import ApiToken
from bridge.access.quotas import RequestWindows, Usage
from bridge.flows.access.known_tokens import KnownTokens
from bridge.flows.access.open_streams import OpenStreams
from bridge.flows.access.token_uses import TokenUses
from bridge.ports import Clock
from bridge.store.database import Database


@dataclass(frozen=True, slots=True)
class Callers:
    """Looks up, counts and limits the tokens of requests."""

    clock: Clock
    tokens: KnownTokens
    streams: OpenStreams
    uses: TokenUses
    requests: RequestWindows

    def admit(self, token: ApiToken) -> tuple[Usage, bool] | None:
        """Count a request of a token: the usage and whether it was within the quota, None without one."""
        self.uses.note(token)
        return self.requests.take(token.id, token.quotas, self.clock.monotonic_ms())


def callers_of(database: Database, clock: Clock, changed: Callable[[], None] = lambda: None) -> Callers:
    """Return the callers of a bridge; `changed` is called when tokens have changed, or tenants."""
    tokens = KnownTokens(database, clock, changed)
    return Callers(clock, tokens, OpenStreams(tokens, clock), TokenUses(database, clock), RequestWindows())
