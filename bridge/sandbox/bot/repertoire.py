"""What the bot makes of each command: how many videos, which buttons are under them, what is repeated."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.sandbox.bot.buttons import AFTER_FOUR, AFTER_ONE, SETS

__all__ = ["BUILT_IN", "USUAL", "Play"]


@dataclass(frozen=True)
class Play:
    """What a command makes; `repeats` are its options that the texts repeat besides the usual ones."""

    videos: int = 1
    buttons: tuple[str, ...] = AFTER_ONE
    repeats: tuple[str, ...] = ()


USUAL = Play()
"""What any other command makes, and every button."""
BUILT_IN: Mapping[str, Play] = {
    name: Play(4 if labels is AFTER_FOUR else 1, labels) for name, labels in SETS.items()
}
