"""Draw docs/pictures/first-video.svg: what the sandbox and a first video really print.

Usage: .venv/bin/python scripts/draw_terminal.py     (port 8080 must be free)
"""

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT: Final = Path(__file__).parents[1]
PICTURE: Final = ROOT / "docs" / "pictures" / "first-video.svg"
WIDTH: Final = 118
CREATE: Final = (
    "pixverse-bridge",
    "create",
    "a cat on a skateboard, golden hour",
    "--out",
    "videos",
)


def main() -> None:
    """Run the sandbox, make a video, draw what was printed."""
    with tempfile.TemporaryDirectory() as directory, sandbox(Path(directory)) as printed:
        made = made_video(Path(directory))
        shells = {
            ("in a first shell", "pixverse-bridge sandbox"): printed.read_text(encoding="utf-8").rstrip(),
            ("in a second one", f"BRIDGE_TOKEN=sandbox {shlex.join(CREATE)}"): made.rstrip(),
        }
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(shells), encoding="utf-8")


@contextmanager
def sandbox(directory: Path) -> Iterator[Path]:
    """Run what `make run` runs, and give the file with what it prints."""
    printed, ready = directory / "printed", directory / "ready"
    with printed.open("w") as out, (directory / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "bridge", "sandbox", "--ready-file", str(ready)],
            cwd=ROOT,
            stdout=out,
            stderr=log,
        )
        try:
            wait_until(lambda: ready.exists() or process.poll() is not None)
            if process.poll() is not None:
                sys.exit((directory / "log").read_text(encoding="utf-8"))
            yield printed
        finally:
            process.terminate()
            process.wait(10)


def made_video(directory: Path) -> str:
    """Return what the command that makes a first video prints."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "bridge", *CREATE[1:]],
        cwd=directory,
        env={**os.environ, "BRIDGE_TOKEN": "sandbox", "PYTHONPATH": str(ROOT)},
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.stdout


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return when something is so; gives up after two minutes."""
    deadline = time.monotonic() + 120
    while not is_so():
        if time.monotonic() > deadline:
            sys.exit("nothing came for two minutes")
        time.sleep(0.05)


def drawn(shells: dict[tuple[str, str], str]) -> str:
    """Return the picture, without fonts from elsewhere; lines longer than the terminal are cut."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    for (where, command), output in shells.items():
        console.print(Text(f"# {where}", "dim"))
        console.print(Text.assemble(("$ ", "green"), (cut(command), "bold")))
        for line in output.splitlines():
            console.print(painted(cut(line)))
        console.print()
    picture = console.export_svg(title="pixverse-bridge", theme=MONOKAI, unique_id="terminal")
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


def cut(line: str) -> str:
    """Return a line as wide as the terminal."""
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"


def painted(line: str) -> Text:
    """Return a line with its status in colour."""
    text = Text(line)
    text.highlight_regex(r"\b(connected|started|progress|completed)\b", "bold yellow")
    return text


if __name__ == "__main__":
    main()
