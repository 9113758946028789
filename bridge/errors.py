"""The errors that prevent a start. Each message is one sentence for the user.

BridgeError
└── StartError             exit code 1
    ├── ConfigurationError exit code 2: a setting is missing, unknown or bad
    ├── DataError          exit code 3: the data directory or the database cannot be used
    │   └── DataInUse      another bridge uses it
    ├── AddressError       exit code 4: the address cannot be listened on
    ├── RecordingError     exit code 5: a recording cannot be made, or the file is not a recording
    └── TenantInUse        exit code 7: a tenant has running jobs
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
    """A setting is missing, unknown or invalid; the text says where it was set."""

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
    """A recording cannot be made, or a file is not a recording; the text names the line."""

    exit_code = 5


class TenantInUse(StartError):
    """A tenant is not removed because it has running jobs."""

    exit_code = 7


def why_not_listening(error: OSError) -> str:
    """Return why the address cannot be used, without the address that asyncio's own text repeats."""
    if error.errno == errno.EADDRINUSE:
        return "another program already does"
    if error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno).lower()
    return (error.strerror or str(error)).rstrip(".").lower()
