"""The report on an account: all findings, and the rows of the configuration that follow from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bridge.accounts import remedies
from bridge.accounts.condition import Condition
from bridge.chat import Channel
from bridge.doctor.comparing import Comparison, compared
from bridge.doctor.finding import Finding, Level, error, fine, warning
from bridge.doctor.place import findings_of_place, held_permissions
from bridge.doctor.rows import IsAllowed, rows_for
from bridge.doctor.seen import Seen, SeenChannel, Unseen
from bridge.doctor.wanted import Wanted
from bridge.offered import OfferedCommand

WORKS: Final = 0
DIFFERS: Final = 1
FAILS: Final = 2
OUTCOMES: Final = ("works", "warnings", "fails")


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about one account; `rows` go under `bot:`, empty if none follow.

    `commands` are those of the bot.
    """

    place: Channel
    findings: tuple[Finding, ...]
    rows: Mapping[str, Any]
    commands: Sequence[OfferedCommand] = ()

    @property
    def outcome(self) -> int:
        """Return 0 if everything works, 1 with warnings, 2 if something cannot work."""
        levels = {each.level for each in self.findings}
        if Level.ERROR in levels:
            return FAILS
        return DIFFERS if Level.WARNING in levels else WORKS


class AlreadyExamined(Exception):
    """The account is being examined at this moment."""


def as_object(report: Report) -> dict[str, Any]:
    """Return a report as the JSON object that the API and `doctor --json` answer with."""
    return {
        "channel": report.place.id,
        "server": report.place.guild,
        "outcome": OUTCOMES[report.outcome],
        "findings": [finding_as_object(each) for each in report.findings],
        "rows": dict(report.rows),
    }


def finding_as_object(finding: Finding) -> dict[str, Any]:
    """Return a finding as a JSON object."""
    told = {
        "about": finding.about,
        "code": finding.code,
        "level": finding.level.value,
        "found": finding.found,
        "remedy": finding.remedy,
    }
    return {name: value for name, value in told.items() if value is not None}


def report_on(
    seen: Seen,
    wanted: Wanted,
    kept: Mapping[str, Any],
    is_allowed: IsAllowed,
    condition: Condition | None = None,
) -> Report:
    """Return the report; `kept` are the configured rows of commands, with which the new ones are merged.
    Only rows that are allowed are in it.

    `condition` is that of the account's connection, None if nobody has connected it.
    """
    of_place = (*_of_connection(condition), *findings_of_place(seen))
    comparison = _compared(seen, wanted)
    if comparison is None:
        return Report(seen.place, of_place, {})
    rows = rows_for(comparison, kept, is_allowed)
    return Report(seen.place, (*of_place, *comparison.findings), rows, comparison.commands)


def _of_connection(condition: Condition | None) -> Iterator[Finding]:
    if condition is None:
        return
    reason = condition.reason or condition.standing.value
    if condition.is_unusable:
        yield error("connection", "needs_person", reason, condition.remedy)
    elif not condition.is_connected:
        yield warning(
            "connection", "not_connected", f"the bridge is not connected: {reason}", condition.remedy
        )
    else:
        yield fine("connection", "the bridge is connected with this account")


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
