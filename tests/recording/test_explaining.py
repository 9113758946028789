"""What `explain` prints for a person."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.explaining import explain
from bridge.config.overrides import Overrides
from bridge.recording.lines import FORM, SELF_ID
from tests.tools.bot_texts import create, start_text
from tests.tools.recordings import end, interaction, said, start

NOTE = "could be about several jobs. A bridge at work tries such a message again"


def explained(path: Path, capsys: pytest.CaptureFixture[str], *messages: dict[str, Any]) -> str:
    heard = [
        {"account": 1, "at_ms": 1_800_000_000_000, "event": "MESSAGE_CREATE", "data": one} for one in messages
    ]
    path.write_text("\n".join(json.dumps(line) for line in ({"form": FORM}, *heard)))
    explain(path, Overrides(), as_json=False)
    return capsys.readouterr().out


def without(number: int, thing: str) -> dict[str, Any]:
    """Return the start of a job that differs from others in what a completion does not show."""
    words = start_text(create("a cat", negative_prompt=thing), user=SELF_ID)
    return said(number, words, interaction_metadata=interaction(number))


def test_it_says_that_a_message_of_several_jobs_is_read_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = explained(tmp_path / "tape", capsys, without(1, "rain"), without(2, "snow"), end(3, "a cat"))

    assert "no job: it can be about job 1 or job 2" in told
    assert f"1 message {NOTE}" in told


def test_it_says_nothing_of_that_when_every_message_has_its_job(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = explained(tmp_path / "tape", capsys, start(1, "a cat"), start(2, "a dog"), end(3, "a dog"))

    assert NOTE not in told


@pytest.mark.parametrize("letter", ["\x1b", "\x9b", "\x07", "\u202e"])
def test_what_a_bot_says_does_not_act_on_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], letter: str
) -> None:
    told = explained(tmp_path / "tape", capsys, said(1, f"We are making videos {letter}[31m of a cat"))

    assert letter not in told
    assert "[31m of a cat" in told


def test_menus_and_what_the_bot_tells_of_credits_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [{"label": "Realistic", "value": "r"}, {"label": "Anime", "value": "a"}]
    menu = {"type": 3, "custom_id": "s", "placeholder": "Style", "options": options}
    row = {"type": 1, "components": [menu, {"type": 2, "custom_id": "e", "label": "Extend"}]}
    left = said(1, "Credits left: 41", flags=32768, components=[{"type": 17, "components": [row]}])
    out = said(2, "We are making videos. No: you have run out of credits.")

    told = explained(tmp_path / "tape", capsys, left, out)

    assert "Style (Realistic | Anime)" in told
    assert "Extend" in told
    assert "credits: 41" in told
    assert "failed: it says that the account has no credits" in told
