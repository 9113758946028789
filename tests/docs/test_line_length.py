"""Prose is read beside code, in a terminal and in a difference: its lines are short."""

from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import ROOT, pages, prose

MOST: Final = 120
EXAMPLE: Final = ROOT / "config.example.yaml"


@pytest.mark.parametrize("page", [*pages(), EXAMPLE], ids=lambda page: str(page.relative_to(ROOT)))
def test_no_line_of_prose_is_longer_than_120_characters(page: Path) -> None:
    lines = prose(page) if page.suffix == ".md" else enumerate(page.read_text("utf-8").splitlines(), 1)

    long = [f"{page.name}:{number}" for number, line in lines if len(line) > MOST]

    assert long == []
