"""The forms for reports are forms: a mistake in one would hide it from those who want to report something."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT

FORMS = sorted(
    path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"
)
ASKING = {"input", "textarea", "dropdown"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_has_what_a_form_needs(path: Path) -> None:
    form: dict[str, Any] = yaml.safe_load(path.read_text())

    assert form["name"]
    assert form["description"]
    asked = [part for part in form["body"] if part["type"] in ASKING]
    assert {part["type"] for part in form["body"] if part not in asked} <= {"markdown"}
    assert len({part["id"] for part in asked}) == len(asked) > 0
    assert all(part["attributes"]["label"] for part in asked)
    assert all(part["attributes"]["options"] for part in asked if part["type"] == "dropdown")


def test_there_is_a_form_for_a_fault_a_changed_bot_and_a_wish() -> None:
    assert [path.stem for path in FORMS] == ["bot_changed", "fault", "wish"]
