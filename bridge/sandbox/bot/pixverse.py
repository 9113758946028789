"""The PixVerse bot: makes videos, shows buttons, asks for prompts, refuses, as the magic words say."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from bridge.sandbox.bot.buttons import (
    ASKING,
    PROMPT_FIELD,
    button_rows,
    more_rows,
    prompt_modal,
)
from bridge.sandbox.bot.containers import in_components
from bridge.sandbox.bot.conversation import Conversation
from bridge.sandbox.bot.job import Job, job_of_command, remake
from bridge.sandbox.bot.repertoire import BUILT_IN, USUAL, Play
from bridge.sandbox.bot.texts import (
    CREDITS_LEFT,
    MODERATION,
    NO_CREDITS,
    completion,
    progress,
    start_of_command,
    start_of_remake,
)
from bridge.sandbox.component_rules import MOST_ROWS
from bridge.sandbox.components import find_component
from bridge.sandbox.files import Upload
from bridge.sandbox.interactions import COMMAND, COMPONENT, MODAL_SUBMIT
from bridge.sandbox.magic import Words
from bridge.sandbox.media import unique_video
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json
from bridge.sandbox.world.messages import EPHEMERAL

__all__ = ["PixVerse"]

log = logging.getLogger(__name__)
MOST_BUTTONS = 100_000
MOST_THINKING_S = 0.2
STEPS = (33, 66)


class PixVerse:
    """Plays the application while no other bot is connected for it."""

    def __init__(
        self, sim: Simulation, video_seconds: float, completion_way: str, own: Mapping[str, Play]
    ) -> None:
        self._sim = sim
        self._video_s = video_seconds
        self._way = completion_way
        self._plays = {**BUILT_IN, **own}
        self._offers: OrderedDict[str, tuple[str, Job]] = OrderedDict()

    @property
    def application_id(self) -> int:
        """Return the application that it plays."""
        return next(iter(self._sim.world.applications))

    def words(self, kind: int, data: Json) -> Words:
        """Return the magic words of the prompt that an interaction is about; opening a modal obeys none."""
        asked = self._order(kind, 0, data)
        return Words() if asked is None or self._asks(kind, data) else asked.words

    async def play(self, payload: Json) -> None:
        """Answer one INTERACTION_CREATE and make its video."""
        try:
            await self._play(payload)
        except Exception:
            log.exception("bot_play_broken")

    async def _play(self, payload: Json) -> None:
        kind, data = payload["type"], payload["data"]
        job = self._order(kind, int(payload["member"]["user"]["id"]), data)
        if job is None:
            return
        talk = Conversation(self._sim, payload, is_doubled=job.words.has("twice"))
        if self._asks(kind, data):
            talk.ask(prompt_modal(self._offer("submit", job), job.prompt))
        elif job.words.has("no-credits"):
            talk.start({"content": NO_CREDITS, "flags": EPHEMERAL})
        elif job.words.has("moderated") or _is_only_ephemeral(job.words):
            await self._think(job)
            talk.start(_refusal(job.words))
        else:
            await self._make(talk, job)

    async def _make(self, talk: Conversation, job: Job) -> None:
        repeats = self._play_of(job).repeats
        start = (start_of_remake if job.is_remake else start_of_command)(job.user_id, job.shown, repeats)
        await self._think(job)
        talk.start({"content": start})
        wait_s = self._wait_s(job) / (len(STEPS) + 1)
        for percent in () if job.words.has("early") else STEPS:
            await self._sim.clock.sleep(wait_s)
            talk.change({"content": progress(start, percent)})
        await self._sim.clock.sleep(wait_s)
        if job.words.has("moderated-late"):
            talk.finish(job.words.way(self._way), _refusal(job.words), [])
        else:
            self._complete(talk, job)

    def _complete(self, talk: Conversation, job: Job) -> None:
        play = self._play_of(job)
        rows = button_rows(play.buttons, lambda label: self._offer(label, job))
        if job.words.has("more-buttons"):
            rows += more_rows(lambda label: self._offer(label, job))
        videos = _videos(self._sim, play.videos, talk.payload["id"])
        text = completion(job.user_id, job.shown, play.repeats)
        if job.words.has("credits"):
            text += f"\n{CREDITS_LEFT}"
        body = {"content": text, "components": rows[:MOST_ROWS]}
        if job.words.has("components"):
            body = in_components(text, [video.filename for video in videos], rows)
        talk.finish(job.words.way(self._way), body, videos)

    def _play_of(self, job: Job) -> Play:
        return USUAL if job.is_remake else self._plays.get(job.verb, USUAL)

    async def _think(self, job: Job) -> None:
        await self._sim.clock.sleep(min(MOST_THINKING_S, self._wait_s(job) / 10))

    def _wait_s(self, job: Job) -> float:
        if job.words.has("early"):
            return 0.0
        return self._video_s if job.words.slow_s is None else job.words.slow_s

    def _order(self, kind: int, user_id: int, data: Json) -> Job | None:
        read = ORDERS.get(kind)
        return read(self, user_id, data) if read is not None else None

    def _of_command(self, user_id: int, data: Json) -> Job:
        return job_of_command(user_id, self._sim.drift.as_known(data))

    def _of_button(self, user_id: int, data: Json) -> Job | None:
        _, job = self._offers.get(data["custom_id"], ("", None))
        chosen = next(iter(data.get("values") or ()), None)
        return remake(job, user_id, style=chosen) if job is not None else None

    def _of_modal(self, user_id: int, data: Json) -> Job | None:
        _, job = self._offers.get(data["custom_id"], ("", None))
        field = find_component(data["components"], PROMPT_FIELD) or {}
        return remake(job, user_id, str(field.get("value", ""))) if job is not None else None

    def _asks(self, kind: int, data: Json) -> bool:
        return kind == COMPONENT and self._offers.get(data["custom_id"], ("", None))[0] in ASKING

    def _offer(self, label: str, job: Job) -> str:
        custom_id = f"{self._sim.rng.getrandbits(128):032x}"
        self._offers[custom_id] = (label, job)
        if len(self._offers) > MOST_BUTTONS:
            self._offers.popitem(last=False)
        return custom_id


ORDERS: Mapping[int, Callable[[PixVerse, int, Any], Job | None]] = {
    COMMAND: PixVerse._of_command,
    COMPONENT: PixVerse._of_button,
    MODAL_SUBMIT: PixVerse._of_modal,
}


def _refusal(words: Words) -> Json:
    return {"content": MODERATION, "flags": EPHEMERAL if words.has("ephemeral") else 0}


def _is_only_ephemeral(words: Words) -> bool:
    return words.has("ephemeral") and not words.has("moderated-late")


def _videos(sim: Simulation, count: int, interaction_id: str) -> list[Upload]:
    """Return files whose bytes (never their names) say which interaction made them."""
    label = f"{sim.rng.getrandbits(64):016x}"
    names = [f"pixverse_{label}_{number}.mp4" for number in range(1, count + 1)]
    return [Upload(name, unique_video(f"interaction={interaction_id} {name}")) for name in names]
