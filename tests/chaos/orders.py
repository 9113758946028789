"""What is asked of the bridge: every verb, every way in which a video can come, prompts like no other."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from tests.tools.pictures import png
from tests.tools.world import Answer, Api

WAYS: Final = ("#edited", "#followup", "#reply", "#plain")
"""The last has no id of what it is about: without a word of the prompt, as a refusal, it is nobody's."""
TURNS: Final = ("", "", "#rewritten", "#twice", "#early", "#rewritten #twice")
REFUSALS: Final[Mapping[str, str]] = {
    "#moderated": "moderated",
    "#moderated-late": "moderated",
    "#ephemeral": "moderated",
    "#fail": "failed",
}
"""Words of prompts that get no video although they ran, and how their jobs end."""


@dataclass(frozen=True)
class Order:
    """One order: verb, fields, a picture if it takes one."""

    verb: str
    fields: Mapping[str, str]
    picture: str | None = None


@dataclass
class Asked:
    """An order and what was answered; None when the answer never came."""

    order: Order
    answer: Answer | None

    @property
    def job_id(self) -> str | None:
        """The job that was promised."""
        body = self.answer.body if self.answer else None
        return body.get("jobid") if isinstance(body, dict) else None


@dataclass
class Client:
    """Somebody who orders, wants to be called back, and remembers what was answered.

    `note` is told of an end that is in an answer: who is answered 429 is not called back.
    """

    reply_url: str
    note: Callable[[str], None] = lambda _job_id: None
    asked: list[Asked] = field(default_factory=list)

    async def ask(self, api: Api, order: Order, key: str | None = None) -> Asked:
        """Order, with a key by which it can be repeated; an answer that is cut off is one that never came."""
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = await self._posted(api, order, headers)
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            answer = None
        asked = Asked(order, answer)
        if answer is not None and answer.status == 429 and asked.job_id is not None:
            self.note(asked.job_id)
        self.asked.append(asked)
        return asked

    async def _posted(self, api: Api, order: Order, headers: Mapping[str, str]) -> Answer:
        fields = {**order.fields, "replyUrl": self.reply_url}
        path = f"/v1/pixverse/{order.verb}"
        if order.picture is None:
            return await api.call("POST", path, json=fields, headers=headers)
        form = aiohttp.FormData()
        for name, value in fields.items():
            form.add_field(name, value)
        form.add_field(order.picture, png(), filename="a.png", content_type="image/png")
        return await api.call("POST", path, data=form, headers=headers)


def all_verbs(chance: random.Random, parents: Sequence[Mapping[str, Any]]) -> list[Order]:
    """Return an order of each verb; `parents` are completed jobs whose buttons can be pressed."""
    orders = [
        Order("create", {"prompt": prompt(chance), "style": "Realistic"}),
        Order("create_single", {"prompt": prompt(chance), "style": "Anime", "seed_value": "7"}),
        Order("animate", {"prompt": prompt(chance), "motion": "5"}, "image"),
        Order("meme_face", {"prompt": prompt(chance)}, "face"),
    ]
    if parents:
        parent = chance.choice(parents)["jobid"]
        orders.append(Order("button", {"jobid": parent, "button": "U1"}))
        orders.append(Order("button", {"jobid": parent, "button": "V1", "prompt": prompt(chance)}))
        orders.append(Order("button", {"jobid": chance.choice(parents)["jobid"], "button": "V2"}))
    return orders


def equals(chance: random.Random, count: int, channel: str | None = None) -> list[Order]:
    """Return orders that are the same in everything, for one channel or any."""
    fields = {"prompt": prompt(chance), "style": "Realistic", **({"channel": channel} if channel else {})}
    return [Order("create", fields)] * count


def look_alikes(chance: random.Random) -> list[Order]:
    """Return orders that differ only in what the bot's texts do not show."""
    same = {"prompt": f"{token()} #slow=0.1 {chance.choice(WAYS)}", "style": "Realistic"}
    return [
        Order("create", {**same, "negative_prompt": "rain"}),
        Order("create", {**same, "negative_prompt": "snow"}),
    ]


def refusals(chance: random.Random, parents: Sequence[Mapping[str, Any]]) -> list[Order]:
    """Return a command, and a prompt for a button, that the bot refuses or that fail."""
    orders = [Order("create_single", {"prompt": refused(chance), "style": "Anime"})]
    if parents:
        pressed = {"jobid": chance.choice(parents)["jobid"], "button": "V3", "prompt": refused(chance)}
        orders.append(Order("button", pressed))
    return orders


def refused(chance: random.Random) -> str:
    """Return a prompt that none else has and that gets no video; the refusal comes with an id of the job."""
    return f"a cat {token()} {chance.choice(WAYS[:3])} {chance.choice(list(REFUSALS))}"


def prompt(chance: random.Random) -> str:
    """Return a prompt that none else has, with a way of completion and a turn."""
    return f"a cat {token()} {chance.choice(WAYS)} {chance.choice(TURNS)}".strip()


def token() -> str:
    """Return a word that the bot has never read."""
    return f"n{secrets.token_hex(6)}"
