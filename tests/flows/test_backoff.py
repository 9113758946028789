"""What has failed is left alone, longer each time."""

from bridge.backoff import MOST_FAILURES, Backoff
from tests.tools.hand_clock import HandClock


def test_what_never_failed_may_be_tried() -> None:
    assert Backoff(HandClock(), (2, 5)).is_over("a")


def test_every_failure_makes_the_pause_longer_up_to_the_last() -> None:
    clock = HandClock()
    back_off = Backoff(clock, (2, 5))

    pauses = [pause_s(back_off, clock) for _ in range(4)]

    assert pauses == [2, 5, 5, 5]


def pause_s(back_off: Backoff, clock: HandClock) -> int:
    back_off.has_failed("a")
    seconds = 0
    while not back_off.is_over("a"):
        clock.pass_s(1)
        seconds += 1
    return seconds


def test_a_success_forgets_the_failures() -> None:
    clock = HandClock()
    back_off = Backoff(clock, (2, 5))
    back_off.has_failed("a")
    back_off.has_failed("a")

    back_off.has_worked("a")

    assert back_off.is_over("a")
    assert pause_s(back_off, clock) == 2


def test_failures_of_one_do_not_hold_another() -> None:
    back_off = Backoff(HandClock(), (2, 5))

    back_off.has_failed("a")

    assert back_off.is_over("b")


def test_the_oldest_failures_are_forgotten_when_there_are_too_many() -> None:
    back_off = Backoff(HandClock(), (2,))

    for key in range(MOST_FAILURES + 1):
        back_off.has_failed(key)

    assert back_off.is_over(0)
    assert not back_off.is_over(1)
