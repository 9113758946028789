"""The bridge's command line with short time limits: `python -m tests.chaos.brisk serve …`.

Spans that nothing but real time could fill are shortened, so that what is in doubt is settled within seconds.
"""

from typing import Final

from bridge.cli import main
from bridge.flows.timing import Timing

SHORT: Final = Timing(
    post_s=2.0,
    look_again_s=1.0,
    sweep_s=0.5,
    catch_up_again_s=1.0,
    absent_after_ms=3_000,
    expected_ms=5_000,
)
"""Lets doubts be settled in seconds."""

if __name__ == "__main__":
    main(SHORT)
