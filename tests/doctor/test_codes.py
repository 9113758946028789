"""Every code that a finding can have is explained to those who read it."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.docs.pages import DOCS, ROOT

MAKERS: Final = {"error", "warning", "note", "_as_bad_as"}
CODE: Final = re.compile(r"[a-z]+(_[a-z]+)+")


def codes() -> Iterator[str]:
    """Yield the codes in the program: what `error` and the like are called with."""
    folders = (ROOT / "bridge/doctor", ROOT / "bridge/app", ROOT / "bridge/cli/doctor")
    for path in (each for folder in folders for each in folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                texts = (each.value for each in node.args if isinstance(each, ast.Constant))
                yield from (each for each in texts if isinstance(each, str) and CODE.fullmatch(each))


def test_every_code_of_a_finding_is_on_the_page() -> None:
    told = set(re.findall(r"`([a-z_]+)`", (DOCS / "doctor.md").read_text("utf-8")))
    found = set(codes())

    assert len(found) > 40
    assert sorted(found - told) == []
