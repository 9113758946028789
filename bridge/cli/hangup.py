"""SIGHUP: the files of the certificate are read again."""

import asyncio
import signal
from contextlib import suppress

from bridge.api.http.certificate import ServerCertificate


def read_again_on_hangup(certificate: ServerCertificate | None) -> None:
    """Read the certificate again on SIGHUP; without one the signal ends the process, as usual."""
    if certificate is not None:
        with suppress(NotImplementedError, AttributeError):  # Windows has no such signal
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, certificate.read_again)
