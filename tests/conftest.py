"""Every REST answer of every simulated Discord in these tests is held against Discord's own description.

Tests that ask for `storage` run on both engines; without a PostgreSQL, half of them are skipped and counted.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from aiohttp import web
from hypothesis import HealthCheck, settings

from bridge.sandbox import api
from tests.openapi.description import FILE
from tests.openapi.recorder import Recorder
from tests.tools.databases import ENGINES, SQLITE, Storage, emptied, migrated
from tests.tools.postgres import Server, is_there, server

RECORDER: Final = pytest.StashKey[Recorder]()
TOTALS: Final = pytest.StashKey[dict[str, int]]()
COUNTED: Final = ("checked", "undescribed")
NO_POSTGRES: Final = "no PostgreSQL: install it, or set BRIDGE_TEST_POSTGRES to the URL of a server"


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Let what a test printed travel between processes, half characters of made-up input included."""
    return _encodable((yield))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_encodable, value))
    return value


def pytest_configure(config: pytest.Config) -> None:
    """Begin to listen: the simulators of this process answer through one function.

    Log lines are kept plain: drawn tracebacks would take longer than many a test. No example has a limit of
    time: machines are shared.
    """
    is_slow = [HealthCheck.too_slow]
    settings.register_profile("untimed", settings.default, deadline=None, suppress_health_check=is_slow)
    settings.load_profile("untimed")
    structlog.configure(
        processors=[
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ]
    )
    recorder = config.stash[RECORDER] = Recorder()
    config.stash[TOTALS] = dict.fromkeys(COUNTED, 0)
    serve = api.serve

    async def serve_and_record(sim: Any, request: web.Request) -> web.StreamResponse:
        response = await serve(sim, request)
        if isinstance(response, web.Response) and response.prepared:
            body = response.body if isinstance(response.body, bytes) else b""
            recorder.hear(request.method, request.path, response.status, body)
        return response

    api.serve = serve_and_record


@pytest.fixture(autouse=True)
def _as_discord_describes_it(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test in which an answer was not as Discord describes it."""
    yield
    assert request.config.stash[RECORDER].taken() == []


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of this process; a build machine must have one, elsewhere the test is skipped."""
    if not is_there():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_POSTGRES)
    with server() as started:
        yield started


@pytest.fixture(scope="session")
def postgres_emptied(postgres: Server) -> Iterator[str]:
    """The URL of a database that one test after another uses."""
    with migrated(postgres) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_emptied: str) -> str:
    """The URL of an empty database with the current schema."""
    return emptied(postgres_emptied)


@pytest.fixture(params=ENGINES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Storage a new database lies, of either engine."""
    if request.param == SQLITE:
        return tmp_path / "bridge.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the settings say of the database: nothing, or the URL of an empty one."""
    if getattr(request, "param", SQLITE) == SQLITE:
        return {}
    return {"database": request.getfixturevalue("postgres_url")}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the counts of a worker to the process that prints."""
    output = getattr(session.config, "workeroutput", None)
    recorder = session.config.stash[RECORDER]
    counts = {name: getattr(recorder, name) for name in COUNTED}
    if output is not None:
        output["answers"] = counts
    else:
        _add(session.config, counts)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the counts of a worker."""
    _add(node.config, getattr(node, "workeroutput", {}).get("answers", {}))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print how many answers were checked, and the figures that tests have measured."""
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")
    reasons = [str(report.longrepr) for report in terminalreporter.getreports("skipped")]
    without = sum(NO_POSTGRES in reason for reason in reasons)
    if without:
        terminalreporter.write_line(f"PostgreSQL: {without} tests skipped, {NO_POSTGRES}")
    totals = config.stash[TOTALS]
    if not FILE.exists():
        terminalreporter.write_line("REST answers: none checked, Discord's description is not here")
    elif any(totals.values()):
        terminalreporter.write_line(
            f"REST answers: {totals['checked']} checked against Discord's description, "
            f"{totals['undescribed']} of routes that it does not describe"
        )


def _add(config: pytest.Config, counts: dict[str, int]) -> None:
    totals = config.stash[TOTALS]
    for name, count in counts.items():
        totals[name] += count
