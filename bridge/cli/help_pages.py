"""Commands whose help says what a person types: a switch has no value, so nothing stands behind it."""

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

EXIT_CODES = (
    "Exit codes: 0 fine, 1 unexpected error (see the log), 2 a bad option or setting, "
    "3 the data directory or the database cannot be used, 4 the address cannot be listened on, "
    "5 a recording cannot be made or read, 7 a tenant has running jobs, 8 an account cannot be used "
    "(check --online)."
)

Each = TypeVar("Each")
Function = TypeVar("Function", bound=Callable[..., Any])


class Commands(typer.Typer):
    """A group of commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=_Group, **settings)

    def command(self, *arguments: Any, **settings: Any) -> Callable[[Function], Function]:
        """Return a decorator that adds a command."""
        return super().command(*arguments, cls=_Command, **settings)


class _Command(TyperCommand):
    def get_params(self, ctx: Any) -> Any:
        return _without_types_of_switches(super().get_params(ctx))


class _Group(TyperGroup):
    def get_params(self, ctx: Any) -> Any:
        return _without_types_of_switches(super().get_params(ctx))


def _without_types_of_switches(options: list[Each]) -> list[Each]:
    for option in options:
        if isinstance(option, TyperOption) and option.is_flag:
            option.metavar = ""
    return options
