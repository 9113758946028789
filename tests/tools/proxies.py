"""nginx and Caddy in front of a bridge, configured by the files of `deploy/`; each dies with its test."""

import asyncio
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.tools.certificates import certificate_in

ROOT: Final = Path(__file__).parents[2]
NGINX_FILE: Final = ROOT / "deploy/nginx/pixverse-bridge.conf"
CADDY_FILE: Final = ROOT / "deploy/caddy/Caddyfile"
LIMIT_S: Final = 60.0
PORTS: Final = 5
"""How many ports are tried: another process may take the free one before the proxy does."""
AROUND: Final = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


@dataclass(frozen=True)
class Plan:
    """How a proxy is to be started, and what it is reached with."""

    command: tuple[str, ...]
    url: str
    context: ssl.SSLContext | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def nginx_for(bridge_port: int, port: int, folder: Path) -> Plan:
    """Write the configuration of an nginx with TLS."""
    files = certificate_in(folder, "proxy")
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "127.0.0.1:8080": f"127.0.0.1:{bridge_port}",
        "/etc/ssl/bridge.example/fullchain.pem": str(files.certificate),
        "/etc/ssl/bridge.example/privkey.pem": str(files.key),
    }
    site = _changed(NGINX_FILE.read_text(), changes)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, site=site))
    command = (_program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr")
    context = ssl.create_default_context(cafile=str(files.certificate))
    return Plan(command, f"https://127.0.0.1:{port}/pixverse", context)


def caddy_for(bridge_port: int, port: int, folder: Path) -> Plan:
    """Return how a Caddy without TLS is started: for a name of its own it would ask for a certificate."""
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + CADDY_FILE.read_text())
    variables = {
        "SITE": f"http://127.0.0.1:{port}",
        "BRIDGE": f"127.0.0.1:{bridge_port}",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = (_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile"))
    return Plan(command, f"http://127.0.0.1:{port}/pixverse", variables=variables)


PLANS: Final[Mapping[str, Callable[[int, int, Path], Plan]]] = {"nginx": nginx_for, "caddy": caddy_for}


def is_installed(name: str) -> bool:
    """Return whether a proxy is on this machine."""
    return _found(name) is not None


@asynccontextmanager
async def proxy_of(name: str, bridge_port: int, folder: Path) -> AsyncIterator[Plan]:
    """Run a proxy in front of a bridge."""
    for _ in range(PORTS):
        port = _free_port()
        plan = PLANS[name](bridge_port, port, folder)
        with (folder / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *plan.command, cwd=folder, env={**os.environ, **plan.variables}, stdout=log, stderr=log
            )
        try:
            if await _listens(process, port):
                yield plan
                return
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
    raise RuntimeError((folder / f"{name}.log").read_text())


def _changed(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _found(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _program(name: str) -> str:
    found = _found(name)
    assert found is not None
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def _listens(process: asyncio.subprocess.Process, port: int) -> bool:
    async with asyncio.timeout(LIMIT_S):
        while process.returncode is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return True
            await asyncio.sleep(0.02)
    return False
