"""What counts as two at one time, and how long an account had no session."""

import pytest

from tests.chaos.doubles import NS, Stay, doubles, fenced_out, gaps_s
from tests.chaos.fleet import Ended
from tests.chaos.followers import Follower
from tests.tools.world import Api

A, B = "127.0.1.1", "127.0.1.2"


def stay(how: str, address: str, began_s: float, ended_s: float, user: str = "7") -> Stay:
    return Stay(how, user, address, int(began_s * NS), int(ended_s * NS))


@pytest.mark.parametrize(
    "other",
    [stay("identify", B, 5, 15), stay("resume", A, 5, 15), stay("post", B, 5, 6)],
)
def test_two_sessions_of_an_account_or_the_post_of_another_bridge_at_one_time_are_found(other: Stay) -> None:
    session = stay("identify", A, 0, 10)

    assert len(doubles([session, other], {})) == 1


@pytest.mark.parametrize(
    "other",
    [stay("identify", B, 10, 15), stay("post", A, 5, 6), stay("identify", B, 5, 15, user="8")],
)
def test_one_after_the_other_is_not_two_at_one_time(other: Stay) -> None:
    session = stay("identify", A, 0, 10)

    assert doubles([session, other], {}) == []


def test_a_frozen_bridge_is_fenced_out_but_only_until_a_moment_after_it_goes_on() -> None:
    taken_over = stay("identify", B, 18, 40)

    in_time, late = stay("identify", A, 0, 21), stay("identify", A, 0, 30)

    frozen = {A: [(2 * NS, 20 * NS)]}
    assert (doubles([in_time, taken_over], frozen), fenced_out([in_time, taken_over], frozen)) == ([], 1)
    assert len(doubles([late, taken_over], frozen)) == 1


def test_a_gap_lasts_from_the_end_of_a_session_to_the_next_one_anywhere() -> None:
    stays = [stay("identify", A, 0, 10), stay("post", B, 11, 12), stay("identify", B, 24, 30)]

    assert gaps_s(stays, [Ended(A, "death", 10 * NS)], "death") == [14]
    assert gaps_s(stays, [Ended(A, "death", 10 * NS)], "drain") == []


def test_a_reader_that_misses_a_position_or_sees_one_twice_is_found() -> None:
    def nowhere() -> Api:
        raise AssertionError

    def broken(*seen: int) -> int:
        return len(Follower("reader", nowhere, 5, 0, list(seen)).broken([1, 2, 3]))

    assert [broken(1, 2, 3), broken(1, 3), broken(1, 2, 2, 3), broken(1, 3, 2), broken(1, 2, 3, 4)] == [
        0,
        1,
        1,
        1,
        1,
    ]
