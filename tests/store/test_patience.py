"""A request has one patience with the database, however often it asks."""

from bridge.store.patience import Patience
from tests.tools.hand_clock import HandClock


def test_what_a_request_has_waited_is_taken_from_its_next_wait() -> None:
    clock = HandClock()
    patience = Patience(clock)

    with patience.waiting(4) as first_s:
        clock.pass_s(3)
    with patience.waiting(4) as second_s:
        clock.pass_s(2)
    with patience.waiting(4) as third_s:
        pass

    assert (first_s, second_s, third_s) == (4, 1, 0)


def test_time_spent_on_anything_else_gives_the_patience_back() -> None:
    clock = HandClock()
    patience = Patience(clock)
    with patience.waiting(4):
        clock.pass_s(3)

    clock.pass_s(1)
    with patience.waiting(4) as soon_s:
        pass
    clock.pass_s(60)
    with patience.waiting(4) as later_s:
        pass

    assert (soon_s, later_s) == (2, 4)
