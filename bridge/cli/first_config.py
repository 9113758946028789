"""The configuration file that `init` writes: one account, and what a first user may want to change."""

import json
import re
from dataclasses import dataclass
from typing import Final

from bridge.chat import SNOWFLAKE

LINK: Final = re.compile(rf"https://(?:\w+\.)?discord\.com/channels/({SNOWFLAKE})/({SNOWFLAKE})(?:/\d+)?/?")
MOST_JOBS: Final = 10
LOOPBACK: Final = '[127.0.0.0/8, "::1/128"]'
TEXT: Final = """\
# The configuration of a PixVerse bridge. Keep it to yourself: it contains the token of a Discord account.
# Whatever is not in this file has its default: pixverse-bridge check --all shows all settings.
# After a change: pixverse-bridge check --online, then start the bridge again.

accounts:
  - discord: {token} # the account's token; it is valid until the password is changed
    server: {server} # id of the server
    channel: {channel} # id of the thread in which the account talks to the bot
    maxJobs: {jobs} # jobs at a time, 1 to {most}

server:
  host: 127.0.0.1 # for programs on this machine only
  port: 8080

# Callbacks go to public addresses only, and besides to those that are listed here: programs on this machine.
callbacks:
  {comment}allow: {loopback}
"""


@dataclass(frozen=True, slots=True)
class FirstConfig:
    """What the file says."""

    token: str
    server: str
    channel: str
    jobs: int
    is_calling_back_here: bool


def text_of(wanted: FirstConfig) -> str:
    """Return the file; texts are quoted as JSON, which YAML reads too."""
    return TEXT.format(
        token=json.dumps(wanted.token),
        server=json.dumps(wanted.server),
        channel=json.dumps(wanted.channel),
        jobs=wanted.jobs,
        most=MOST_JOBS,
        comment="" if wanted.is_calling_back_here else "#",
        loopback=LOOPBACK,
    )


def place_of(text: str) -> tuple[str, str | None]:
    """Return server and channel of a link, or a server alone; raises `ValueError`."""
    link = LINK.fullmatch(text.strip())
    return (link[1], link[2]) if link else (id_of(text), None)


def id_of(text: str) -> str:
    """Return an id of Discord; raises `ValueError`."""
    found = text.strip().strip("\"'")
    if not re.fullmatch(SNOWFLAKE, found):
        raise ValueError(f"{found[:60]!r} is not a Discord id of 17 to 20 digits")
    return found


def jobs_of(text: str) -> int:
    """Return a number of jobs; raises `ValueError`."""
    if not re.fullmatch("[0-9]{1,2}", text.strip()) or not 1 <= int(text) <= MOST_JOBS:
        raise ValueError(f"{text[:60]!r} is not a number from 1 to {MOST_JOBS}")
    return int(text)


def wish_of(text: str) -> bool:
    """Return whether the answer is yes; raises `ValueError`."""
    if text.strip().lower() not in {"yes", "y", "no", "n"}:
        raise ValueError(f"{text[:60]!r} is neither yes nor no")
    return text.strip().lower().startswith("y")
