"""What it was measured on, and what a process has used of it."""

import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.figures import Spread, spread

PACKAGES: Final = ("discord.py-self", "curl_cffi", "aiohttp", "aiosqlite", "pydantic")
TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Usage:
    """What a process has used since it began: seconds of CPU, and how much memory it has now."""

    cpu_s: float
    memory_mb: float

    def cpu_ms_since(self, before: "Usage", things: int) -> float:
        """Return the CPU since then, in milliseconds for each of so many things."""
        return (self.cpu_s - before.cpu_s) * 1000 / max(1, things)


def usage_of(pid: int) -> Usage:
    """Return what a process has used, as Linux tells it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Usage((int(fields[11]) + int(fields[12])) / TICKS, int(fields[21]) * PAGE / 1e6)


def machine() -> str:
    """Return what it was measured on."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}, {packages}"


def load() -> str:
    """Return how busy the machine is: with how much else the figures were made."""
    return f"{os.getloadavg()[0]:.1f}"


def fsync_of(folder: Path, times: int = 200) -> Spread:
    """Return how long the disk takes to keep a page, which every committed message waits for."""
    took = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(times):
            file.write(bytes(4096))
            begun_ns = time.perf_counter_ns()
            file.flush()
            os.fsync(file.fileno())
            took.append((time.perf_counter_ns() - begun_ns) / 1e6)
    return spread(took)
