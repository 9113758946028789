"""An outage of Discord's REST, as one account meets it."""

from dataclasses import replace
from random import Random
from typing import Final

from bridge.flows.send.next_job import SenderState, Turn, next_turn
from bridge.flows.send.prepare import FIRST_PAUSE_S, LONGEST_PAUSE_S, Outage
from bridge.jobs.command import Command, Upload, Verb
from bridge.pixverse.profile import DEFAULT
from bridge.store.rows import jobs
from tests.flows.conftest import Rig

PICTURE: Final = Upload(3, "image/png", "key", "hash")


def test_the_pauses_grow_up_to_the_longest_and_a_success_ends_them() -> None:
    outage, now_ms, pauses_ms = Outage(Random(1)), 0, []
    for _ in range(10):
        outage.has_failed(now_ms)
        pauses_ms.append(outage.left_ms(now_ms))
        now_ms += pauses_ms[-1]

    assert FIRST_PAUSE_S * 500 <= pauses_ms[0] <= FIRST_PAUSE_S * 1000
    assert LONGEST_PAUSE_S * 500 <= pauses_ms[-1] <= LONGEST_PAUSE_S * 1000
    assert (outage.lasts, outage.left_ms(now_ms)) == (True, 0)
    outage.has_worked(now_ms)
    assert not outage.lasts


def test_what_fails_together_counts_once() -> None:
    outage = Outage(Random(1))
    outage.has_failed(0)
    first_ms = outage.left_ms(0)

    outage.has_failed(10)

    assert outage.left_ms(10) == first_ms - 10


def test_what_was_begun_before_the_failure_does_not_end_the_outage() -> None:
    outage = Outage(Random(1))
    outage.has_failed(1_000)

    outage.has_worked(999)

    assert outage.lasts


async def test_in_an_outage_one_job_is_tried_at_a_time_and_none_always_comes_first(rig: Rig) -> None:
    with_pictures = [
        replace(rig.new_job(number), command=Command(verb=Verb.ANIMATE, prompt=prompt, image=PICTURE))
        for number, prompt in ((1, "a cat"), (2, "a dog"), (3, "a horse"))
    ]
    await rig.database.write(lambda tx: [jobs.insert(tx, job) for job in with_pictures])
    await rig.waiting(4, "a word")
    tried = {"job-1": -5, "job-2": -700, "job-3": -10}
    known = SenderState(rig.clock.now_ms(), pace_s=0, room=2, left_alone=tried, is_one_by_one=True)

    turn = await turn_of(rig, known)
    quiet = await turn_of(rig, replace(known, quiet_ms=3_000))

    assert [job.id for job in turn.prepare] == ["job-2", "job-4"]
    assert [job.id for job in quiet.prepare] == ["job-4"]
    assert 3_000 in quiet.waits_ms


async def turn_of(rig: Rig, known: SenderState) -> Turn:
    return await rig.database.read(lambda tx: next_turn(tx, rig.account.id, DEFAULT, known))
