"""Examines accounts for the doctor: within a limit of time, and never twice at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from bridge.accounts import remedies
from bridge.accounts.condition import Condition
from bridge.app.profile import profile_of
from bridge.chat import Channel
from bridge.config.overrides import Overrides
from bridge.config.settings import Settings
from bridge.doctor.finding import error
from bridge.doctor.from_profile import wanted_by
from bridge.doctor.report import AlreadyExamined, Report, report_on
from bridge.doctor.seen import Seen

LIMIT_S: Final = 60.0
"""How long an examination takes at most: a login, and three rounds of requests."""
NO_TOKEN: Final = "The stored token cannot be decrypted: it is damaged, or encrypted with an unknown key"  # noqa: S105

Examine = Callable[[str, Channel, int], Awaitable[Seen]]
"""Returns what Discord shows to a token in a place; the number is the largest file that is sent."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """Examines accounts as the settings want them."""

    settings: Settings
    examine: Examine
    _places: set[str] = field(default_factory=set)

    async def report(self, token: str | None, place: Channel, condition: Condition | None = None) -> Report:
        """Return the report; raises `AlreadyExamined`. `condition` is that of the account's connection."""
        if token is None:
            return Report(place, (error("token", "token_unknown", NO_TOKEN, remedies.LOG_IN),), {})
        with self._alone(place):
            try:
                async with asyncio.timeout(LIMIT_S):
                    seen = await self.examine(token, place, self.settings.uploads.max_bytes)
            except TimeoutError:
                found = f"Discord did not answer within {LIMIT_S:g} s"
                return Report(place, (error("token", "token_unanswered", found, remedies.LATER),), {})
        wanted, kept = wanted_by(profile_of(self.settings)), _kept(self.settings)
        return report_on(seen, wanted, kept, is_allowed, condition)

    @contextmanager
    def _alone(self, place: Channel) -> Iterator[None]:
        if place.id in self._places:
            raise AlreadyExamined
        self._places.add(place.id)
        try:
            yield
        finally:
            self._places.discard(place.id)


def is_allowed(rows: Mapping[str, Any]) -> bool:
    """Return whether a configuration may have these rows under `bot:`."""
    try:
        Overrides.model_validate(dict(rows))
    except ValidationError:
        return False
    return True


def _kept(settings: Settings) -> dict[str, Any]:
    """Return the configured rows of commands, as they are written."""
    rows = settings.bot.commands
    return {verb: row.model_dump(mode="json", exclude_unset=True) for verb, row in rows.items()}
