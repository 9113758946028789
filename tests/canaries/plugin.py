"""A plugin of pytest: plants canaries in every process of the tests, and listens where secrets could get out.

Everything logs at debug level. What is seen is kept in the folder that `CANARIES` names, one JSON line each.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Final

import aiohttp.http_writer
import structlog
from aiohttp.web_protocol import RequestHandler

import bridge.callbacks.sender
import bridge.running.alerts
from bridge.api.http.protocol import Protocol
from bridge.clock import SystemClock
from bridge.logs import Redactor, start_logging
from tests.canaries.canary import Sighting, sightings
from tests.canaries.planting import plant

FOLDER: Final = Path(os.environ["CANARIES"])
WORKER: Final = os.environ.get("PYTEST_XDIST_WORKER", "main")
SITE: Final = Path(__file__).parent / "site"
STRUCTLOG: Final[dict[str, Any]] = {}
ANSWERED: Final[dict[int, Any]] = {}
"""The request that a connection is writing the answer to."""


def pytest_configure() -> None:
    """Begin to plant and to listen."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SITE), str(Path(__file__).parents[2])])
    plant()
    _log_all()
    _hear_answers()
    for module in (bridge.callbacks.sender, bridge.running.alerts):
        module.post = _heard_callback(module.post)  # type: ignore[attr-defined]
    _hear_commands()


def pytest_runtest_setup() -> None:
    """Log on, whatever the last test has made of the log."""
    structlog.configure(**STRUCTLOG)


def note(seen: Sighting) -> None:
    """Keep what was seen, with the test in which it was."""
    line = {**vars(seen), "test": os.environ.get("PYTEST_CURRENT_TEST", "")}
    with (FOLDER / f"seen-{WORKER}.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def look(content: bytes, place: str, which: str) -> None:
    """Note the secrets of a content."""
    for seen in sightings(content, place, which):
        note(seen)


def _log_all() -> None:
    """Log this process as a bridge logs: one redactor learns what each bridge tells its own."""
    common = Redactor(SystemClock())
    start_logging("debug", "json", common, (FOLDER / f"log-{WORKER}.txt").open("w", buffering=1))
    STRUCTLOG.update(structlog.get_config())
    for name in ("add", "add_stored"):
        setattr(Redactor, name, _told(getattr(Redactor, name), common, name))


def _told(original: Callable[..., None], common: Redactor, name: str) -> Callable[..., None]:
    @wraps(original)
    def told(self: Redactor, secret: str) -> None:
        original(self, secret)
        if self is not common:
            getattr(common, name)(secret)

    return told


def _hear_answers() -> None:
    """Look at all that the server of the bridge writes, also to requests that it cannot parse."""
    for name in ("_write", "_writelines"):
        setattr(
            aiohttp.http_writer.StreamWriter, name, _heard(getattr(aiohttp.http_writer.StreamWriter, name))
        )

    RequestHandler.finish_response = _remembered(RequestHandler.finish_response)  # type: ignore[method-assign]


def _remembered(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    async def finished(self: RequestHandler, request: Any, *more: Any) -> Any:
        ANSWERED[id(self)] = request
        try:
            return await original(self, request, *more)
        finally:
            ANSWERED.pop(id(self), None)

    return finished


def _heard(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def heard(self: Any, chunks: Any) -> None:
        if isinstance(self._protocol, Protocol):
            is_one = isinstance(chunks, bytes | bytearray | memoryview)
            content = bytes(chunks) if is_one else b"".join(map(bytes, chunks))
            request = self._protocol._current_request or ANSWERED.get(id(self._protocol))
            look(content, "answer", f"{request.method} {request.path}" if request else "no request")
        original(self, chunks)

    return heard


def _heard_callback(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    async def post(client: Any, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Any:
        look(f"{dict(headers)}".encode() + body, "callback", "body and headers")
        return await original(client, url, body, headers, timeout_s)

    return post


def _hear_commands() -> None:
    """Look at the command line of every process, and at what it prints."""
    begin, communicate = subprocess.Popen.__init__, subprocess.Popen.communicate

    @wraps(begin)
    def begun(self: Any, args: Any, *more: Any, **named: Any) -> None:
        command = " ".join(map(str, args)) if isinstance(args, list | tuple) else str(args)
        if "bridge" in command:
            look(command.encode(), "process list", command)
        begin(self, args, *more, **named)

    @wraps(communicate)
    def heard(self: Any, *more: Any, **named: Any) -> Any:
        told = communicate(self, *more, **named)
        command = " ".join(map(str, self.args)) if isinstance(self.args, list | tuple) else str(self.args)
        if "bridge" in command:
            for name, text in zip(("output", "errors"), told, strict=True):
                look(text if isinstance(text, bytes) else (text or "").encode(), name, command)
        return told

    subprocess.Popen.__init__ = begun  # type: ignore[method-assign]
    subprocess.Popen.communicate = heard  # type: ignore[method-assign]
