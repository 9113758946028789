"""docs/attacks.md names tests that are there."""

import re
from typing import Final

import pytest

from tests.docs.pages import DOCS, ROOT

TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(\w+)` \|$", re.MULTILINE)
ROWS: Final = TEST.findall((DOCS / "attacks.md").read_text("utf-8"))
FEWEST: Final = 25


def test_every_attempt_names_the_test_that_keeps_its_result() -> None:
    assert len(ROWS) >= FEWEST


@pytest.mark.parametrize(("file", "name"), ROWS)
def test_what_an_attempt_names_is_there(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / file).read_text("utf-8")
