"""Repeats what an account does. What raises is logged and keeps nothing else of the account from its turn."""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bridge.flows.context import AccountContext
from bridge.ports import MINUTE_MS
from bridge.store.database import StoreUnavailable
from bridge.store.fenced import LeaseLost

log = structlog.get_logger(__name__)

AFTER_ERROR_S: Final = 1.0
"""The pause before something that has raised, or that a full disk refuses, is tried again."""
LOG_AGAIN_MS: Final = MINUTE_MS
"""How long what keeps raising is not logged again."""


class Loops:
    """Runs the passes of one account, each under a name by which its errors are logged."""

    def __init__(self, context: AccountContext) -> None:
        self._context = context
        self._logged_ms: dict[str, int] = {}

    async def repeat(self, name: str, run: Callable[[], Awaitable[object]]) -> None:
        """Run a pass again and again until cancelled, after a pause if it raised."""
        while True:
            if not await self.attempt(name, run):
                await self._context.clock.sleep(AFTER_ERROR_S)

    async def attempt(self, name: str, run: Callable[[], Awaitable[object]]) -> bool:
        """Run a pass once; return False if it raised."""
        try:
            await run()
        except LeaseLost:
            return False
        except StoreUnavailable as error:
            if self._is_to_be_logged(f"{name} waits"):
                reason = str(error)
                log.warning("pass_waits", loop=name, reason=reason)
            return False
        except Exception:
            if self._is_to_be_logged(name):
                log.exception("pass_failed", loop=name)
            return False
        return True

    def _is_to_be_logged(self, name: str) -> bool:
        now_ms = self._context.clock.monotonic_ms()
        if now_ms - self._logged_ms.get(name, now_ms - LOG_AGAIN_MS) < LOG_AGAIN_MS:
            return False
        self._logged_ms[name] = now_ms
        return True
