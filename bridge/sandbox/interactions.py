"""Interactions that were accepted: waiting for an answer, answered or failed; and open modals."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from bridge.sandbox.magic import Words
from bridge.sandbox.wire import Json

__all__ = [
    "ANSWER_WITHIN_S",
    "COMMAND",
    "COMPONENT",
    "MODAL_SUBMIT",
    "TOKEN_LIFE_MS",
    "Interaction",
    "InteractionStore",
    "Modal",
    "Progress",
]

COMMAND, COMPONENT, MODAL_SUBMIT = 2, 3, 5
ANSWER_WITHIN_S = 3.0
TOKEN_LIFE_MS = 15 * 60 * 1000
MOST_KEPT = 20_000


class Progress(Enum):
    """How far an interaction has come."""

    WAITING = "waiting"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(eq=False)
class Interaction:
    """One accepted `POST /interactions`; `late` holds back the events of its answer when it is not None."""

    id: int
    token: str
    kind: int
    application_id: int
    user_id: int
    guild_id: int
    channel_id: int
    session_id: str | None
    nonce: str | None
    data: Json
    created_ms: int
    words: Words = field(default_factory=Words)
    message_id: int | None = None
    triggered_by: Json | None = None
    progress: Progress = Progress.WAITING
    original_id: int | None = None
    late: list[Callable[[], None]] | None = None


@dataclass(frozen=True)
class Modal:
    """A modal that a user has before them; `interaction` is the one that it answered."""

    interaction: Interaction
    custom_id: str
    components: tuple[Json, ...]


class InteractionStore:
    """Interactions by id and by token, and open modals; all bounded."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[int, Interaction] = OrderedDict()
        self._by_token: dict[str, Interaction] = {}
        self._modals: OrderedDict[int, Modal] = OrderedDict()

    def keep(self, interaction: Interaction) -> None:
        """Add an interaction."""
        self._by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        if len(self._by_id) > MOST_KEPT:
            _, oldest = self._by_id.popitem(last=False)
            self._by_token.pop(oldest.token, None)

    def get(self, interaction_id: int | None) -> Interaction | None:
        """Return an interaction of this server's own accord, without its token."""
        return self._by_id.get(interaction_id) if interaction_id is not None else None

    def find(self, interaction_id: int, token: str) -> Interaction | None:
        """Return the interaction with this id and this token."""
        found = self._by_id.get(interaction_id)
        return found if found is not None and found.token == token else None

    def with_token(self, application_id: int, token: str) -> Interaction | None:
        """Return the interaction whose token an application shows."""
        found = self._by_token.get(token)
        return found if found is not None and found.application_id == application_id else None

    def offer(self, modal: Modal) -> None:
        """Remember a modal until it is submitted."""
        self._modals[modal.interaction.id] = modal
        if len(self._modals) > MOST_KEPT:
            self._modals.popitem(last=False)

    def offered(self, interaction_id: int | None) -> Modal | None:
        """Return the modal that an interaction was answered with."""
        return self._modals.get(interaction_id) if interaction_id is not None else None

    def close(self, interaction_id: int | None) -> None:
        """Forget a modal that was submitted."""
        if interaction_id is not None:
            self._modals.pop(interaction_id, None)
