"""A PostgreSQL of the tests' own: the one that BRIDGE_TEST_POSTGRES names, or a private cluster.

The cluster lies in a temporary directory, listens on a free loopback port, and dies with the process that
started it, so that one that was left behind stands in nobody's way.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

GIVEN: Final = "BRIDGE_TEST_POSTGRES"
PLACES: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
SETTINGS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
LIMIT_S: Final = 90.0
NUMBERS: Final = count(1)
PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True)
class Server:
    """A server that runs, by the URL of its database `postgres`; each test gets a database of its own."""

    url: str

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Create a database, give its URL, and drop it."""
        name = f"bridge_{os.getpid()}_{next(NUMBERS)}"
        self.run("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield self.of(name)
        finally:
            self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def of(self, name: str) -> str:
        """Return the URL of a database of this server."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def run(self, statement: str, *names: str) -> None:
        """Run a statement on the database `postgres`."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@dataclass
class Cluster:
    """A private cluster: its directory and port, and the process while it runs."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://bridge@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make the files of the cluster."""
        self._own()
        options = ("--no-sync", "--auth=trust", "--username=bridge", "--encoding=UTF8", "--locale=C")
        command = [_binary("initdb"), *options, "--pgdata", str(self.folder / "data")]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=LIMIT_S, **_as_nobody())
        with (self.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())

    def copy(self, primary: "Cluster") -> None:
        """Make the files of a standby of a cluster."""
        self._own()
        source = f"host=127.0.0.1 port={primary.port} user=bridge"
        options = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", source)
        command = [_binary("pg_basebackup"), *options, "--pgdata", str(self.folder / "data")]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=LIMIT_S, **_as_nobody())

    def start(self) -> None:
        """Start the server, and return when it answers."""
        command = [_binary("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=partial(_die_with, os.getpid()),
                **_as_nobody(),
            )
        while not self.answers():
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())

    def answers(self) -> bool:
        """Return whether it takes connections."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def promote(self) -> None:
        """Make a standby the primary, and return when it takes writes."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT is a fast shutdown, SIGQUIT an immediate one, SIGKILL a power cut."""
        if self.process is not None:
            children = _children(self.process.pid) if how is signal.SIGKILL else []
            self.process.send_signal(how)
            self.process.wait(LIMIT_S)
            self.process = None
            _kill(children)

    def remove(self) -> None:
        """Stop it and delete its files."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _own(self) -> None:
        self.folder.chmod(0o700)
        if os.geteuid() == 0:
            shutil.chown(self.folder, *_names(_user()))


def is_there() -> bool:
    """Return whether there is a server for the tests, or one can be started."""
    return bool(os.environ.get(GIVEN)) or _folder() is not None


@contextmanager
def server() -> Iterator[Server]:
    """Give the server that is named, or start one and remove it in the end."""
    given = os.environ.get(GIVEN)
    if given:
        yield Server(given)
        return
    with cluster() as started:
        yield Server(started.url)


@contextmanager
def cluster(within: Path | None = None) -> Iterator[Cluster]:
    """Start a private cluster, which the test may stop and start, and remove it in the end."""
    started = Cluster(Path(mkdtemp(prefix="bridge-postgres-", dir=within or "/tmp")), _free_port())
    try:
        started.make()
        started.start()
        yield started
    finally:
        started.remove()


@contextmanager
def standby_of(primary: Cluster) -> Iterator[Cluster]:
    """Start a synchronous standby of a cluster: what the primary has committed, it has too."""
    standby = Cluster(Path(mkdtemp(prefix="bridge-postgres-", dir="/tmp")), _free_port())
    try:
        standby.copy(primary)
        standby.start()
        with psycopg.connect(primary.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("ALTER SYSTEM SET synchronous_commit = 'on'")
            connection.execute("SELECT pg_reload_conf()")
        yield standby
    finally:
        standby.remove()


def _binary(name: str) -> str:
    folder = _folder()
    assert folder is not None
    return str(folder / name)


def _folder() -> Path | None:
    """Return where initdb and postgres are, those of the newest version."""
    found = [path for place in PLACES for path in Path("/").glob(place[1:]) if (path / "initdb").exists()]
    on_path = shutil.which("initdb")
    return max(found, key=lambda path: (len(str(path)), str(path)), default=None) or (
        Path(on_path).resolve().parent if on_path else None
    )


def _user() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _names(user: pwd.struct_passwd) -> tuple[int, int]:
    return user.pw_uid, user.pw_gid


def _as_nobody() -> dict[str, Any]:
    """Return the user of the processes: PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return {}
    uid, gid = _names(_user())
    return {"user": uid, "group": gid, "extra_groups": []}


def _die_with(parent: int) -> None:
    """Let this process be told to end at once when the test's process ends, however that does."""
    if hasattr(signal, "SIGQUIT") and os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
        if os.getppid() != parent:
            os._exit(1)


def _children(parent: int) -> list[int]:
    """Return the processes of a server: each has a session of its own, so that no signal reaches them all."""
    place = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in place.read_text().split()] if place.exists() else []


def _kill(processes: Sequence[int]) -> None:
    """Kill processes, and return when they are gone: as long as one is there, the server does not start."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    while any(map(_runs, processes)):
        pass


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
