"""The words on the pages that a reader replaces by values: where they stand, and what they stand for."""

import re
from collections.abc import Mapping
from typing import Final

PLACES: Final = (
    (r"https://api\.useapi\.net", "url"),
    (r"(?<=Bearer )…", "token"),
    (r"(?<=jobid=)…", "jobid"),
    (r'(?<="discord": ")…', "discord"),
    (r'(?<="server": ")…', "server"),
    (r'(?<="channel": ")…', "channel"),
    (r'(?<="maxJobs": )…', "maxJobs"),
    (r"<Discord token>", "discord"),
    (r"<Discord server id>", "server"),
    (r"<Discord channel id>|<channel>", "channel"),
    (r"<PixVerse prompt>", "prompt"),
    (r'(?<=")API token(?=")', "token"),
    (r'(?<=")Discord token(?=")', "discord"),
    (r'(?<=")Discord server(?: id)?(?=")', "server"),
    (r'(?<=")Discord channel(?: id)?(?=")', "channel"),
    (r'(?<=")PixVerse prompt(?=")', "prompt"),
    (r'(?<=")jobid returned by [^"]+(?=")', "jobid"),
    (r'(?<=")Completed pixverse/… jobid(?=")|<Completed pixverse/… jobid>', "jobid"),
    (r'(?<=")Button from buttons array[^"]+(?=")|<Button from buttons array[^>]+>', "button"),
)
LEFT: Final = re.compile(r"…|<[A-Za-z ]+>")


def filled(code: str, values: Mapping[str, str]) -> str:
    """Return an example with every placeholder replaced by the value of its name."""
    for place, name in PLACES:
        code = re.sub(place, lambda _found, name=name: values[name], code)  # type: ignore[misc]
    assert not LEFT.search(code), f"nothing is known to put here: {code}"
    return code
