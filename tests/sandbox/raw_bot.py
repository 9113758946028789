"""A bot of the simulated Discord that is nothing but a WebSocket and an HTTP client."""

from typing import Any

from tests.tools.raw_user import Gateway, Json, RawUser

GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 1, 1 << 9, 1 << 15


class RawBot:
    """The application's own bot: a gateway connection and the REST routes."""

    def __init__(self, user: RawUser, gateway: Gateway) -> None:
        self.user = user
        self.gateway = gateway
        self.world = user.world

    @classmethod
    async def login(cls, user: RawUser, intents: int = GUILDS) -> "RawBot":
        """Identify, and wait for the guild."""
        gateway = await cls.identify(user, intents=intents)
        ready = await gateway.until("READY")
        gateway.session_id = ready["session_id"]
        for _ in ready["guilds"]:
            await gateway.until("GUILD_CREATE")
        return cls(user, gateway)

    @staticmethod
    async def identify(user: RawUser, **fields: Any) -> Gateway:
        """Identify as a bot with these fields."""
        gateway = await Gateway.open(user.http, user.world["gateway_url"])
        await gateway.say(2, {"token": user.world["bot_token"], "properties": {}, **fields})
        return gateway

    async def call(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Return status and JSON of a REST call with the bot's token."""
        headers = {"Authorization": f"Bot {self.world['bot_token']}"}
        return await self.user.call(method, path, version="/v10", headers=headers, **more)

    async def heard(self) -> Json:
        return await self.gateway.until("INTERACTION_CREATE")

    async def answer(self, interaction: Json, kind: int, data: Json, query: str = "") -> tuple[int, Any]:
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback{query}"
        return await self.user.call(
            "POST", path, json={"type": kind, "data": data}, headers={"Authorization": ""}
        )

    async def webhook(self, interaction: Json, method: str, path: str = "", **more: Any) -> tuple[int, Any]:
        url = f"/webhooks/{interaction['application_id']}/{interaction['token']}{path}"
        return await self.user.call(method, url, headers={"Authorization": ""}, **more)

    async def post(self, content: str) -> Json:
        """Say something in the user's thread."""
        path = f"/channels/{self.user.channel_id}/messages"
        _, message = await self.call("POST", path, json={"content": content})
        found: Json = message
        return found
