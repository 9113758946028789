"""Commands that a list adds to the simulated bot: their definitions, and what the bot makes of them."""

from typing import Any

import aiohttp
import pytest

from bridge.sandbox import BadCommand, SandboxOptions, read_own_commands, run_sandbox
from tests.tools.raw_user import Json, RawUser, is_finished

TEMPLATE: Json = {
    "type": 3,
    "name": "template",
    "required": True,
    "choices": [{"name": "Hug", "value": "Hug"}],
}
EFFECTS: Json = {
    "name": "effects",
    "options": [TEMPLATE, {"type": 3, "name": "prompt"}],
    "videos": 2,
    "buttons": ["ReDo", "Extend"],
    "repeats": ["template"],
}


async def test_the_bot_plays_a_command_of_the_list(http: aiohttp.ClientSession) -> None:
    options = SandboxOptions(video_seconds=0.03, commands=read_own_commands([EFFECTS]))
    async with run_sandbox(options) as sandbox:
        user = RawUser(http, sandbox.world())
        gateway = await user.login()

        body = await user.slash_body("effects", {"template": "Hug", "prompt": "a cat"})
        status, _ = await user.send(body)
        finished = await gateway.until("MESSAGE_UPDATE", is_finished)

    labels = [each["label"] for row in finished["components"] for each in row["components"]]
    assert status == 204
    assert len(finished["attachments"]) == 2
    assert labels == ["ReDo", "Extend"]
    assert "(prompt: a cat template: Hug)" in finished["content"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "must be a list"),
        (["effects"], "command 1 is not an object"),
        ([{**EFFECTS, "name": "Ef fects"}], "command 1 is refused by Discord: name: Command name is invalid"),
        ([{**EFFECTS, "options": [{"type": 99, "name": "x"}]}], "options.0.type: Value must be one of"),
        ([EFFECTS, EFFECTS], "two commands are called effects"),
        ([{**EFFECTS, "type": 2}], "command 1 is no slash command"),
        ([{**EFFECTS, "videos": 0}], "command 1: videos must be 1 to 10"),
        ([{**EFFECTS, "buttons": [""]}], "command 1: buttons must be labels"),
        ([{**EFFECTS, "repeats": ["style"]}], "command 1: repeats must be names of its options"),
    ],
)
def test_a_list_that_is_not_understood_says_why(given: Any, told: str) -> None:
    with pytest.raises(BadCommand, match=told):
        read_own_commands(given)
