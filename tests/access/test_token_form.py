"""The form of an API token, by which secret scanners know it."""

import re
from pathlib import Path

import pytest

from bridge.access.duration import NoDuration, duration_ms
from bridge.access.quotas import Quotas, RequestWindows, jobs_spent
from bridge.access.token_text import (
    CHECKSUM_LENGTH,
    PREFIX,
    RANDOM_LENGTH,
    SHORTEST_RANDOM,
    checksum,
    is_token,
    new_token,
)
from bridge.logs.shapes import SHAPES


def test_a_token_is_a_prefix_random_letters_and_digits_and_a_checksum() -> None:
    tokens = {new_token() for _ in range(200)}

    assert len(tokens) == 200
    assert all(re.fullmatch(r"pvb_[A-Za-z0-9]{32,}[A-Za-z0-9]{6}", token) for token in tokens)
    assert all(is_token(token) for token in tokens)


def test_the_docs_and_the_redaction_know_the_form() -> None:
    page = (Path(__file__).parents[2] / "docs" / "tokens.md").read_text()

    assert f"`{PREFIX}`, {RANDOM_LENGTH} random characters" in page
    assert f"`{PREFIX}[A-Za-z0-9]{{{SHORTEST_RANDOM + CHECKSUM_LENGTH},}}`" in page
    assert any(shape.pattern.fullmatch(new_token()) for shape in SHAPES)


def test_a_checksum_is_the_crc_of_what_stands_before_it_in_base_62() -> None:
    assert checksum("") == "000000"
    assert checksum("123456789") == "3jZRME"


def test_a_token_with_one_other_letter_is_known_as_none() -> None:
    token = new_token()

    for place in (4, 20, 39, 45):
        other = "a" if token[place] != "a" else "b"
        assert not is_token(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("text", ["", "pvb_", "pvb_" + "a" * 37, "ghp_" + "a" * 38, "pvb_" + "é" * 38])
def test_other_texts_are_known_as_none(text: str) -> None:
    assert not is_token(text)


@pytest.mark.parametrize(
    ("text", "ms"), [("6s", 6_000), ("30m", 1_800_000), ("12h", 43_200_000), ("90d", 7_776_000_000)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, ms: int) -> None:
    assert duration_ms(text) == ms


@pytest.mark.parametrize("text", ["", "6", "s", "0s", "-1d", "1.5h", "90 d", "90D", "1w", "٣d", "99999999d"])
def test_another_duration_is_refused(text: str) -> None:
    with pytest.raises(NoDuration):
        duration_ms(text)


def test_requests_are_counted_in_windows_of_a_minute() -> None:
    windows, quotas = RequestWindows(), Quotas(requests_per_minute=2)

    taken = [windows.take("of-a-token", quotas, at_ms) for at_ms in (0, 30_000, 59_999, 60_000)]

    assert [(one[0].left, one[0].reset_s, one[1]) for one in taken if one] == [
        (1, 60, True),
        (0, 30, True),
        (0, 1, False),
        (1, 60, True),
    ]


def test_a_token_without_a_quota_is_not_counted() -> None:
    assert RequestWindows().take("of-a-token", Quotas(), 0) is None


def test_jobs_are_counted_by_days_of_utc() -> None:
    assert jobs_spent(5, 86_400_000 * 3 - 1_500).reset_s == 2
