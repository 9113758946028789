"""What a command prints to stdout once it listens: addresses, the token, shell lines to paste."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from rich.console import Console

from bridge.cli.closed_pipe import discard
from bridge.logs.controls import with_pictures
from bridge.store.rows.schema_runs import SchemaRun

ADDRESSES = ("api_url", "gateway_url", "cdn_url")
VIDEO = {"prompt": "a cat on a skateboard, golden hour", "style": "Realistic"}


def announce_sandbox(url: str, api_token: str, discord_url: str) -> None:
    """Print how to make a first video and how to watch it."""
    show_facts(
        "PixVerse bridge with a simulated Discord",
        {
            "Page": signing_in(url, api_token),
            "API": url,
            "Docs": f"{url}/docs",
            "API token": api_token,
            "Discord": discord_url,
        },
    )
    show_lines(
        "Make a video:",
        client_line(url, api_token),
        "The same with curl:",
        create_line(url, api_token),
        "Watch:",
        events_line(url, api_token),
    )


def announce_bridge(url: str, api_token: str | None, upgraded: Sequence[SchemaRun] = ()) -> None:
    """Print the address, the token if it was generated in this start, and what was done to the database."""
    token = {"API token": f"{api_token} (generated now and not shown again: save it)"} if api_token else {}
    files = ", ".join(f"{run.number} in {run.took_ms / 1000:.1f} s" for run in upgraded)
    schema = {"Database": f"brought up to date: schema {files}"} if upgraded else {}
    show_facts("PixVerse bridge", {"Page": f"{url}/", "API": url, "Docs": f"{url}/docs", **token, **schema})


def announce_discord(url: str, world: Mapping[str, Any]) -> None:
    """Print the addresses, an account, and what makes a bridge use them."""
    show_facts("Simulated Discord", {"URL": url, **{name: world[name] for name in ADDRESSES}})
    token, server, channel = world["accounts"][0]["token"], world["guild_id"], world["channel_id"]
    show_facts("\nAn account in it", {"Discord token": token, "server": server, "channel": channel})
    show_lines("Point a bridge at it, in the shell that starts the bridge:", addresses_line(world))


def announce_ready() -> None:
    """Print that everything is ready, as the ready file shows."""
    show("\nReady.")


def signing_in(url: str, api_token: str) -> str:
    """Return the address that signs in by itself: a browser sends no server what follows the `#`."""
    return f"{url}/#token={quote(api_token, safe='')}"


def client_line(url: str, api_token: str) -> str:
    """Return a shell line that makes a video with the command line, and waits for it."""
    return (
        f"BRIDGE_URL={url} BRIDGE_TOKEN={shlex.quote(api_token)} "
        f"pixverse-bridge create {json.dumps(VIDEO['prompt'])} --wait"
    )


def create_line(url: str, api_token: str) -> str:
    """Return a shell line that makes a video."""
    return (
        f"curl -sS {url}/v1/pixverse/create -H {shlex.quote(f'Authorization: Bearer {api_token}')} "
        f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(VIDEO))}"
    )


def events_line(url: str, api_token: str) -> str:
    """Return a shell line that shows every job as it changes."""
    return f"curl -N {url}/v1/pixverse/events -H {shlex.quote(f'Authorization: Bearer {api_token}')}"


def addresses_line(world: Mapping[str, Any]) -> str:
    """Return a shell line after which a bridge uses this Discord."""
    values = (f"BRIDGE_DISCORD__{name.upper()}={shlex.quote(world[name])}" for name in ADDRESSES)
    return f"export {' '.join(values)}"


def show_facts(title: str, facts: Mapping[str, str]) -> None:
    """Print a title and named values."""
    width = max(len(name) for name in facts) + 2
    show(title, style="bold")
    for name, value in facts.items():
        show(f"  {name:<{width}}{value}")


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their headings, in columns."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        show("  ".join(cells).rstrip(), style="bold" if row is head else None)


def minute(at_ms: int | None) -> str:
    """Return a time in UTC, to the minute; a dash for none."""
    return "-" if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, in the plural unless it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def show_lines(*lines: str) -> None:
    """Print pairs of a heading and its line."""
    for heading, line in zip(lines[::2], lines[1::2], strict=True):
        show(f"\n{heading}", style="bold")
        show(line, style="cyan")


def show(text: str, style: str | None = None) -> None:
    """Print text without wrapping or markup, with pictures of characters that would act on a terminal."""
    printer = Stdout(highlight=False, markup=False, emoji=False)
    printer.print(with_pictures(text, kept="\n\t"), style=style, soft_wrap=True)


class Stdout(Console):
    """A console that ignores a closed stdout: the bridge keeps running."""

    def on_broken_pipe(self) -> None:
        """Discard all further output."""
        discard(sys.stdout)
