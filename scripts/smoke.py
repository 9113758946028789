"""Start an installed bridge: it says its version, serves its page and its description, and ends when told.

Usage: python -m scripts.smoke PROGRAM VERSION     (PROGRAM is the installed command pixverse-bridge)
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bridge.page.files import INDEX, page_files

START_S: Final = 60
END_S: Final = 30
LOOK_S: Final = 0.1
OF_ANOTHER_INSTALLATION: Final = ("BRIDGE_", "PYTHON", "VIRTUAL_ENV")
"""How variables begin that would make a program use other settings or other code than its own."""


class SmokeError(Exception):
    """What an installed bridge does not do."""


def main(program: str, version: str) -> int:
    """Print what is wrong, if anything, and return the exit code."""
    try:
        smoke(Path(program).absolute(), version)
    except SmokeError as error:
        print(f"smoke: {error}", file=sys.stderr)  # noqa: T201 - this is what the script is for
        return 1
    return 0


def smoke(program: Path, version: str) -> None:
    """Raise `SmokeError` unless an installed bridge is the version, and serves what it should."""
    with tempfile.TemporaryDirectory(prefix="pixverse-bridge-") as folder:
        check_version(program, version, Path(folder))
        with serving(program, Path(folder)) as url:
            check_answers(url, version)


def check_version(program: Path, version: str, folder: Path) -> None:
    """Raise `SmokeError` unless the program says that it is this version."""
    told = subprocess.run(  # noqa: S603 - a program that was just installed
        [str(program), "--version"],
        cwd=folder,
        env=own_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if told.stdout.strip() != f"pixverse-bridge {version}":
        raise SmokeError(
            f"--version says {told.stdout.strip()!r} {told.stderr.strip()}, not version {version}"
        )


@contextmanager
def serving(program: Path, folder: Path) -> Iterator[str]:
    """Run `serve` without accounts on a free port and yield its address; it must end with exit code 0."""
    log, ready = folder / "log", folder / "ready.json"
    command = [
        str(program),
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--data-dir",
        str(folder / "data"),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a program that was just installed
            [*command, "--ready-file", str(ready)],
            cwd=folder,
            env=own_environment(),
            stdout=output,
            stderr=output,
        )
    try:
        yield address_in(ready, process, log)
        process.send_signal(signal.SIGTERM)
        if process.wait(timeout=END_S) != 0:
            raise SmokeError(f"serve ended with exit code {process.returncode}:\n{log.read_text()}")
    except subprocess.TimeoutExpired:
        raise SmokeError(f"serve did not end within {END_S} seconds of SIGTERM") from None
    finally:
        process.kill()
        process.wait()


def address_in(ready: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the ready file of a bridge that starts and return the address in it."""
    for _ in range(int(START_S / LOOK_S)):
        if ready.exists():
            return str(json.loads(ready.read_text())["url"])
        try:
            process.wait(timeout=LOOK_S)
        except subprocess.TimeoutExpired:
            continue
        raise SmokeError(f"serve ended with exit code {process.returncode} at its start:\n{log.read_text()}")
    raise SmokeError(f"serve was not ready within {START_S} seconds:\n{log.read_text()}")


def check_answers(url: str, version: str) -> None:
    """Raise `SmokeError` unless the page, its files, and the description of this version are served."""
    files = {name: file.body for name, file in page_files().items()}
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=START_S)
    try:
        if get(connection, "/") != files.pop(INDEX):
            raise SmokeError("/ is another page than that of the clone")
        for name, body in files.items():
            if get(connection, f"/page/{name}") != body:
                raise SmokeError(f"/page/{name} is another file than that of the clone")
        get(connection, "/docs")
        described = json.loads(get(connection, "/openapi.json"))["info"]["version"]
        if described != version:
            raise SmokeError(f"/openapi.json describes version {described}, not {version}")
    finally:
        connection.close()


def get(connection: HTTPConnection, path: str) -> bytes:
    """Return what a browser gets at a path; raises `SmokeError` for anything but 200."""
    connection.request("GET", path, headers={"Accept": "text/html, */*"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SmokeError(f"{path} is {answer.status}: {body[:200].decode(errors='replace')}")
    return body


def own_environment() -> Mapping[str, str]:
    """Return the environment without what points to other settings or other code."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OF_ANOTHER_INSTALLATION)}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
