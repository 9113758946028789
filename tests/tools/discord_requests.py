"""What a session asks of Discord in its tests: the interactions, and the routes."""

from typing import Final

from bridge.chat import ButtonPress, SlashCommand
from tests.sessions.fake_discord import APPLICATION

CREATE: Final = SlashCommand(APPLICATION, "create", {"prompt": "a cat"})
PRESS: Final = ButtonPress(APPLICATION, "600000000000000006", 64, "again")
POSTS: Final = "POST /interactions"
LOGIN: Final = "GET /users/@me"
