"""Why the bridge does not start, as one tree; every message is one sentence for a person.

BridgeError
└── StartError             exit code 1
    ├── ConfigurationError exit code 2: a setting is missing, unknown or bad
    ├── DataError          exit code 3: the data directory or the database cannot be used
    │   └── DataInUse      another bridge uses it
    ├── AddressError       exit code 4: the address cannot be listened on
    └── RecordingError     exit code 5: a recording cannot be made, or the file is none
"""

import errno
import os
from typing import ClassVar


class BridgeError(Exception):
    """The root of the bridge's own errors."""


class StartError(BridgeError):
    """The bridge cannot start; the text says why and what to do."""

    exit_code: ClassVar[int] = 1


class ConfigurationError(StartError):
    """A setting is missing, unknown or bad; the text names its place."""

    exit_code = 2


class DataError(StartError):
    """The data directory or the database cannot be used."""

    exit_code = 3


class DataInUse(DataError):
    """Another bridge uses the data directory or the database."""


class AddressError(StartError):
    """The address cannot be listened on."""

    exit_code = 4


class RecordingError(StartError):
    """A recording cannot be made, or the file that is to be explained is none; the text names its line."""

    exit_code = 5


def why_not_listening(error: OSError) -> str:
    """Return why an address cannot be had; asyncio's own text repeats the address."""
    if error.errno == errno.EADDRINUSE:
        return "another program already does"
    if error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno).lower()
    return (error.strerror or str(error)).rstrip(".").lower()
