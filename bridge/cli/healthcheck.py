"""`healthcheck`: asks the probe of a running bridge, for containers without curl.

It imports the standard library only, reads no configuration file, and runs before the other commands are even
imported: a container asks every few seconds.
"""

import ssl
import sys
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

LIMIT_S: Final = 20.0
"""How long the bridge may take to answer; who runs a container has a limit of its own, 30 seconds or less."""
MOST_SHOWN: Final = 2_000
UNHEALTHY: Final = 1


def asked_at_once(arguments: Sequence[str], environment: Mapping[str, str]) -> int | None:
    """Run the command if it is this one, as containers call it; None for all else, also for `--help`."""
    match arguments:
        case ["healthcheck"]:
            return healthcheck(None, environment)
        case ["healthcheck", "--url", url]:
            return healthcheck(url, environment)
        case _:
            return None


def healthcheck(url: str | None, environment: Mapping[str, str]) -> int:
    """Print what the probe says and return the exit code: 0 if all is well, else 1."""
    address = urlsplit(probe_of(environment) if url is None else url)
    try:
        is_well, text = _asked(address)
    except (OSError, HTTPException, ValueError) as error:
        is_well, text = False, f"{address.geturl()} does not answer: {error or type(error).__name__}"
    (sys.stdout if is_well else sys.stderr).write(f"{text}\n")
    return 0 if is_well else UNHEALTHY


def probe_of(environment: Mapping[str, str]) -> str:
    """Return the address of the probe on this machine, as the variables of the bridge say."""
    scheme = "https" if environment.get("BRIDGE_SERVER__TLS__CERTIFICATE") else "http"
    host = _reached_at(environment.get("BRIDGE_SERVER__HOST") or "127.0.0.1")
    port = environment.get("BRIDGE_SERVER__PORT") or "8080"
    base_path = (environment.get("BRIDGE_SERVER__BASE_PATH") or "").rstrip("/")
    return f"{scheme}://{host}:{port}{base_path}/healthz"


def _reached_at(host: str) -> str:
    """Return how this machine reaches an address that the bridge listens on."""
    known = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host)  # noqa: S104
    return known or (f"[{host}]" if ":" in host else host)


def _asked(address: SplitResult) -> tuple[bool, str]:
    connection = _connection(address)
    try:
        path = address.path or "/healthz"
        connection.request("GET", f"{path}?{address.query}" if address.query else path)
        answer: HTTPResponse = connection.getresponse()
        text = answer.read(MOST_SHOWN).decode("utf-8", "replace").strip()
        return answer.status == 200, f"{answer.status} {text}"
    finally:
        connection.close()


def _connection(address: SplitResult) -> HTTPConnection:
    host = address.hostname
    if address.scheme not in ("http", "https") or not host:
        raise ValueError("the URL must begin with http:// or https:// and name a host")
    if address.scheme == "http":
        return HTTPConnection(host, address.port, timeout=LIMIT_S)
    return HTTPSConnection(host, address.port, timeout=LIMIT_S, context=_context(host))


def _context(host: str) -> ssl.SSLContext:
    """Return how TLS is checked: not on this machine itself, whose addresses are in no certificate."""
    context = ssl.create_default_context()
    if _is_this_machine(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
