"""Rounds of `kill -9` with a mirror and a CDN that is slow and fails: each video is kept once, and whole."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from tests.chaos.kills import ROUND_S, Death, Lane, a_lane
from tests.chaos.patience import until
from tests.chaos.points import passed_in
from tests.chaos.verdict import Verdict
from tests.chaos.witnesses import Books, Row

SLOW_S: Final = 0.7
"""How long the second half of every video takes: most deaths come in the middle of some."""
LOOK_S: Final = 0.1
LONG_AGO_S: Final = 1_000_000_000
FAULTS: Final = ("cut_download", "short_download", "missing_download")
MEDIA: Final = ("media", "mirror")


class MirrorLane(Lane):
    """A bridge with a mirror, in the middle of whose downloads it dies."""

    @property
    def videos(self) -> Path:
        """The mirror's directory."""
        return videos_in(self.lives.folder)

    def media_deaths(self, rounds: int) -> list[Death]:
        """Return how the rounds end: two of three at a point of the mirror, the others at any moment."""
        chance, points = self.chance.of("deaths"), self.media_points()
        return [(chance.choice(points), chance.randint(1, 3)) if turn % 3 else None for turn in range(rounds)]

    def media_points(self) -> list[str]:
        """Return the points of the mirror that were passed."""
        passed = {*passed_in(self.lives.folder)}
        return sorted(point for point in passed if any(name in point for name in MEDIA))

    async def round(self, turn: int, death: Death, *further: Death) -> None:
        """Run a round in which the CDN is slow and fails, read from the mirror, and judge it too."""
        discord, chance = self.court.discord, self.chance.of("faults", turn)
        await discord.fault("slow_download", delay_s=SLOW_S, seconds=ROUND_S)
        await discord.fault(chance.choice(FAULTS))
        reading = asyncio.create_task(self._read_on())
        await super().round(turn, death, *further)
        reading.cancel()
        await asyncio.wait({reading})

    async def _settle(self, name: str, first: int, position: int) -> None:
        """Judge the jobs, then the mirror, when it has had time to keep everything."""
        await self.court.discord.heal()
        await super()._settle(name, first, position)
        await until(lambda: not _unkept(self.court.books), ROUND_S)
        verdict = await self._judged()
        verdict.broken = [f"{name}: {sentence}" for sentence in verdict.broken]
        self.verdict += verdict

    async def _judged(self) -> Verdict:
        """Ask whether every video of a completed job is kept, once and whole."""
        verdict, rows = Verdict(), self.court.books.media()
        for one in _unkept(self.court.books):
            verdict.breaks("lost", f"video {one} was not mirrored")
        kept = {row["name"]: row for row in rows if row["state"] == "kept"}
        files = {path.name: path for path in self.videos.glob("*.*")}
        if files.keys() != kept.keys():
            verdict.breaks("twice", f"the mirror has other files than rows: {files.keys() ^ kept.keys()}")
        for name in files.keys() & kept.keys():
            if hashlib.sha256(files[name].read_bytes()).hexdigest() != kept[name]["sha256"]:
                verdict.breaks("wrong", f"{name} is not what was received")
        return verdict

    async def _read_on(self) -> None:
        """Read whatever there is, and also what there is not yet, as often as the bridge lives."""
        while True:
            for row in self.court.books.media():
                if self.lives.is_running:
                    await self._read(row)
            await asyncio.sleep(LOOK_S)

    async def _read(self, row: Row) -> None:
        try:
            async with self.lives.http.get(f"{self.lives.api.url}/media/{row['name']}") as answer:
                content = await answer.read()
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            return
        self.verdict.figures[f"reads answered {answer.status}"] += 1
        if answer.status == 200 and not _is_whole(answer, content, row["size"]):
            self.verdict.breaks("wrong", f"{row['name']} was served with {len(content)} bytes")

    async def tidied(self) -> None:
        """Let what deaths left half written be an hour old: the next life deletes it, and nothing else."""
        incoming = self.videos / "incoming"
        left = list(incoming.iterdir())
        self.verdict.figures["left half written"] += len(left)
        for path in left:
            os.utime(path, (LONG_AGO_S, LONG_AGO_S))
        await self.lives.kill()
        await self.lives.begin()
        await until(lambda: not any(incoming.iterdir()), ROUND_S)
        for path in incoming.iterdir():
            self.verdict.breaks("lost", f"{path.name} was never deleted")
        self.verdict.figures["videos"] += len(list(self.videos.glob("*.*")))
        self.verdict += await self._judged()


def videos_in(folder: Path) -> Path:
    """Return where the mirror of a bridge in a folder is."""
    return folder / "videos"


def _unkept(books: Books) -> set[tuple[str, str]]:
    """Return the videos of completed jobs that are not in the mirror: job and file."""
    completed = [job for job in books.jobs() if job.state == "completed"]
    files = {(job.id, file["id"]) for job in completed for file in job.body["said"]["attachments"]}
    return files - {(row["job"], row["file"]) for row in books.media() if row["state"] == "kept"}


def _is_whole(answer: aiohttp.ClientResponse, content: bytes, size: int) -> bool:
    is_as_told = answer.headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    return len(content) == size and is_as_told


@asynccontextmanager
async def a_mirror_lane(folder: Path, seed: int) -> AsyncIterator[MirrorLane]:
    """Run a simulator, a receiver and a bridge with a mirror that can die."""
    async with a_lane(folder, seed, MirrorLane, BRIDGE_MEDIA__MIRROR=str(videos_in(folder))) as lane:
        yield lane
