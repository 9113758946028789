"""The bridge's command line, able to die: `python -m tests.chaos.mortal serve …`.

Every write of the database, every POST to Discord, every upload and every callback has a point before and one
after it; a write has one more inside its transaction, when all is done but the commit. Spans that nothing but
real time could fill are shortened, so that what is in doubt is settled within seconds.
"""

import os
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import bridge.callbacks.sender
import bridge.media.mirror
from bridge.cli import main
from bridge.sessions.selfbot.one_post import OnePost
from bridge.sessions.selfbot.upload import AttachmentUploads
from bridge.sessions.session import ChannelSession
from bridge.store.files.media import Incoming, MediaDirectory
from bridge.store.files.uploads import LocalUploads
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.chaos.brisk import SHORT
from tests.chaos.points import FOLDER, Points


def make_mortal(points: Points) -> None:
    """Put points round everything that changes the world."""
    _wrap_writes(points)
    vars(bridge.media.mirror)["PAUSES_S"] = (0,) * 8
    for place, name in (
        (ChannelSession, "prepare"),
        (ChannelSession, "post"),
        (OnePost, "post"),
        (AttachmentUploads, "upload"),
        (LocalUploads, "keep"),
        (bridge.callbacks.sender, "post"),
        (bridge.media.mirror, "fetched"),
        (Incoming, "receive"),
        (MediaDirectory, "keep"),
        (MediaDirectory, "delete"),
    ):
        setattr(place, name, _surrounded(points, getattr(place, name)))


def _wrap_writes(points: Points) -> None:
    original: Callable[..., Any] = SqliteDatabase.write

    async def write(self: SqliteDatabase, body: Callable[[Any], Any]) -> Any:
        name = f"write {name_of(body)}"

        def within(tx: Any) -> Any:
            value = body(tx)
            points.passed(f"{name} before its commit")
            return value

        points.passed(f"{name} before it")
        value = await original(self, within)
        points.passed(f"{name} after its commit")
        return value

    SqliteDatabase.write = write  # type: ignore[method-assign]


def _surrounded(points: Points, function: Callable[..., Any]) -> Callable[..., Any]:
    name = name_of(function)

    @wraps(function)
    async def surrounded(*arguments: Any, **named: Any) -> Any:
        points.passed(f"{name} before it")
        value = await function(*arguments, **named)
        points.passed(f"{name} after it")
        return value

    return surrounded


def name_of(function: Any) -> str:
    """Return by what a body is known: its module and its qualified name."""
    while isinstance(function, partial):
        function = function.func
    return f"{function.__module__.removeprefix('bridge.')}:{function.__qualname__.replace('.<locals>', '')}"


if __name__ == "__main__":
    make_mortal(Points(Path(os.environ[FOLDER])))
    main(SHORT)
