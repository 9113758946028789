"""Which of a server's bots is the one that is meant."""

from bridge.doctor.wanted import Wanted
from bridge.offered import PREFERRED, OfferedApplication, OfferedIndex


def bot_of(wanted: Wanted, index: OfferedIndex) -> OfferedApplication | None:
    """Return the bot: that of the settings, that of its name, or the one with most of the commands."""
    if wanted.application_id is not None:
        return index.application(wanted.application_id) or _without_name(wanted.application_id, index)
    known = {each.id: each for each in index.applications}
    for each in index.commands:
        if each.application is not None:
            known.setdefault(each.application, OfferedApplication(each.application, ""))
    named = [each for each in known.values() if each.name.strip().casefold() == PREFERRED]
    named = named or [each for each in known.values() if PREFERRED in each.name.casefold()]
    counted = [(_matches(each, wanted, index), each) for each in named or known.values()]
    best = max(counted, key=lambda each: each[0], default=None)
    return best[1] if best is not None and (best[0] or named) else None


def _without_name(application_id: str, index: OfferedIndex) -> OfferedApplication | None:
    has_commands = any(each.application == application_id for each in index.commands)
    return OfferedApplication(application_id, "") if has_commands else None


def _matches(application: OfferedApplication, wanted: Wanted, index: OfferedIndex) -> int:
    own = [each for each in index.commands if each.application == application.id]
    return sum(any(each.is_named(one.name) for each in own) for one in wanted.commands)
