"""How long a job is tried in vain before it ends: only while it is tried."""

from bridge.flows.send.next_job import RETRY_LIMIT_MS
from bridge.flows.send.prepare import Obstacle, Obstacles

DOWN = Obstacle("Discord answered 503")


def test_time_in_which_nothing_could_be_tried_ends_no_job() -> None:
    """An account without a session, or which keeps silent for Discord, tries nothing."""
    obstacles = Obstacles()
    obstacles.met("job-1", DOWN, 0)

    ended = [obstacles.met("job-1", DOWN, hours * (RETRY_LIMIT_MS + 1)) for hours in (1, 2, 3)]

    assert ended == [None, None, None]


def test_a_job_that_is_tried_in_vain_for_hours_ends_however_long_a_try_takes() -> None:
    for takes_ms in (0, 30_000, 180_000):
        obstacles, now_ms = Obstacles(), 0
        while obstacles.met("job-1", DOWN, now_ms) is None:
            now_ms += obstacles.left_ms(now_ms)["job-1"] + takes_ms
            assert now_ms < RETRY_LIMIT_MS + 300_000

        assert now_ms > RETRY_LIMIT_MS
