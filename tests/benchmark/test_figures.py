"""Figures say what was measured: nearest ranks, and no message that never came is left out."""

import math

import pytest

from bench.figures import at, spread_of
from bench.marks import PROMPT, mark_of, marked, number_of

MS = 1_000_000


@pytest.mark.parametrize(("share", "value"), [(0.5, 50.0), (0.99, 99.0), (1, 100.0), (0.001, 1.0)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    measured = [float(number) for number in range(1, 101)]

    found = at(measured, share)

    assert found == value


def test_what_never_came_is_counted_as_missing() -> None:
    written = {"a": 0, "b": 10 * MS, "c": 20 * MS}

    spread = spread_of(written, [(2 * MS, "a"), (24 * MS, "c"), (99 * MS, "of another run")])

    assert (spread.count, spread.missing) == (3, 1)
    assert (spread.p50_ms, spread.most_ms) == (2.0, 4.0)


def test_nothing_heard_is_no_figure() -> None:
    spread = spread_of({"a": 0}, [])

    assert spread.missing == 1
    assert math.isnan(spread.p99_ms)


def test_a_measured_edit_is_known_by_its_text() -> None:
    text = marked(f"We are making videos. (prompt: {PROMPT})", 12_345)

    mark = mark_of({"id": "1", "content": text, "attachments": []}, "id")

    assert mark == text
    assert number_of(text) == 12_345


def test_a_measured_completion_is_known_by_its_message() -> None:
    record = {"messageId": "7", "content": f"(prompt: {PROMPT})", "attachments": [{"filename": "a.mp4"}]}

    mark = mark_of(record, "messageId")

    assert mark == "7"


@pytest.mark.parametrize("content", [f"(prompt: {PROMPT})", "(prompt: a cat) (12.345%)", None])
def test_what_does_not_belong_to_the_measurement_has_no_mark(content: str | None) -> None:
    message: dict[str, object] = {"id": "1", "content": content, "attachments": []}

    mark = mark_of(message, "id")

    assert mark is None
