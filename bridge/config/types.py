"""The types of settings, and how each is parsed from YAML, JSON and the environment."""

import json
import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork

from bridge.chat import SNOWFLAKE

_HOST: Final = r"(?:[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
_PATH: Final = r"(?:/[A-Za-z0-9._~-]+)*"
_ORIGIN: Final = rf"https?://{_HOST}"
GREATEST: Final = 10**18
"""The greatest whole number: a database has no greater ones."""
MOST_DAYS: Final = 36_500
"""A century; a time that is reckoned from more days may be none that a database can store."""
BUCKETS: Final = ("s3", "gs", "az")
_MAPPED: Final = IPv6Network("::ffff:0:0/96")


def refuse_a_switch(value: object) -> object:
    """Keep `true` from being read as the number 1."""
    if isinstance(value, bool):
        raise ValueError("is a switch, not a number")  # noqa: TRY004 - pydantic reports ValueError only
    return value


def read_list(value: object) -> object:
    """Parse a list from text: JSON, or values separated by commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith(("[", "{")):
        return read_json(value)
    return [part.strip() for part in value.split(",") if part.strip()]


def read_json(text: str) -> object:
    """Parse JSON; an error never contains the text, which may hold secrets."""
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError("is not valid JSON") from None


def read_snowflake(value: object) -> object:
    """Return an id as text, also if YAML or JSON parsed it as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return an IPv4-mapped network as the IPv4 one, since addresses are compared as IPv4."""
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        address = network.network_address.ipv4_mapped
        return IPv4Network(f"{address}/{network.prefixlen - _MAPPED.prefixlen}")
    return network


def lower(value: object) -> object:
    """Return text in lower case."""
    return value.lower() if isinstance(value, str) else value


Whole = Annotated[int, BeforeValidator(refuse_a_switch), Field(le=GREATEST)]
Seconds = Annotated[float, BeforeValidator(refuse_a_switch), Field(ge=0, allow_inf_nan=False)]
Snowflake = Annotated[str, BeforeValidator(read_snowflake), Field(pattern=f"^{SNOWFLAKE}$")]
Network = Annotated[IPvAnyNetwork, AfterValidator(unmapped)]
Level = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lower)]
Format = Annotated[Literal["auto", "console", "json"], BeforeValidator(lower)]


def refuse_a_repeat(name: str, values: Sequence[str]) -> None:
    """Raise when two entries share a value; the text names the entries, never the value."""
    for index, value in enumerate(values):
        first = values.index(value)
        if first != index:
            raise ValueError(f"entry {index + 1} has the same {name} as entry {first + 1}")


def web_address(url: str, schemes: tuple[str, ...]) -> str:
    """Return the address without a closing slash, or raise when it has another scheme or no host."""
    host = url.partition("://")[2]
    if not url.startswith(schemes) or not host.strip("/") or any(letter.isspace() for letter in url):
        raise ValueError(f"is not an address that starts with {' or '.join(schemes)}")
    return url.rstrip("/")


def media_place(text: str) -> str:
    """Return the URL of a bucket of a known kind, or the path of a directory, with `~` expanded."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return str(Path(text).expanduser())
    bucket = rest.partition("/")[0]
    if scheme not in BUCKETS or not bucket or any(one.isspace() or one in "?#@" for one in rest):
        raise ValueError("is neither a directory nor a bucket such as s3://videos/pixverse (or gs://, az://)")
    return text.rstrip("/")


def web_host(text: str) -> str:
    """Return a host, perhaps with a port, in lower case."""
    host = text.lower()
    if not re.fullmatch(_HOST, host):
        raise ValueError("is not a list of hosts such as bridge.example or bridge.example:8443")
    return host


def web_origin(text: str) -> str:
    """Return an origin as browsers write it, or `*`."""
    origin = text.lower()
    if origin != "*" and not re.fullmatch(_ORIGIN, origin):
        raise ValueError("is not a list of origins such as https://app.example, without a path")
    return origin


def web_path(text: str) -> str:
    """Return a path that begins with a slash and does not end with one; the root is empty."""
    path = text.rstrip("/")
    if not re.fullmatch(_PATH, path) or any(part in (".", "..") for part in path.split("/")):
        raise ValueError("is not a path such as /pixverse")
    return path
