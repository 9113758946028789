"""Figures say what was measured: nearest ranks, and no message that never came is left out."""

import math

import pytest

from bench.figures import at, spread_of
from bench.marks import PROMPT, is_marked, marked, number_of

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


def test_a_measured_message_is_known_by_its_text() -> None:
    text = marked(f"We are making videos. (prompt: {PROMPT})", 12_345)

    assert is_marked(text)
    assert number_of(text) == 12_345
    assert not is_marked(f"(prompt: {PROMPT})")
    assert not is_marked("(prompt: a cat) (12.345%)")
