"""The time limits and pauses of a running account; tests in real time pass shorter ones."""

from dataclasses import dataclass
from typing import Final

from bridge.jobs.candidate import EXPECTED_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Durations in seconds (`_s`) and milliseconds (`_ms`).

    - `pace_s`: the minimum time between two POSTs of an account (setting `jobs.pace_s`).
    - `silence_s`: after how much listening without a message of the bot a job is given up (`jobs.silence_s`).
    - `post_s`: how long to wait for Discord's answer to a POST.
    - `look_again_s`: the longest pause between two queries for the next job.
    - `sweep_s`: the longest pause between two sweeps. Accounts that start together sweep at different times.
    - `catch_up_again_s`: the shortest pause before a history is read again, for messages that appear late.
    - `absent_after_ms`: how long after its POST an unconfirmed job may be proven absent.
    - `expected_ms`: how long the video of a cancelled or given-up job is expected.
    """

    pace_s: float = 1.0
    silence_s: float = 1800.0
    post_s: float = 15.0
    look_again_s: float = 30.0
    sweep_s: float = 5.0
    catch_up_again_s: float = 4.0
    absent_after_ms: int = 20_000
    expected_ms: int = EXPECTED_MS


STANDARD: Final = Timing()
