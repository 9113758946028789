"""The reference of the command line, read out of the program: what `--help` shows of each command."""

from collections.abc import Iterator
from typing import Any, Final

import typer.main

from bridge.cli.commands import app
from scripts.site.markdown import code, table
from scripts.site.places import COMMANDS

PROGRAM: Final = "pixverse-bridge"
ABOUT: Final = (
    "# Every command\n\nEvery command with its arguments and options, as `--help` shows them. "
    "[Command line](../cli.md) tells how they work together, and what the exit codes mean."
)


def command_page() -> tuple[str, str]:
    """Return the name of the page with every command, and its text."""
    program: Any = typer.main.get_command(app)
    sections = [_section(command, name) for name, command in _commands(program, PROGRAM)]
    return COMMANDS, "\n\n".join([ABOUT, *sections]) + "\n"


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield a command and all below it, in the order of the help."""
    yield name, command
    for below, one in getattr(command, "commands", {}).items():
        if not one.hidden:
            yield from _commands(one, f"{name} {below}")


def _section(command: Any, name: str) -> str:
    context = command.context_class(command, info_name=name)
    usage = command.get_usage(context).partition(" ")[2]
    records = [(one.param_type_name, one.get_help_record(context)) for one in command.get_params(context)]
    rows = {
        kind: [(code(names), meaning) for its, (names, meaning) in filter(_is_shown, records) if its == kind]
        for kind in ("argument", "option")
    }
    return "\n\n".join(
        [
            f"## {name.removeprefix(PROGRAM).strip() or name}",
            f"```text\n{usage}\n```",
            *((command.help,) if command.help else ()),
            *(table((kind, "meaning"), its) for kind, its in rows.items() if its),
        ]
    )


def _is_shown(record: tuple[str, tuple[str, str] | None]) -> bool:
    """Tell whether the help shows something; that there is a help needs no row each time."""
    return record[1] is not None and "--help" not in record[1][0]
