"""`pixverse-bridge healthcheck`: its exit codes, the address that it asks, and what it imports."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bridge.cli.healthcheck import healthcheck, probe_of
from tests.tools.command_line import run


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async def answered(request: web.Request) -> web.Response:
        return web.Response(status=int(request.query.get("status", "200")), text=request.path)

    app = web.Application()
    app.router.add_get("/{path:.*}", answered)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("variables", "asked"),
    [
        ({}, "http://127.0.0.1:8080/healthz"),
        ({"BRIDGE_SERVER__HOST": "0.0.0.0", "BRIDGE_SERVER__PORT": "80"}, "http://127.0.0.1:80/healthz"),
        ({"BRIDGE_SERVER__HOST": "::"}, "http://[::1]:8080/healthz"),
        ({"BRIDGE_SERVER__HOST": "fd00::2"}, "http://[fd00::2]:8080/healthz"),
        ({"BRIDGE_SERVER__BASE_PATH": "/pixverse/"}, "http://127.0.0.1:8080/pixverse/healthz"),
        ({"BRIDGE_SERVER__TLS__CERTIFICATE": "cert.pem"}, "https://127.0.0.1:8080/healthz"),
    ],
)
def test_the_probe_is_where_the_variables_of_the_bridge_say(variables: dict[str, str], asked: str) -> None:
    assert probe_of(variables) == asked


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
async def test_the_exit_code_says_whether_all_is_well(
    url: str, status: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code = await asyncio.to_thread(healthcheck, f"{url}/readyz?status={status}", {})

    shown = capsys.readouterr()
    assert exit_code == code
    assert (shown.err if code else shown.out) == f"{status} /readyz\n"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "ftp://127.0.0.1/", "http://127.0.0.1:port/", "nowhere"]
)
def test_who_does_not_answer_is_not_well(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    exit_code = healthcheck(url, {})

    assert exit_code == 1
    assert url in capsys.readouterr().err


async def test_the_command_asks_and_exits(url: str, tmp_path: Path) -> None:
    port = url.rpartition(":")[2]

    asked = await asyncio.to_thread(
        run, "healthcheck", folder=tmp_path, variables={"BRIDGE_SERVER__PORT": port}
    )

    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "200 /healthz\n", "")


def test_no_other_command_is_imported_for_it(tmp_path: Path) -> None:
    asked = "import sys; sys.argv[1:] = ['healthcheck', '--url', 'http://127.0.0.1:1']; import bridge.cli"
    shown = (
        "try: bridge.cli.main()\nexcept SystemExit: print([name for name in sys.modules if 'typer' in name])"
    )

    found = subprocess.run(
        [sys.executable, "-c", f"{asked}\n{shown}"], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert found.stdout == "[]\n"


def test_nothing_but_the_standard_library_is_imported_for_it() -> None:
    read = Path(sys.modules["bridge.cli.healthcheck"].__file__ or "").read_text(encoding="utf-8")
    loaded = "import sys; exec(sys.stdin.read(), {'__name__': 'alone'}); print(*sys.modules)"

    found = subprocess.run(
        [sys.executable, "-S", "-c", loaded], input=read, capture_output=True, text=True, check=True
    )

    names = {name.partition(".")[0] for name in found.stdout.split()}
    assert names <= {*sys.stdlib_module_names, "__main__"}
