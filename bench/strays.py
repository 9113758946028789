"""Messages that could be of several jobs: what they cost every other message while they are kept."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from bench.edits import Numbers, run
from bench.figures import ms, ratio
from bench.load import at_rate, begin_jobs, video
from bench.scene import BARE, BRIDGE, Scene, scene
from bench.tables import Table

RATE: Final = 20.0
POSTED_A_SECOND: Final = 25.0
TEXT: Final = "{author} (prompt: {prompt} style: Realistic) Author: {author})"
NOTES: Final = (
    "Kept: videos with neither interaction nor reference, whose words are between those of two jobs.",
    "The edits are of a third job of the same account. CPU: of the whole process, for one edit.",
)


async def measure(folder: Path, strays: Sequence[int], seconds: float) -> Table:
    """Measure the edits of a job with so many strays, one number after the other."""
    async with scene(folder, 1) as everybody:
        one, other, third = await begin_jobs(everybody, 3)
        author = one.content.partition(" ")[0]
        text = TEXT.format(author=author, prompt=between(one.prompt, other.prompt))
        numbers, posted, rows = Numbers(), 0, []
        for wanted in strays:
            await say(everybody, text, range(posted, wanted))
            posted = wanted
            done = await run(everybody, [third], numbers, RATE, seconds)
            spread, cpu = done.spreads[BRIDGE], done.cpu_ms
            rows.append((kept(folder), spread, cpu))
    first = rows[0]
    shown = [
        [
            *(str(count), str(spread.missing), f"{ms(spread.p50_ms)} · {ms(spread.p99_ms)}", ms(cpu[BRIDGE])),
            *(ratio(cpu[BRIDGE], first[2][BRIDGE]), ms(cpu[BARE])),
        ]
        for count, spread, cpu in rows
    ]
    headings = ("strays kept", "lost", "bridge p50 · p99", "bridge CPU", "of the first", "bare CPU")
    return Table(f"An edit beside kept strays, {RATE:g} a second", headings, shown, NOTES)


async def say(everybody: Scene, text: str, numbers: range) -> None:
    """Let the bot post videos of which nothing tells whose they are."""
    client, channel = everybody.client, everybody.channels[0]

    async def post(number: int) -> None:
        await client.as_bot(
            "POST", f"/channels/{channel}/messages", data=video(text, f"pixverse_{numbers[number]:016x}.mp4")
        )

    await at_rate(POSTED_A_SECOND, len(numbers), post)


def kept(folder: Path) -> int:
    """Return how many strays the bridge keeps."""
    with closing(sqlite3.connect(folder / "bridge" / "bridge.db")) as connection:
        count: int = connection.execute("SELECT count(*) FROM strays").fetchone()[0]
        return count


def between(one: str, other: str) -> str:
    """Return a prompt that half of the words of each of two are in."""
    words, others = one.split(), other.split()
    middle = len(words) // 2
    return " ".join([*words[:middle], *others[middle:]])
