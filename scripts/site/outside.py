"""Other hosts: a reader's browser asks none of them, unless the reader follows a link."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

NOWHERE: Final = "about:invalid"
_ADDRESS: Final = re.compile(
    r"(?:https?:)?//(?!www\.w3\.org/)(?:[a-z0-9$][\w.@{}$-]*\.[a-z]{2,}|\$\{\w+\})(?=[/`\"'])", re.IGNORECASE
)
_COMMENT: Final = re.compile(r"/\*.*?\*/|!--!.*?--", re.DOTALL)


def cut_off(site: Path) -> None:
    """Take the addresses out of the builder's scripts, which load what no page here uses from other hosts."""
    for script in site.rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        script.write_text(_ADDRESS.sub(NOWHERE, text), encoding="utf-8")


def addresses_in(asset: Path) -> Iterator[str]:
    """Yield the addresses of other hosts in a script or a style sheet; nobody loads one in a comment."""
    text = _COMMENT.sub("", asset.read_text(encoding="utf-8"))
    yield from (found[0] for found in _ADDRESS.finditer(text))
