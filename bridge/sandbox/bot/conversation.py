"""The bot's side of one interaction: its messages go through the functions behind the bots' REST routes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.sandbox.acts.answers import answer
from bridge.sandbox.acts.follow_ups import ORIGINAL, edit_with_token, follow_up
from bridge.sandbox.acts.posting import post
from bridge.sandbox.files import Upload
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json
from bridge.sandbox.world.messages import EPHEMERAL, Message

__all__ = ["Conversation"]

MESSAGE, MODAL = 4, 9


@dataclass
class Conversation:
    """What the bot says to one INTERACTION_CREATE; `is_doubled` makes it say each message twice."""

    sim: Simulation
    payload: Json
    is_doubled: bool = False
    first_id: int | None = None

    def start(self, body: Json) -> None:
        """Answer with a message."""
        first = self._answer(MESSAGE, body)
        self.first_id = first.id if first is not None else None
        self._repeat(body, [])

    def ask(self, modal: Json) -> None:
        """Answer with a modal."""
        self._answer(MODAL, modal)

    def change(self, body: Json) -> None:
        """Edit the first message."""
        self._edit(body, [])

    def finish(self, way: str, body: Json, uploads: list[Upload]) -> None:
        """Say the last word in one of the four ways; an ephemeral one can only be a follow-up."""
        chosen = "followup" if _is_ephemeral(body) else way
        FINISHES[chosen](self, body, uploads)
        self._repeat(body, uploads)

    def _repeat(self, body: Json, uploads: list[Upload]) -> None:
        if self.is_doubled:
            act = self._follow_up if _is_ephemeral(body) else self._post
            act(body, uploads)

    def _answer(self, kind: int, data: Json) -> Message | None:
        return answer(self.sim, int(self.payload["id"]), self.payload["token"], kind, data, [])

    def _edit(self, body: Json, uploads: list[Upload]) -> None:
        edit_with_token(*self._webhook, ORIGINAL, body, uploads)

    def _follow_up(self, body: Json, uploads: list[Upload]) -> None:
        follow_up(*self._webhook, body, uploads)

    def _reply(self, body: Json, uploads: list[Upload]) -> None:
        self._post({**body, "message_reference": {"message_id": str(self.first_id)}}, uploads)

    def _post(self, body: Json, uploads: list[Upload]) -> None:
        world = self.sim.world
        bot, channel = (
            world.users[int(self.payload["application_id"])],
            world.channels[int(self.payload["channel_id"])],
        )
        post(self.sim, bot, channel, body, uploads)

    @property
    def _webhook(self) -> tuple[Simulation, int, str]:
        return self.sim, int(self.payload["application_id"]), self.payload["token"]


FINISHES: Mapping[str, Callable[[Conversation, Json, list[Upload]], None]] = {
    "edited": Conversation._edit,
    "followup": Conversation._follow_up,
    "reply": Conversation._reply,
    "plain": Conversation._post,
}


def _is_ephemeral(body: Json) -> bool:
    return bool(body.get("flags", 0) & EPHEMERAL)
