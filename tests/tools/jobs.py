"""Jobs in every state, and a signal of every kind."""

from typing import Final

from bridge.jobs.command import Command, Verb
from bridge.jobs.job import IN_FLIGHT, JUDGED, Cause, Failure, Job, Said, State
from bridge.jobs.signals import (
    Acknowledged,
    Assigned,
    Cancelled,
    Claimed,
    Declined,
    Failed,
    Finished,
    GivenUp,
    Progressed,
    Refused,
    Returned,
    Signal,
    Started,
)

NOW_MS: Final = 1_700_000_000_000
LATER_MS: Final = NOW_MS + 5_000

START: Final = Said("1000", content="We are making videos.", timestamp="2023-11-14T22:13:20+00:00")
HALF_WAY: Final = Said("1000", content="We are making videos. 50%", timestamp="2023-11-14T22:13:20+00:00")
VIDEO: Final = Said("2000", content="Here it is", timestamp="2023-11-14T22:14:20+00:00")
APOLOGY: Final = Said("3000", content="Apologies!", timestamp="2023-11-14T22:14:20+00:00")
NOTICE: Final = Said("4000", content="Your queue is full", timestamp="2023-11-14T22:14:20+00:00")

ASSIGNED: Final = Assigned(account=7, server="2", channel="3", discord="abc", max_jobs=3)
SIGNALS: Final[tuple[Signal, ...]] = (
    ASSIGNED,
    Claimed(),
    Returned(),
    Acknowledged(),
    Started(START),
    Progressed(HALF_WAY),
    Finished(VIDEO),
    Refused(APOLOGY, Failure(Cause.MODERATED, "Apologies!")),
    Declined(NOTICE, Failure(Cause.MODERATED, "Your queue is full")),
    Failed(Failure(Cause.BOT_FAILED, "Something went wrong")),
    GivenUp(Failure(Cause.SILENCE, "The bot has been silent")),
    Cancelled(Failure(Cause.CANCELLED, "The job was cancelled")),
)

FAILED_IN: Final = frozenset({State.MODERATED, State.FAILED, State.CANCELLED, *JUDGED})
OWED_IN: Final = frozenset({*IN_FLIGHT, *JUDGED, State.CANCELLED})
ENDED: Final = frozenset({State.COMPLETED, *FAILED_IN})


def new_job(number: int = 1) -> Job:
    """Return a job as it is accepted."""
    return Job(
        id=f"job-{number}",
        number=number,
        tenant="default",
        account=1,
        server="1140860020586713128",
        channel="1168473004498501652",
        discord="abc…secured…xyz",
        command=Command(verb=Verb.CREATE, prompt="a cat", style="Realistic"),
        created_ms=NOW_MS,
        updated_ms=NOW_MS,
        heard_ms=NOW_MS,
        fingerprint="cat",
    )
