"""What traces are made with: nothing, unless the library is there and tracing is switched on.

A job's trace has no state but its id and the `traceparent` that its submit brought: whatever process takes a
step of the job makes the spans of that step, also after a restart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Attributes: TypeAlias = Mapping[str, str | int]
NO_HEADERS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Origin:
    """The job of a span, and the `traceparent` that its submit brought."""

    job_id: str
    traceparent: str | None


class Sending:
    """The span of a POST to a receiver, while that is in progress; `headers` tell the receiver of it."""

    headers: Mapping[str, str] = NO_HEADERS

    def end(self, status: int | None, error: str | None) -> None:
        """End the span with the receiver's status, or with why there is none."""


class Tracing:
    """Makes no spans, and takes no `traceparent`; `OpenTelemetry` does."""

    def taken(self, traceparent: str | None) -> str | None:
        """Return what is kept with the job of a submit that brought this header."""

    def job(self, origin: Origin, began_ms: int, ended_ms: int, about: Attributes, error: str | None) -> None:
        """Make the span of a job that has ended, above all others of it; `error` is why it has no video."""

    def phase(self, origin: Origin, name: str, began_ms: int, ended_ms: int, about: Attributes) -> None:
        """Make the span of a part of a job's way."""

    def sending(self, name: str, origin: Origin | None, about: Attributes) -> Sending:  # noqa: ARG002
        """Begin the span of a POST, of a job or in a trace of its own."""
        return Sending()

    def stop(self, within_s: float) -> None:
        """Begin to send what waits, for at most so long."""


NO_TRACING: Final = Tracing()
