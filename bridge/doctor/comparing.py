"""Compares the commands that the bridge runs with those that the bot offers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.accounts import remedies
from bridge.doctor.bot import bot_of
from bridge.doctor.finding import Finding, error, fine, note, warning
from bridge.doctor.options import findings_of_options
from bridge.doctor.pairing import renamed_commands, renamed_options
from bridge.doctor.permissions import Permissions, may_run
from bridge.doctor.wanted import Wanted, WantedCommand
from bridge.offered import PREFERRED, OfferedApplication, OfferedCommand, OfferedIndex, OfferedOption

GUILD: Final = 0
MOST_NAMED: Final = 25
ADD_BOT: Final = (
    "Add the PixVerse bot to the server, or set bot.application_id to the id of the bot that is meant."
)
GONE: Final = "Submit other commands, or set bot.commands to a command that does the same."
NO_SUBCOMMANDS: Final = "The bridge runs no subcommands: report this, with the output of doctor --json."
AGE_GATE: Final = "Take a channel that is marked as age-restricted."
ANOTHER_RIGHT: Final = (
    "Let a moderator allow the command: Server Settings, Integrations, the bot, for this account and channel."
)


@dataclass(frozen=True, slots=True)
class Fit:
    """The bot's command for a verb, with its options by field."""

    wanted: WantedCommand
    command: OfferedCommand
    options: Mapping[str, OfferedOption]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found, and which commands fit; `application_id` is what has to be set, None for nothing.

    `commands` are all of the bot.
    """

    findings: tuple[Finding, ...]
    fits: tuple[Fit, ...] = ()
    application_id: str | None = None
    commands: tuple[OfferedCommand, ...] = ()


def compared(
    wanted: Wanted, index: OfferedIndex, who: Permissions | None, *, is_age_restricted: bool
) -> Comparison:
    """Return what differs; `who` are the account's permissions, None if they are not known."""
    bot = bot_of(wanted, index)
    if bot is None:
        return Comparison((_no_bot(wanted, index),))
    own = [each for each in index.commands if each.application == bot.id]
    exact = {each.verb: named[0] for each in wanted.commands if (named := _named(own, each.name))}
    taken = {each.position for each in exact.values()}
    slashes = [each for each in own if each.is_slash and not _has_subcommands(each)]
    free = [each for each in slashes if each.position not in taken]
    missing = [each for each in wanted.commands if each.verb not in exact]
    found = {**exact, **renamed_commands(missing, free)}
    fits = tuple(_fit(each, found[each.verb]) for each in wanted.commands if each.verb in found)
    is_mixed_up = _is_mixed_up(wanted, index, bot)
    findings = (
        *_of_verbs(wanted, index, bot, {fit.wanted.verb: fit for fit in fits}),
        *_of_use(fits, index, who, is_age_restricted=is_age_restricted),
        *([_several_bots(bot)] if is_mixed_up and not _is_stolen(wanted, index, bot) else []),
    )
    used = {fit.command.position for fit in fits}
    unused = tuple(each for each in own if each.is_slash and each.position not in used)
    bad = [each for each in findings if not each.is_fine]
    told = findings if bad else (fine("commands", f"the server offers {_listed(fits)}"), *findings)
    application_id = bot.id if is_mixed_up else None
    return Comparison((*told, *_unused(unused)), fits, application_id, tuple(own))


def _named(commands: Sequence[OfferedCommand], name: str) -> list[OfferedCommand]:
    return [each for each in commands if each.is_named(name)]


def _fit(wanted: WantedCommand, command: OfferedCommand) -> Fit:
    options = {each.name: found for each in wanted.fields if (found := command.option(each.option))}
    taken = {each.name for each in options.values()}
    missing = [each for each in wanted.fields if each.name not in options]
    free = [each for each in command.options if each.name not in taken and not each.is_nested]
    return Fit(wanted, command, {**options, **renamed_options(missing, free)})


def _of_verbs(
    wanted: Wanted, index: OfferedIndex, bot: OfferedApplication, fits: Mapping[str, Fit]
) -> Iterator[Finding]:
    for each in wanted.commands:
        fit = fits.get(each.verb)
        if fit is None:
            yield _missing(each, index, bot)
            continue
        if not fit.command.is_named(each.name):
            yield _renamed(each, fit.command, index, bot)
        if _has_subcommands(fit.command):
            found = f"/{fit.command.name} has subcommands now"
            yield error(each.verb, "command_has_subcommands", found, NO_SUBCOMMANDS)
        else:
            yield from findings_of_options(each, fit.command, fit.options)


def _missing(wanted: WantedCommand, index: OfferedIndex, bot: OfferedApplication) -> Finding:
    other = _elsewhere(wanted, index, bot)
    if other is not None:
        return _of_another(wanted, other)
    for each in index.commands:
        path = _path_to(each, wanted.name) if each.application == bot.id else None
        if path is not None:
            found = f"/{wanted.name} is a subcommand now: /{path}"
            return error(wanted.verb, "command_moved", found, NO_SUBCOMMANDS)
        if each.application == bot.id and wanted.name in (each.name, each.shown):
            found = f"/{wanted.name} is not typed any more, but chosen from a menu of users or messages"
            return error(wanted.verb, "command_no_slash", found, GONE)
    return error(wanted.verb, "command_missing", f"the server does not offer /{wanted.name}", GONE)


def _renamed(
    wanted: WantedCommand, command: OfferedCommand, index: OfferedIndex, bot: OfferedApplication
) -> Finding:
    other = _elsewhere(wanted, index, bot)
    is_anothers = f", and /{wanted.name} is one of the bot {_name_of(other)}" if other is not None else ""
    found = f"/{wanted.name} seems to be called /{command.name} now{is_anothers}"
    return error(wanted.verb, "command_renamed", found, remedies.ROWS)


def _elsewhere(
    wanted: WantedCommand, index: OfferedIndex, bot: OfferedApplication
) -> OfferedApplication | None:
    """Return the other bot whose command of that name would be run."""
    named = _named(index.commands, wanted.name)
    if not named or any(each.application == bot.id for each in named):
        return None
    return index.application(named[0].application) or OfferedApplication(named[0].application or "", "")


def _of_another(wanted: WantedCommand, other: OfferedApplication) -> Finding:
    found = f"/{wanted.name} is only offered by another bot, {_name_of(other)}: jobs would run there"
    return error(wanted.verb, "command_of_another_bot", found, remedies.ROWS)


def _name_of(application: OfferedApplication) -> str:
    return application.name or application.id


def _path_to(command: OfferedCommand, name: str) -> str | None:
    """Return where a subcommand is, None if the command has none of that name."""
    for each in command.options:
        if each.is_nested and each.name == name:
            return f"{command.name} {each.name}"
        for inside in each.options:
            if each.is_nested and inside.is_nested and inside.name == name:
                return f"{command.name} {each.name} {inside.name}"
    return None


def _has_subcommands(command: OfferedCommand) -> bool:
    return any(each.is_nested for each in command.options)


def _of_use(
    fits: Sequence[Fit], index: OfferedIndex, who: Permissions | None, *, is_age_restricted: bool
) -> Iterator[Finding]:
    """Yield which commands cannot be used here although they are offered."""
    denied = [each for each in fits if who is not None and not may_run(who, each.command, index)]
    if denied:
        yield error("commands", "command_denied", f"the account may not run {_listed(denied)}", ANOTHER_RIGHT)
    gated = [each for each in fits if each.command.is_age_restricted and not is_age_restricted]
    if gated:
        found = f"only an age-restricted channel offers {_listed(gated)}"
        yield error("commands", "command_age_restricted", found, AGE_GATE)
    private = [each for each in fits if each.command.contexts and GUILD not in each.command.contexts]
    if private:
        found = f"{_listed(private)} can be used in private conversations only"
        yield error("commands", "command_not_in_servers", found, GONE)


def _is_mixed_up(wanted: Wanted, index: OfferedIndex, bot: OfferedApplication) -> bool:
    """Return whether a command of another bot would be run, or it is chance that none is."""
    if wanted.application_id is not None:
        return False
    return _is_stolen(wanted, index, bot) or any(_is_chance(each, index) for each in wanted.commands)


def _is_stolen(wanted: Wanted, index: OfferedIndex, bot: OfferedApplication) -> bool:
    return any(_elsewhere(each, index, bot) is not None for each in wanted.commands)


def _is_chance(wanted: WantedCommand, index: OfferedIndex) -> bool:
    """Return whether several bots have a command, and not just one of them the name that is preferred."""
    bots = {each.application for each in index.named(wanted.name, None)}
    return len(bots) > 1 and sum(index.name_of(each).casefold() == PREFERRED for each in bots) != 1


def _several_bots(bot: OfferedApplication) -> Finding:
    found = f"several bots of the server have the same commands; {_name_of(bot)} seems to be meant"
    return warning("commands", "several_bots", found, remedies.ROWS)


def _no_bot(wanted: Wanted, index: OfferedIndex) -> Finding:
    if wanted.application_id is not None:
        found = f"the server has no bot with the id {wanted.application_id}"
    else:
        names = [each.name or each.id for each in index.applications[:MOST_NAMED]]
        found = f"the server has no bot with these commands; its bots: {', '.join(names) or 'none'}"
    return error("commands", "bot_missing", found, ADD_BOT)


def _unused(commands: Sequence[OfferedCommand]) -> Iterator[Finding]:
    if commands:
        names = [f"/{each.name}" for each in commands]
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        found = f"the bot also offers {', '.join(names[:MOST_NAMED])}{more}"
        yield note("commands", "command_unused", found)


def _listed(fits: Sequence[Fit]) -> str:
    return ", ".join(f"/{each.command.name}" for each in fits)
