"""Addresses of the bridge's own copies.

Without `media.public_url` the bridge gives their paths: it does not know by which address it is reached.
"""

import json
from functools import partial
from typing import Any
from urllib.parse import urljoin


def parsed(text: str | bytes, bridge: str) -> Any:
    """Return JSON of the bridge in which every `mirror_url` is a whole address; raises `ValueError`."""
    return json.loads(text, object_hook=partial(_completed, bridge))


def address_on(bridge: str, link: str) -> str:
    """Return the address of a link that may be a path on the bridge."""
    return urljoin(f"{bridge}/", link)


def _completed(bridge: str, found: dict[str, Any]) -> dict[str, Any]:
    if isinstance(copy := found.get("mirror_url"), str):
        found["mirror_url"] = address_on(bridge, copy)
    return found
