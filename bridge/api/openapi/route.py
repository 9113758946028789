"""A route: an operation at its method and path, and who handles it."""

from dataclasses import dataclass

from bridge.api.http.guard import Handler
from bridge.api.openapi.model import Operation


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path, who handles them, and what there is to know about it."""

    method: str
    path: str
    handler: Handler
    about: Operation
