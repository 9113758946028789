"""The real tools that run an example, each in a process of its own."""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 30


@dataclass(frozen=True)
class Tool:
    """The name of a file with an example, the command that runs it, and the program that it is about."""

    file: str
    command: str
    program: str

    @property
    def is_installed(self) -> bool:
        """Tell whether it can be run here."""
        return shutil.which(self.program) is not None

    async def run(self, code: str, folder: Path) -> str:
        """Run an example to its end and return what it printed; its exit code is not looked at."""
        (folder / self.file).write_text(code, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            self.command,
            self.file,
            cwd=folder,
            env={"PATH": os.environ["PATH"]},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(PATIENCE_S):
            told, _ = await process.communicate()
        return told.decode()


TOOLS: Final[Mapping[str, Tool]] = {
    "curl": Tool("example.sh", "sh", "curl"),
    "node": Tool("example.mjs", "node", "node"),
    "python": Tool("example.py", sys.executable, sys.executable),
}
