"""A reader of the stream: a plain HTTP client that notes when each line of data has been read.

Usage: python -m bench.reader COUNT URL, with the API token on stdin. Prints when it listens, and when COUNT
records were read, or none for a while, what was read and when.
"""

import http.client
import json
import sys
import time
from typing import Final
from urllib.parse import urlsplit

from bench.marks import Heard, is_marked, tell

SILENCE_S: Final = 30.0


def main(count: int, url: str, token: str) -> None:
    """Read until all has come."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=SILENCE_S)
    connection.request("GET", "/v1/pixverse/events", headers={"Authorization": f"Bearer {token}"})
    stream = connection.getresponse()
    tell(stream.status)
    tell(read(stream, count))


def read(stream: http.client.HTTPResponse, count: int) -> list[Heard]:
    """Return the texts of the measured records, each with the time when its line was first complete."""
    found: dict[str, int] = {}
    try:
        while len(found) < count:
            line, read_ns = stream.readline(), time.monotonic_ns()
            content = json.loads(line[6:]).get("content", "") if line.startswith(b"data: ") else ""
            if is_marked(content):
                found.setdefault(content, read_ns)
    except TimeoutError:
        pass
    return [(read_ns, content) for content, read_ns in found.items()]


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.stdin.readline().strip())
