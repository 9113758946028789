"""The order of waiting jobs, and who gets a free slot: without a database."""

from bridge.accounts.account import Kind
from bridge.accounts.slots import Slots
from bridge.flows.submit.assigning import Candidates, fitted
from bridge.jobs.queue import USUAL_PRIORITY, QueuedJob, group_of, next_place


def queue_of(*arriving: tuple[str, str | None, int]) -> list[QueuedJob]:
    """Return jobs in the order of the queue: each arrives with its id, its replyRef and its priority."""
    waiting: list[QueuedJob] = []
    for number, (job_id, reply_ref, priority) in enumerate(arriving):
        group = group_of(reply_ref)
        beside = [each for each in waiting if each.priority == priority]
        last = max((each.place for each in beside if each.grouped_by == group), default=None)
        turns = [min(each.place for each in beside if each.grouped_by == one.grouped_by) for one in beside]
        waiting.append(
            queued(
                job_id,
                priority=priority,
                place=next_place(last, max(turns, default=None)),
                number=number,
                group=group,
            )
        )
    return sorted(waiting, key=lambda each: each.order)


def queued(
    job_id: str,
    *,
    priority: int = USUAL_PRIORITY,
    place: int = 0,
    number: int = 0,
    group: str = "",
    channel: str | None = None,
    account: int | None = None,
    most_jobs: int | None = None,
    file_bytes: int = 0,
) -> QueuedJob:
    return QueuedJob(
        job_id=job_id,
        tenant="default",
        priority=priority,
        place=place,
        number=number,
        grouped_by=group,
        channel=channel,
        account=account,
        most_jobs=most_jobs,
        file_bytes=file_bytes,
        queued_ms=0,
    )


def slots_of(account: int, *, taken: int = 0, tenant: str = "default", kind: Kind = Kind.CONFIGURED) -> Slots:
    return Slots(
        account=account,
        tenant=tenant,
        kind=kind,
        server="1",
        channel=f"channel-{account}",
        mask="abc",
        max_jobs=2,
        taken=taken,
    )


def given(
    waiting: list[QueuedJob], *slots: Slots, limits: dict[int, int] | None = None
) -> list[tuple[str, int]]:
    candidates = Candidates([each.account for each in slots], limits or {})
    return [(job.job_id, chosen.account) for job, chosen in fitted(waiting, slots, candidates, now_ms=0)]


def test_the_oldest_of_the_highest_priority_is_first() -> None:
    waiting = queue_of(("a", None, 5), ("b", None, 9), ("c", None, 0), ("d", None, 9))

    assert [each.job_id for each in waiting] == ["b", "d", "a", "c"]


def test_groups_take_turns_however_many_jobs_one_has() -> None:
    many = [(f"a{number}", f"alice:{number}", 5) for number in range(3)]

    waiting = queue_of(*many, ("b0", "bob:0", 5), ("b1", "bob:1", 5), ("x", "no-colon", 5))

    assert [each.job_id for each in waiting] == ["a0", "b0", "x", "a1", "b1", "a2"]


def test_a_group_that_comes_late_does_not_overtake_those_whose_turn_it_is() -> None:
    of_alice = [queued(f"a{place}", place=place, number=place, group="alice") for place in (7, 8)]

    place = next_place(None, last_turn=7)
    waiting = sorted(
        [*of_alice, queued("b", place=place, number=99, group="bob")], key=lambda each: each.order
    )

    assert [each.job_id for each in waiting] == ["a7", "b", "a8"]


def test_each_free_slot_is_given_once_and_in_order() -> None:
    waiting = queue_of(*((name, None, 5) for name in "abcde"))

    assert given(waiting, slots_of(1, taken=1), slots_of(2)) == [("a", 1), ("b", 2), ("c", 2)]


def test_a_job_that_waits_for_another_account_keeps_nobody_back() -> None:
    waiting = [queued("named", channel="channel-1"), queued("any", number=1)]

    assert given(waiting, slots_of(1, taken=2), slots_of(2)) == [("any", 2)]


def test_a_passing_account_is_given_to_the_job_alone_that_brought_it() -> None:
    waiting = [queued("any"), queued("own", account=7, number=1)]

    assert given(waiting, slots_of(7, kind=Kind.PASSING)) == [("own", 7)]


def test_a_job_gets_no_account_of_another_tenant() -> None:
    assert given([queued("a")], slots_of(1, tenant="other")) == []


def test_a_file_goes_to_an_account_from_which_discord_takes_it() -> None:
    waiting = [queued("large", file_bytes=11), queued("small", number=1)]

    assert given(waiting, slots_of(1), slots_of(2), limits={1: 10}) == [("large", 2), ("small", 1)]
