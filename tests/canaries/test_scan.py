"""The scan finds a secret wherever it was put, and lets pass only what the list allows."""

import base64
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

from bridge.access.token_text import is_token
from bridge.logs import Redactor
from tests.canaries import planting
from tests.canaries.__main__ import left_in, print_verdict
from tests.canaries.canary import ALLOWED, MARKS, Sighting, is_leak, sightings
from tests.tools.hand_clock import HandClock

MADE = {
    "Discord token": planting.discord_token(1179648236520448000, Random(1)),
    "interaction token": planting.interaction_token(SimpleNamespace(rng=Random(1))),
    "API token": planting.api_token(),
    "webhook secret": planting.webhook_secret(),
    "encryption key": planting.encryption_key(),
}
PLANTED = {kind.lower().replace(" ", "_"): 1 for kind in MADE}
LEFT = ["bridge.db", "bridge.db-wal", "log.txt", "tape", "data/uploads/a", "explained.json", "core"]
SPELLED = {
    "plain": str.encode,
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "base64": lambda text: base64.b64encode(b"Bearer " + text.encode()),
    "base64 of two more bytes": lambda text: base64.b64encode(b"x:" + text.encode() + b"yz"),
}


@pytest.mark.parametrize("name", LEFT)
@pytest.mark.parametrize("kind", MARKS)
def test_a_planted_leak_is_found_in_whatever_was_left(tmp_path: Path, kind: str, name: str) -> None:
    file = tmp_path / "a test" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\0before " + MADE[kind].encode() + b" after\xff")

    [seen] = left_in(tmp_path)

    assert (seen.kind, seen.which) == (kind, f"a test/{name}")
    assert is_leak(seen)
    assert print_verdict([], PLANTED, files=1) == 0
    assert print_verdict([seen], PLANTED, files=1) == 1


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
@pytest.mark.parametrize("kind", MARKS)
def test_a_planted_leak_is_found_in_every_spelling(kind: str, spelled: object) -> None:
    content = spelled(MADE[kind])  # type: ignore[operator]

    assert [seen.kind for seen in sightings(content, "answer", "GET /v1/pixverse/jobs")] == [kind]


@pytest.mark.parametrize(
    "place", ["answer", "callback", "process list", "output", "errors", "log", "database"]
)
@pytest.mark.parametrize("kind", MARKS)
def test_what_is_allowed_somewhere_is_a_leak_elsewhere(kind: str, place: str) -> None:
    elsewhere = Sighting(kind, place, "GET /v1/pixverse/jobs")

    allowed = [
        Sighting(kind, where, f"GET {name}" if where == "answer" else name)
        for where, names in ALLOWED.get(kind, {}).items()
        for name in names
    ]

    assert is_leak(elsewhere)
    assert [seen for seen in allowed if is_leak(seen)] == []


def test_a_run_in_which_nothing_was_planted_is_no_proof(capsys: pytest.CaptureFixture[str]) -> None:
    without = {kind: count for kind, count in PLANTED.items() if kind != "discord_token"}

    assert print_verdict([], without, files=1) == 1
    assert "NOT PLANTED: Discord token" in capsys.readouterr().out


def test_what_is_planted_has_the_form_of_what_it_stands_for() -> None:
    clean = Redactor(HandClock()).clean

    assert is_token(MADE["API token"])
    assert len(base64.b64decode(MADE["webhook secret"].removeprefix("whsec_"))) == 32
    assert {kind for kind, text in MADE.items() if clean(text) == "[redacted]"} == set(MADE) - {
        "encryption key"
    }
