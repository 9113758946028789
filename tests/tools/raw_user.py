"""A user of the simulated Discord that is nothing but a WebSocket and an HTTP client."""

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Self

import aiohttp
from yarl import URL

Json = dict[str, Any]
CAPABILITIES = 22_525


class Gateway:
    """One gateway connection; `seen` holds every dispatch in order."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, compress: str) -> None:
        self.socket = socket
        self.seen: list[Json] = []
        self.session_id = ""
        self.seq = 0
        self._unread = 0
        self._inflate = zlib.decompressobj() if compress == "zlib-stream" else None

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, url: str, compress: str = "") -> Self:
        query = {"v": "9", "encoding": "json", **({"compress": compress} if compress else {})}
        gateway = cls(await http.ws_connect(URL(url).with_query(query)), compress)
        hello = await gateway.frame()
        assert hello["op"] == 10
        return gateway

    async def frame(self) -> Json:
        """Return the next frame."""
        message = await self.socket.receive(timeout=30)
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
            raise ConnectionError(self.socket.close_code)
        data = message.data
        if self._inflate is not None:
            assert data.endswith(b"\x00\x00\xff\xff")
            data = self._inflate.decompress(data)
        frame: Json = json.loads(data)
        assert frame.keys() == {"op", "d", "s", "t"}
        if frame["op"] == 0:
            self.seen.append(frame)
            self.seq = frame["s"]
        return frame

    async def say(self, op: int, data: Any) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def until(self, name: str | tuple[str, ...], fits: Callable[[Json], bool] = lambda _: True) -> Json:
        """Return the data of the next event with that name that fits; events are looked at once."""
        names = (name,) if isinstance(name, str) else name
        while True:
            while self._unread < len(self.seen):
                event = self.seen[self._unread]
                self._unread += 1
                if event["t"] in names and fits(event["d"]):
                    found: Json = event["d"]
                    return found
            await self.frame()

    async def op(self, op: int) -> Json:
        """Return the next frame with that opcode."""
        while (frame := await self.frame())["op"] != op:
            pass
        return frame

    async def catch_up(self) -> list[str]:
        """Return the names of all events so far, including all that are under way."""
        await self.say(1, None)
        await self.op(11)
        return self.names()

    def names(self) -> list[str]:
        return [event["t"] for event in self.seen]

    async def closed(self) -> int | None:
        """Return the code that the gateway closes with."""
        try:
            while True:
                await self.frame()
        except ConnectionError:
            return self.socket.close_code


class RawUser:
    """An account: REST, gateway, and the interactions of the PixVerse bot."""

    def __init__(self, http: aiohttp.ClientSession, world: Json, index: int = 0) -> None:
        self.http = http
        self.world = world
        self.token: str = world["accounts"][index]["token"]
        self.id: str = world["accounts"][index]["user_id"]
        own = world["channel_id"] if index == 0 else world["spare_accounts"][index - 1]["channel"]
        self.channel_id: str = own
        self.session_id: str | None = None
        self._nonce = 10**18

    async def call(self, method: str, path: str, version: str = "/v9", **more: Any) -> tuple[int, Any]:
        """Return status and JSON of a REST call."""
        headers = {"Authorization": self.token, **more.pop("headers", {})}
        url = f"{self.world['api_url']}{version}{path}"
        async with self.http.request(method, url, headers=headers, **more) as answer:
            if answer.status == 204:
                assert await answer.read() == b""
                assert "Content-Type" not in answer.headers
                return 204, None
            assert answer.headers["Content-Type"] == "application/json"
            return answer.status, await answer.json()

    async def raw(self, method: str, path: str, **more: Any) -> aiohttp.ClientResponse:
        """Return the answer to a REST call, read, whatever wrote it."""
        url, headers = f"{self.world['api_url']}/v9{path}", {"Authorization": self.token}
        async with self.http.request(method, url, headers=headers, **more) as answer:
            await answer.read()
            return answer

    async def login(
        self, compress: str = "", capabilities: int = CAPABILITIES, subscribe: bool = True
    ) -> Gateway:
        """Open a session and, unless told otherwise, subscribe to the guild."""
        gateway = await Gateway.open(self.http, self.world["gateway_url"], compress)
        await gateway.say(2, {"token": self.token, "capabilities": capabilities, "properties": {}})
        ready = await gateway.until("READY")
        gateway.session_id = self.session_id = ready["session_id"]
        if subscribe:
            await gateway.say(
                37, {"subscriptions": {self.world["guild_id"]: {"typing": True, "threads": True}}}
            )
            await gateway.catch_up()
        return gateway

    async def resume(self, lost: Gateway, seq: int | None = None) -> Gateway:
        """Connect again and ask for what was missed."""
        gateway = await Gateway.open(self.http, self.world["gateway_url"])
        seq = lost.seq if seq is None else seq
        await gateway.say(6, {"token": self.token, "session_id": lost.session_id, "seq": seq})
        return gateway

    async def command(self, name: str) -> Json:
        """Look a slash command up."""
        path = f"/guilds/{self.world['guild_id']}/application-command-index"
        _, index = await self.call("GET", path)
        found: Json = next(each for each in index["application_commands"] if each["name"] == name)
        return found

    def body(self, kind: int, data: Json, **more: Any) -> Json:
        """Return the body of an interaction with a new nonce."""
        self._nonce += 1
        return {
            "type": kind,
            "application_id": self.world["application_id"],
            "guild_id": self.world["guild_id"],
            "channel_id": self.channel_id,
            "session_id": self.session_id,
            "nonce": str(self._nonce),
            "data": data,
            **more,
        }

    async def slash_body(self, name: str, options: Mapping[str, Any], **more: Any) -> Json:
        """Return the body of a slash command."""
        command = await self.command(name)
        types = {option["name"]: option["type"] for option in command["options"]}
        rows = [{"type": types.get(key, 3), "name": key, "value": value} for key, value in options.items()]
        data = {"id": command["id"], "name": name, "type": 1, "version": command["version"], "options": rows}
        return self.body(2, {**data, **more})

    async def send(self, body: Json) -> tuple[int, Any]:
        return await self.call("POST", "/interactions", json=body)

    async def create(self, prompt: str, **options: Any) -> Json:
        """Order four videos; return the body that was accepted."""
        body = await self.slash_body("create", {"prompt": prompt, "style": "Anime", **options})
        status, answer = await self.send(body)
        assert (status, answer) == (204, None)
        return body

    def press_body(self, message: Json, face: str) -> Json:
        """Return the body for a press of the button with that label or emoji."""
        buttons = [button for row in message["components"] for button in row["components"]]
        button = next(
            each for each in buttons if face in (each.get("label"), each.get("emoji", {}).get("name"))
        )
        data = {"component_type": 2, "custom_id": button["custom_id"]}
        return self.body(3, data, message_id=message["id"], message_flags=message["flags"])

    def modal_body(self, modal: Json, prompt: str) -> Json:
        """Return the body that submits a modal with a prompt."""
        field = modal["components"][0]["components"][0]
        typed = {"type": 4, "custom_id": field["custom_id"], "value": prompt}
        rows = [{"type": 1, "components": [typed]}]
        return self.body(5, {"id": modal["id"], "custom_id": modal["custom_id"], "components": rows})

    async def history(self, query: str = "") -> list[Json]:
        status, rows = await self.call("GET", f"/channels/{self.channel_id}/messages{query}")
        assert status == 200
        found: list[Json] = rows
        return found

    async def fault(self, name: str, **fields: Any) -> tuple[int, Any]:
        """Order a fault."""
        url = f"{self.world['cdn_url']}/_sandbox/faults"
        async with self.http.post(url, json={"fault": name, **fields}) as answer:
            return answer.status, await answer.json()

    async def clear_faults(self) -> None:
        async with self.http.delete(f"{self.world['cdn_url']}/_sandbox/faults") as answer:
            assert answer.status == 204

    async def journal(self) -> list[Json]:
        async with self.http.get(f"{self.world['cdn_url']}/_sandbox/interactions") as answer:
            rows: list[Json] = await answer.json()
            return rows


def is_finished(message: Json) -> bool:
    """Tell whether a message shows videos."""
    return bool(message["attachments"])


def files_of(message: Json) -> list[tuple[str, int]]:
    """Return name and size of each file of a message."""
    return [(each["filename"], each["size"]) for each in message["attachments"]]
