"""Write docs/openapi.json: the description of the API, as a running bridge serves it.

Usage: python scripts/write_openapi.py
"""

from pathlib import Path
from typing import Any, Final, cast

from bridge.api.openapi.pages import description
from bridge.api.routes import Resources, table

FILE: Final = Path(__file__).parents[1] / "docs" / "openapi.json"


class Anyone:
    """Stands for every resource: a description names no handler."""

    def __getattr__(self, _name: str) -> Any:
        return self

    def __call__(self, *_given: object) -> Any:
        """Return the handler that a resource makes."""
        return self


def described() -> bytes:
    """Return the description of the routes that there are."""
    return description(table(cast("Resources", Anyone())))


if __name__ == "__main__":
    FILE.write_bytes(described())
