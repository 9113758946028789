"""Any interleaving of signals: only allowed edges, and what has ended stays."""

from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.jobs.job import JUDGED, NOT_HEARD_OF, OPEN, State
from bridge.jobs.lifecycle import advance, after_the_end, is_visible
from bridge.jobs.signals import LAST_WORDS, Finished, Signal
from tests.tools.jobs import NOW_MS, SIGNALS, new_job

ENDS: Final = {State.FAILED, State.GIVEN_UP, State.CANCELLED}
NEWS: Final = {State.PROGRESS, State.COMPLETED, State.MODERATED, State.DECLINED, *ENDS}
EDGES: Final = {
    State.WAITING: {State.SENDING, *ENDS},
    State.SENDING: {State.WAITING, State.SENT, State.STARTED, *NEWS},
    State.SENT: {State.STARTED, *NEWS},
    State.STARTED: NEWS,
    State.PROGRESS: NEWS,
    State.DECLINED: {State.COMPLETED},
    State.GIVEN_UP: {State.COMPLETED, State.MODERATED},
    State.COMPLETED: set[State](),
    State.MODERATED: {State.COMPLETED},
    State.FAILED: {State.COMPLETED},
    State.CANCELLED: set[State](),
}


class Lifecycle(RuleBasedStateMachine):
    """A job that hears anything in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.job = new_job()
        self.now_ms = NOW_MS
        self.has_ended = False
        self.tellings = 0
        self.late_results = 0

    @rule(signal=st.sampled_from(SIGNALS), passed_ms=st.integers(-1_000, 60_000))
    def hear(self, signal: Signal, passed_ms: int) -> None:
        before, self.now_ms = self.job, self.now_ms + passed_ms
        after = advance(before, signal, self.now_ms)
        if after is None:
            self.job = after_the_end(before, signal) or before
            assert self.job.state is before.state
            return
        self.job = after
        assert after.state in EDGES[before.state]
        assert after.updated_ms >= before.updated_ms
        self.late_results += not before.is_open
        self.tellings += before.status != after.status and not after.is_open

    @precondition(lambda self: self.job.state not in {*OPEN, *JUDGED})
    @rule(signal=st.sampled_from([one for one in SIGNALS if not isinstance(one, Finished)]))
    def hear_after_the_end(self, signal: Signal) -> None:
        assert advance(self.job, signal, self.now_ms) is None

    @precondition(lambda self: self.job.is_owed)
    @rule(signal=st.sampled_from([one for one in SIGNALS if isinstance(one, LAST_WORDS)]))
    def hear_the_last_word(self, signal: Signal) -> None:
        after = advance(self.job, signal, self.now_ms) or after_the_end(self.job, signal)
        assert after is not None
        assert not after.is_owed

    @invariant()
    def an_ended_job_never_opens_again(self) -> None:
        assert not (self.has_ended and self.job.is_open)
        self.has_ended = self.job.ended_ms is not None
        assert self.has_ended is not self.job.is_open

    @invariant()
    def what_is_in_flight_is_owed(self) -> None:
        assert self.job.is_owed or self.job.state not in OPEN - {State.WAITING}
        assert not (self.job.is_owed and self.job.state in {State.WAITING, State.COMPLETED, State.MODERATED})

    @invariant()
    def an_end_is_told_once_and_each_late_result_once_more(self) -> None:
        assert self.tellings == (self.job.ended_ms is not None) + self.late_results <= 3
        assert self.job.is_late is (self.late_results > 0)

    @invariant()
    def what_was_answered_shows_what_the_bot_said(self) -> None:
        assert self.job.said is not None or self.job.state in {*NOT_HEARD_OF, *ENDS}
        assert not is_visible(self.job, self.job)


Lifecycle.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestAnyInterleaving = Lifecycle.TestCase
