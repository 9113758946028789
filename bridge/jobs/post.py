"""When a POST of an interaction ran, by the local clock, and when it was made, by Discord's; pure."""

from dataclasses import dataclass
from typing import Final

from bridge.chat import snowflake_ms
from bridge.ports import MINUTE_MS

NO_ANSWER_WINDOW_MS: Final = MINUTE_MS
"""How long after its start a POST without an answer may still have been accepted by Discord."""
UNKNOWN_CLOCK_DIFFERENCE_MS: Final = 900_000
"""The assumed maximum difference between the local clock and Discord's while it is unknown."""
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Post:
    """A POST as it is stored. `interaction_id` is None while it is unknown; `is_void`: nothing ran."""

    nonce: str
    sender: str | None
    interaction_id: str | None
    answer: str | None
    is_void: bool
    sent_ms: int
    answered_ms: int | None

    @property
    def window(self) -> Window:
        """The time span, by the local clock, in which it ran or may have run."""
        return self.sent_ms, self.answered_ms or self.sent_ms + NO_ANSWER_WINDOW_MS

    @property
    def ahead_ms(self) -> int:
        """The smallest difference between the clocks that puts its id into its time span."""
        began_ms, ended_ms = self.window
        told_ms = snowflake_ms(self.interaction_id or "0")
        return max(began_ms - told_ms, min(0, ended_ms - told_ms))

    def made_ms(self, ahead_ms: int) -> int:
        """Return its time by Discord's clock; `ahead_ms` is how far the local clock is ahead."""
        return snowflake_ms(self.interaction_id) if self.interaction_id else self.sent_ms - ahead_ms
