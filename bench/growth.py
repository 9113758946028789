"""The API with few jobs and with many: answers and start-up must not take longer because much is kept."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from shutil import copytree
from typing import Any, Final

import aiohttp

from bench.figures import ms, ratio, spread
from bench.load import begin_job
from bench.processes import bridge_command, said, started
from bench.scene import Client, channels, prompt, variables
from bench.tables import Table

ACCOUNTS: Final = 10
LIVES_EACH: Final = 2
NO_PATIENCE: Final = {"BRIDGE_JOBS__PATIENCE_S": "0"}
REFUSED: Final = "#moderated"
RUNNING: Final = 10_000
LOOK_S: Final = 0.1
NOTES: Final = (
    "The median of single requests, over one connection. Start-up: until the program is ready.",
    "Submit: until the job is kept (`jobs.patience_s` is 0). The jobs have lived within 25 days.",
)
Body = Callable[[], dict[str, Any]] | None


async def measure(folder: Path, sizes: Sequence[int], times: int) -> Table:
    """Let a few jobs live, and measure with so many copies of them; a start also with many that run."""
    folder.mkdir()  # noqa: ASYNC240
    arguments = ("--accounts", str(ACCOUNTS), "--video-seconds", "0.2")
    async with (
        bridge_command("sandbox-discord", folder, {}, *arguments) as simulator,
        started("bench.receiver") as receiver,
        aiohttp.ClientSession(trust_env=False) as http,
    ):
        world = simulator.facts["discord"]
        origin = folder / "origin"
        await live(origin, Client(http, "", world), await said(receiver))
        found = {size: await of_size(folder / str(size), origin, http, world, size, times) for size in sizes}
        settings = variables(world, folder / "running", ACCOUNTS, NO_PATIENCE)
        busy_ms = await start_ms(folder / "running", origin, settings, sizes[0], RUNNING)
    names = list(found[sizes[0]])
    rows = [[name, *row_of([found[size][name] for size in sizes])] for name in names]
    rows.append([f"start-up with {RUNNING:,} running", ms(busy_ms), *[""] * (2 * len(sizes) - 2)])
    headings = ["", f"{sizes[0]:,} jobs"]
    for size in sizes[1:]:
        headings += [f"{size:,} jobs", "ratio"]
    return Table("Requests and start-up with many jobs", headings, rows, NOTES)


def row_of(values: Sequence[float]) -> list[str]:
    """Return one request's times, each beside the first."""
    rest = [cell for value in values[1:] for cell in (ms(value), ratio(value, values[0]))]
    return [ms(values[0]), *rest]


async def live(folder: Path, client: Client, reply_url: str) -> None:
    """Let each account make videos, and wait until each has been told."""
    folder.mkdir()  # noqa: ASYNC240
    settings = variables(client.world, folder, ACCOUNTS, {})
    async with bridge_command("serve", folder, settings) as bridge:
        at = Client(client.http, bridge.facts["url"], client.world)
        await client.order("POST", "limits", {"kept": False})
        for channel in channels(client.world)[:ACCOUNTS]:
            await begin_job(at, channel)
        for _ in range(LIVES_EACH * ACCOUNTS):
            await at.ask("POST", "/v1/pixverse/create", ordered("") | {"replyUrl": reply_url})
        while not await is_over(at):  # noqa: ASYNC110 - another process is asked
            await asyncio.sleep(LOOK_S)


async def is_over(client: Client) -> bool:
    """Tell whether only those run that never end, and each of the others has been told."""
    _, executing = await client.ask("GET", "/v1/pixverse/jobs")
    _, owed = await client.ask("GET", "/v1/pixverse/callbacks?state=pending")
    return len(executing) <= ACCOUNTS and not owed["callbacks"]


async def of_size(
    folder: Path, origin: Path, http: aiohttp.ClientSession, world: Any, jobs: int, times: int
) -> Mapping[str, float]:
    """Return how long each request takes, and the start, with so many jobs."""
    await asyncio.to_thread(copytree, origin, folder)
    await fill(folder / "bridge" / "bridge.db", jobs)
    begun = time.perf_counter()
    settings = variables(world, folder, ACCOUNTS, NO_PATIENCE)
    async with bridge_command("serve", folder, settings) as bridge:
        took_ms = (time.perf_counter() - begun) * 1000
        client = Client(http, bridge.facts["url"], world)
        jobs_known = await ids_of_jobs(client)
        asked = requests(jobs_known)
        found = {name: await median_ms(client, *request, times) for name, request in asked.items()}
    return {**found, "start-up": took_ms}


async def start_ms(folder: Path, origin: Path, settings: Mapping[str, str], jobs: int, running: int) -> float:
    """Return how long a start takes with so many jobs that have ended and so many that run."""
    await asyncio.to_thread(copytree, origin, folder)
    await fill(folder / "bridge" / "bridge.db", jobs, running)
    begun = time.perf_counter()
    async with bridge_command("serve", folder, settings):
        return (time.perf_counter() - begun) * 1000


async def fill(path: Path, jobs: int, running: int = 0) -> None:
    """Fill a database in a process of its own, which can be ended."""
    async with started("bench.filled", str(path), str(jobs), str(running)) as filling:
        if await filling.wait():
            raise RuntimeError(f"{path} could not be filled with {jobs:,} jobs")


async def ids_of_jobs(client: Client) -> Sequence[str]:
    """Return the ids of some jobs that have ended."""
    _, page = await client.ask("GET", "/v1/pixverse/jobs/history?limit=100")
    return [job["jobid"] for job in page["jobs"]]


def requests(jobs: Sequence[str]) -> Mapping[str, tuple[str, str, Body]]:
    """Return what is asked: method, path and body of each request, by its name."""
    some = cycle(jobs)
    history = "/v1/pixverse/jobs/history"
    return {
        "a job": ("GET", f"/v1/pixverse/jobs/?jobid={jobs[-1]}", None),
        "jobs now executing": ("GET", "/v1/pixverse/jobs", None),
        "history": ("GET", history, None),
        "history of a status of which there is none": ("GET", f"{history}?status=cancelled", None),
        "history of a reference that nobody gave": ("GET", f"{history}?replyRef=nobody", None),
        "history of a channel and a verb that never met": (
            *("GET", f"{history}?channel=100000000000000000&verb=pixverse-animate"),
            None,
        ),
        "callbacks of a state in which there is none": ("GET", "/v1/pixverse/callbacks?state=pending", None),
        "health": ("GET", "/v1/pixverse/health", None),
        "redeliver": ("POST", "/v1/pixverse/callbacks/redeliver", lambda: {"jobid": next(some)}),
        "submit": ("POST", "/v1/pixverse/create", lambda: ordered(REFUSED)),
    }


def ordered(word: str) -> dict[str, Any]:
    """Return what is submitted."""
    return {"prompt": prompt(word), "style": "Realistic"}


async def median_ms(client: Client, method: str, path: str, body: Body, times: int) -> float:
    """Return how long a request takes."""
    took_ms = []
    for _ in range(times):
        asked, begun = body() if body else None, time.perf_counter()
        status, answer = await client.ask(method, path, asked)
        took_ms.append((time.perf_counter() - begun) * 1000)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
    return spread(took_ms).p50_ms
