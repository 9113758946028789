"""Every awkward prompt that the API takes, through the API, the gateway and the simulated bot, and back."""

from itertools import cycle
from typing import Final

import pytest

from tests.matcher.awkward_rows import PROMPTS
from tests.tools.world import Api, Discord

MOST: Final = 512
WAYS: Final = ("", " #plain", " #components", " #reply #components", " #plain #components")
AT_ONCE: Final = 8


@pytest.mark.thorough
async def test_every_awkward_prompt_gets_the_video_that_was_made_of_it(api: Api, discord: Discord) -> None:
    asked = [
        prompt + (way if units_of(prompt + way) <= MOST else "")
        for prompt, way in zip(PROMPTS, cycle(WAYS), strict=False)
        if units_of(prompt) <= MOST and "\ufeff" not in prompt
    ]

    for begin in range(0, len(asked), AT_ONCE):
        prompts = asked[begin : begin + AT_ONCE]
        answers = [await api.create(prompt) for prompt in prompts]
        for prompt, answer in zip(prompts, answers, strict=True):
            record = await api.ended(answer.body["jobid"])
            assert (record["status"], record["prompt"]) == ("completed", prompt)
            made_of = await discord.asked_for(record["attachments"][0]["url"])
            assert made_of["prompt"].split() == prompt.split()


def units_of(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
