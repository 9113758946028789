"""What two sides of a measurement say of one another."""

import pytest

from tests.chaos.spread import Sides, p


def test_a_percentile_is_the_nearest_rank() -> None:
    values = [float(number) for number in range(100, 0, -1)]

    assert (p(50, values), p(99, values), p(100, values), p(99, [7.0])) == (50, 99, 100, 7)


def test_equal_sides_are_surely_equal() -> None:
    block = [float(number) for number in range(1, 101)]

    sides = Sides([(block, block)] * 8)

    assert (sides.ratio, sides.sure(), sides.broken) == (1, (1, 1), [])


def test_one_slow_block_of_many_proves_nothing_and_slow_blocks_do() -> None:
    quick, slow = [1.0] * 100, [1.0] * 90 + [3.0] * 10

    by_chance = Sides([(quick, quick)] * 19 + [(quick, slow)])
    always = Sides([(quick, slow)] * 20)

    assert by_chance.broken == []
    assert by_chance.sure()[0] == 1
    assert (always.ratio, always.sure()) == (3, (3, 3))
    assert always.broken == ["a healthy receiver is 3.00 times slower at least"]


@pytest.mark.parametrize(("received", "broken"), [(9, 1), (10, 0)])
def test_a_callback_that_did_not_come_is_told(received: int, broken: int) -> None:
    sides = Sides([([1.0], [1.0])], received=received, expected=10)

    assert len(sides.broken) == broken
