"""The report on an account: all findings, and the rows of the configuration that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.accounts import remedies
from bridge.chat import Channel
from bridge.doctor.comparing import Comparison, compared
from bridge.doctor.finding import Finding, Level, error
from bridge.doctor.place import findings_of_place, held_permissions
from bridge.doctor.rows import rows_for
from bridge.doctor.seen import Seen, SeenChannel, Unseen
from bridge.doctor.wanted import Wanted

WORKS: Final = 0
DIFFERS: Final = 1
FAILS: Final = 2


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about one account; `rows` go under `bot:`, empty if none follow."""

    place: Channel
    findings: tuple[Finding, ...]
    rows: Mapping[str, Any]

    @property
    def outcome(self) -> int:
        """Return 0 if everything works, 1 with warnings, 2 if something cannot work."""
        levels = {each.level for each in self.findings}
        if Level.ERROR in levels:
            return FAILS
        return DIFFERS if Level.WARNING in levels else WORKS


def report_on(seen: Seen, wanted: Wanted, kept: Mapping[str, Any]) -> Report:
    """Return the report; `kept` are the configured rows of commands, with which the new ones are merged."""
    of_place = tuple(findings_of_place(seen))
    comparison = _compared(seen, wanted)
    if comparison is None:
        return Report(seen.place, of_place, {})
    return Report(seen.place, (*of_place, *comparison.findings), rows_for(comparison, kept))


def _compared(seen: Seen, wanted: Wanted) -> Comparison | None:
    if seen.index is None:
        return None
    if isinstance(seen.index, Unseen):
        remedy = seen.index.remedy or remedies.LATER
        return Comparison((error("commands", "commands_unanswered", seen.index.reason, remedy),))
    holder = seen.holder
    is_age_restricted = isinstance(holder, SeenChannel) and holder.is_age_restricted
    who = held_permissions(seen)
    return compared(wanted, seen.index, who, is_age_restricted=is_age_restricted or holder is None)
