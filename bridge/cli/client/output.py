"""What a command writes: its result to stdout, as text or JSON, and everything else to stderr."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.cli.client.outcomes import ExitCode
from bridge.cli.closed_pipe import discard
from bridge.logs.controls import with_pictures

WIDE: Final = 10_000
"""How wide a line may be that no terminal shows."""


class Output:
    """The result on stdout, and notes on stderr; with `as_json` stdout has nothing but JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.stdout = Result(highlight=False, markup=False, emoji=False)
        self.stderr = Notes(stderr=True, highlight=False, markup=False, emoji=False)

    def json(self, value: object) -> None:
        """Print a value as one line of JSON."""
        self.stdout.print(json.dumps(value), soft_wrap=True)

    def text(self, text: str, style: str | None = None) -> None:
        """Print a line of the result."""
        self.stdout.print(clean(text), style=style, soft_wrap=True)

    def note(self, text: str, style: str | None = None) -> None:
        """Print a line that is no part of the result."""
        self.stderr.print(clean(text), style=style, soft_wrap=True)

    def facts(self, title: str, facts: Mapping[str, str], style: str = "bold") -> None:
        """Print a title and named values, those that are empty left out."""
        shown = {name: value for name, value in facts.items() if value}
        width = max((len(name) for name in shown), default=0) + 2
        self.text(title, style=style)
        for name, value in shown.items():
            self.text(f"  {name:<{width}}{one_line(value)}")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under their headings; on a terminal, the last column is cut to its width."""
        table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
        for name in head[:-1]:
            table.add_column(name, no_wrap=True)
        table.add_column(head[-1], overflow="ellipsis")
        for row in rows:
            cells = (Text(clean(one_line(cell))) for cell in row[:-1])
            table.add_row(*cells, Text(clean(one_line(row[-1])), no_wrap=True, overflow="ellipsis"))
        width = None if self.stdout.is_terminal else WIDE
        for line in self._lines_of(table, width):
            self.stdout.print(line, soft_wrap=True)

    def _lines_of(self, table: Table, width: int | None) -> list[Text]:
        options = self.stdout.options if width is None else self.stdout.options.update(width=width)
        lines = self.stdout.render_lines(table, options, pad=False)
        return [
            _without_end(Text.assemble(*((part.text, part.style or "") for part in line))) for line in lines
        ]


class Result(Console):
    """A console on stdout that ends the command when nobody reads it any more."""

    def on_broken_pipe(self) -> None:
        """End the command."""
        discard(sys.stdout)
        raise typer.Exit(ExitCode.PIPE_CLOSED)


class Notes(Console):
    """A console on stderr that goes silent when nobody reads it any more: the work goes on."""

    def on_broken_pipe(self) -> None:
        """Say nothing more."""
        discard(sys.stderr)


def clean(text: str) -> str:
    """Return a text in which nothing acts on a terminal but the ends of lines."""
    return with_pictures(text, kept="\n")


def one_line(text: str) -> str:
    """Return a text without ends of lines."""
    return " ".join(text.split())


def _without_end(line: Text) -> Text:
    line.rstrip()
    return line
