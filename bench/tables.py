"""Tables for a terminal, or for a page in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as RichTable

WIDTH = 160


@dataclass(frozen=True)
class Table:
    """What one part of the measurement has to say; the first column names the rows."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def show(table: Table, *, is_markdown: bool) -> None:
    """Print a table."""
    console = Console(highlight=False, markup=False, width=WIDTH)
    if is_markdown:
        console.print(markdown(table), soft_wrap=True)
        return
    shown = RichTable(title=table.title, title_justify="left")
    for number, heading in enumerate(table.headings):
        shown.add_column(heading, justify="right" if number else "left")
    for row in table.rows:
        shown.add_row(*row)
    console.print(shown)
    for note in table.notes:
        console.print(note, soft_wrap=True)


def markdown(table: Table) -> str:
    """Return a table as a section of a page."""
    rule = ["---", *("---:" for _ in table.headings[1:])]
    rows = (f"| {' | '.join(row)} |" for row in (table.headings, rule, *table.rows))
    notes = "".join(f"\n- {note}" for note in table.notes)
    return f"### {table.title}\n\n" + "\n".join(rows) + "\n" + notes + "\n"
