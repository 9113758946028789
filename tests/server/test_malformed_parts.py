"""Malformed headers of parts, which anybody can send, leave nothing behind in the process."""

import subprocess
import sys

PROGRAM = """
import aiohttp.multipart as library
import bridge.api.http.form_data

for number in range(1_000):
    library.parse_content_disposition(f"form-data; {number}")
print(len(vars(library).get("__warningregistry__", {})))
"""


def test_a_malformed_header_of_a_part_is_neither_printed_nor_remembered() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert int(done.stdout) <= 1
    assert done.stderr == ""
