"""A reader of the stream: a plain HTTP client that notes when each line of data has been read.

Usage: python -m bench.reader, with `{"url": …, "token": …}` on stdin. Prints when it listens; then each line
`{"hear": N}` asks for the next N records: what was read and when.
"""

import http.client
import json
import sys
import time
from typing import Final
from urllib.parse import urlsplit

from bench.marks import Heard, mark_of, tell

SILENCE_S: Final = 15.0


def main() -> None:
    """Read whatever is asked for."""
    bridge = json.loads(sys.stdin.readline())
    place = urlsplit(bridge["url"])
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    headers = {"Authorization": f"Bearer {bridge['token']}"}
    connection.request("GET", "/v1/pixverse/events", headers=headers)
    stream = connection.getresponse()
    tell(stream.status)
    while line := sys.stdin.readline():
        tell(read(stream, json.loads(line)["hear"]))


def read(stream: http.client.HTTPResponse, count: int) -> list[Heard]:
    """Return the marks of the measured records, each with the time when its line was first complete."""
    found: dict[str, int] = {}
    begun = time.monotonic()
    last = begun
    while len(found) < count and time.monotonic() - last < (SILENCE_S if found else 4 * SILENCE_S):
        line, read_ns = stream.readline(), time.monotonic_ns()
        mark = mark_of(json.loads(line[6:]), "messageId") if line.startswith(b"data: ") else None
        if mark is not None and mark not in found:
            found[mark], last = read_ns, time.monotonic()
    return [(read_ns, mark) for mark, read_ns in found.items()]


if __name__ == "__main__":
    main()
