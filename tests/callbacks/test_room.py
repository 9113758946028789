"""Who may be called back now: receivers that fail have turns, and rest between them."""

from math import inf

from bridge.callbacks.receiver_limits import (
    BREATH_MS,
    LONGEST_REST_MS,
    PER_RECEIVER,
    PER_TAKING_RECEIVER,
    LimitsSnapshot,
    ReceiverLimits,
    rest_ms,
)

NOW_MS = 1_700_000_000_000


def room(rooms: ReceiverLimits, now_ms: int) -> LimitsSnapshot:
    return rooms.now(now_ms, at_once=64, in_all=1000)


def test_one_that_does_not_fail_has_room_for_a_few() -> None:
    rooms = ReceiverLimits()
    rooms.begin("msg-1", "one", NOW_MS)

    found = room(rooms, NOW_MS).healthy(["one", "other"])

    assert found == {"one": PER_RECEIVER - 1, "other": PER_RECEIVER}


def test_one_that_fails_rests_and_then_has_its_turn() -> None:
    rooms = ReceiverLimits()
    rooms.note("one", NOW_MS, has_failed=True)

    resting, rested = room(rooms, NOW_MS), room(rooms, NOW_MS + rest_ms(1))

    assert (resting.healthy(["one"]), resting.in_turn(["one"])) == ({}, {})
    assert resting.next_turn_in_ms(["one"]) == rest_ms(1)
    assert (rested.in_turn(["one"]), rested.in_turn(["other"])) == ({"one": 1}, {})


def test_turns_are_a_breath_apart_and_go_to_who_was_tried_longest_ago() -> None:
    rooms = ReceiverLimits()
    for number, receiver in enumerate(("one", "two", "three")):
        rooms.note(receiver, NOW_MS + number, has_failed=True)
    later_ms = NOW_MS + LONGEST_REST_MS

    order = list(room(rooms, later_ms).in_turn(["three", "two", "one"]))
    rooms.begin("msg-1", "one", later_ms)
    breathing = room(rooms, later_ms)

    assert order == ["one", "two", "three"]
    assert breathing.in_turn(["two", "three"]) == {}
    assert breathing.next_turn_in_ms(["one", "two"]) == BREATH_MS


def test_one_that_fails_has_no_turn_while_it_is_being_called() -> None:
    rooms = ReceiverLimits()
    rooms.note("one", NOW_MS, has_failed=True)
    rooms.begin("msg-1", "one", NOW_MS)

    calling = room(rooms, NOW_MS + LONGEST_REST_MS)

    assert (calling.in_turn(["one"]), calling.next_turn_in_ms(["one"])) == ({}, inf)


def test_one_that_goes_on_failing_rests_longer_and_a_success_ends_that() -> None:
    rooms, rests_ms = ReceiverLimits(), []
    for has_failed in (True, True, True, False, True):
        rooms.note("one", NOW_MS, has_failed=has_failed)
        rests_ms.append(room(rooms, NOW_MS).next_turn_in_ms(["one"]))

    assert rests_ms == [20, 40, 80, inf, 20]
    assert rest_ms(1_000) == LONGEST_REST_MS == 1_000


def test_one_that_has_taken_a_callback_fails_no_more() -> None:
    rooms = ReceiverLimits()
    for has_failed in (True, False):
        rooms.note("one", NOW_MS, has_failed=has_failed)

    assert room(rooms, NOW_MS).healthy(["one"]) == {"one": PER_TAKING_RECEIVER}


def test_one_that_took_its_last_callback_has_more_room_until_it_fails() -> None:
    rooms = ReceiverLimits()
    before = room(rooms, NOW_MS).healthy(["one"])
    rooms.note("one", NOW_MS, has_failed=False)
    taking = room(rooms, NOW_MS).healthy(["one", "other"])
    rooms.note("one", NOW_MS, has_failed=True)

    assert before == {"one": PER_RECEIVER}
    assert taking == {"one": PER_TAKING_RECEIVER, "other": PER_RECEIVER}
    assert room(rooms, NOW_MS).healthy(["one"]) == {}


def test_no_more_is_claimed_than_may_be_under_way() -> None:
    rooms = ReceiverLimits()
    rooms.begin("msg-1", "one", NOW_MS)

    assert (rooms.now(NOW_MS, 64, 3).most, rooms.now(NOW_MS, 1, 3).most) == (2, 1)


def test_one_that_has_answered_has_room_again_before_the_answer_is_on_the_disk() -> None:
    rooms = ReceiverLimits()
    for number in range(PER_RECEIVER):
        rooms.begin(f"msg-{number}", "one", NOW_MS)

    others_waited = [rooms.free("msg-0", "one"), rooms.free("msg-1", "one"), rooms.free("msg-1", "one")]
    answered = room(rooms, NOW_MS)
    rooms.end("msg-0", "one")
    settled = room(rooms, NOW_MS)

    assert others_waited == [True, False, False]
    assert answered.healthy(["one"]) == settled.healthy(["one"]) == {"one": 2}
    assert (len(answered.under_way), len(settled.under_way)) == (PER_RECEIVER, PER_RECEIVER - 1)
