"""The spans that a running account keeps to; a test that lives in real time passes shorter ones in."""

from dataclasses import dataclass
from typing import Final

from bridge.jobs.candidate import EXPECTED_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Spans in seconds (`_s`) and milliseconds (`_ms`).

    - `pace_s`: the least time between two POSTs of an account (setting `jobs.pace_s`).
    - `silence_s`: after how much listening without a word of the bot a job is given up (`jobs.silence_s`).
    - `post_s`: how long Discord's answer to a POST is waited for.
    - `look_again_s`: the longest pause between two looks at what can be sent.
    - `sweep_s`: the longest pause between two sweeps. Accounts that begin together sweep apart.
    - `catch_up_again_s`: the shortest pause before a history is read once more, for rows that appear late.
    - `absent_after_ms`: how long after its POST a job without news may be proven absent.
    - `expected_ms`: for how long the video of a job that was cancelled or given up is expected.
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
