"""A run in which everything happens that could make a bridge write a token down."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp

from tests.tools.world import Api

LIMIT_S: Final = 30.0
NOBODY_LISTENS: Final = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Run:
    """A bridge and a simulator, each a process; `facts` is what the simulator's ready file says."""

    api: Api
    facts: Any
    http: aiohttp.ClientSession

    def spare(self, number: int) -> dict[str, str]:
        """Return an account that the bridge is not configured with."""
        account: dict[str, str] = self.facts["spare_accounts"][number]
        return account

    async def fault(self, name: str, **more: Any) -> int:
        """Let something go wrong."""
        order = {"fault": name, **more}
        async with self.http.post(f"{self.facts['url']}/_sandbox/faults", json=order) as answer:
            return answer.status

    async def raw(self, request: bytes) -> int:
        """Return the status that is answered to these bytes."""
        place = urlsplit(self.api.url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(request)
        async with asyncio.timeout(LIMIT_S):
            line = await reader.readline()
        writer.close()
        return int(line.split()[1])


Act = Callable[[Run], Awaitable[int]]


async def add_an_account(run: Run) -> int:
    """Configure another account by the API."""
    return await post_account(run, run.spare(0))


async def add_an_account_with_a_wrong_token(run: Run) -> int:
    """Configure an account that Discord refuses, and use it."""
    wrong = {**run.spare(1), "discord": run.spare(1)["discord"][::-1]}
    await post_account(run, wrong)
    return (await run.api.create("a refused cat", channel=wrong["channel"])).status


async def send_a_token_where_none_belongs(run: Run) -> int:
    """Send an account's token as its channel, in the path and in the body."""
    token = run.spare(0)["discord"]
    body = {**run.spare(0), "channel": token, "maxJobs": 1}
    return (await run.api.call("POST", f"/v1/pixverse/account/{quote(token)}", json=body)).status


async def send_half_a_body(run: Run) -> int:
    """Send JSON that breaks off behind a token."""
    half = b'{"discord": "' + run.spare(0)["discord"].encode() + b'", "prompt'
    headers = {"Content-Type": "application/json"}
    return (await run.api.call("POST", "/v1/pixverse/create", data=half, headers=headers)).status


async def make_a_video(run: Run) -> int:
    """Make a video to its end; its callback cannot be delivered to an address that holds the token."""
    reply_url = f"{NOBODY_LISTENS}/{quote(run.api.token, safe='')}"
    answer = await run.api.create("a cat", replyUrl=reply_url, channel=run.facts["discord"]["channel_id"])
    await run.api.ended(answer.body["jobid"])
    return answer.status


async def use_an_account_of_the_moment(run: Run) -> int:
    """Make a video with an account that is given with the order."""
    return (await run.api.create("a passing cat", **run.spare(2))).status


async def ask_for_what_is_forbidden(run: Run) -> int:
    """Let the bot refuse."""
    return (await run.api.create("a cat #moderated", channel=run.spare(0)["channel"])).status


async def ask_for_what_fails(run: Run) -> int:
    """Let the interaction fail."""
    return (await run.api.create("a cat #fail", channel=run.spare(0)["channel"])).status


async def ask_too_often(run: Run) -> int:
    """Let Discord answer 429."""
    return (await run.api.create("a cat #throttled", channel=run.spare(0)["channel"])).status


async def call_without_a_good_token(run: Run) -> int:
    """Call with the API token in another case, which is another token."""
    headers = {"Authorization": f"Bearer {run.api.token.swapcase()}"}
    return (await run.api.get("/v1/pixverse/jobs", headers=headers)).status


async def ask_for_a_path_with_the_token(run: Run) -> int:
    """Ask for a resource that does not exist, named like the token."""
    return (await run.api.get(f"/v1/pixverse/{quote(run.api.token, safe='')}")).status


async def write_a_bad_request_line(run: Run) -> int:
    """Write a request line that is none, with the token in it."""
    return await run.raw(f"GET /v1/pixverse/jobs?token={run.api.token} HTTP/one\r\n\r\n".encode())


async def write_a_bad_header(run: Run) -> int:
    """Write a header line that is none, with the token in it."""
    header = f"Authorization: Bearer {run.api.token}\x00"
    return await run.raw(f"GET /v1/pixverse/jobs HTTP/1.1\r\nHost: bridge\r\n{header}\r\n\r\n".encode())


async def lose_the_gateway(run: Run) -> int:
    """Cut every connection while a job runs, and wait for its video."""
    answer = await run.api.create("a lost cat", channel=run.facts["discord"]["channel_id"])
    status = await run.fault("drop_gateway")
    await run.api.ended(answer.body["jobid"])
    return status


async def get_another_token(run: Run) -> int:
    """Let Discord replace the tokens at the next greeting, and make a video with the new one."""
    await run.fault("replace_token", times=10)
    await run.fault("drop_gateway", forget=True)
    answer = await run.api.create("a renamed cat", channel=run.facts["discord"]["channel_id"])
    return answer.status


async def lose_every_token(run: Run) -> int:
    """Let Discord refuse every token, and ask for a video when that has been noticed."""
    await run.fault("revoke_token")
    answer = await run.api.create("a stranger's cat", channel=run.facts["discord"]["channel_id"])
    return answer.status


async def post_account(run: Run, account: Mapping[str, str]) -> int:
    """Configure an account."""
    path = f"/v1/pixverse/account/{account['channel']}"
    return (await run.api.call("POST", path, json={**account, "maxJobs": 3})).status


ACTS: Final[Mapping[Act, int]] = {
    add_an_account: 204,
    send_a_token_where_none_belongs: 400,
    send_half_a_body: 400,
    make_a_video: 200,
    use_an_account_of_the_moment: 200,
    ask_for_what_is_forbidden: 422,
    ask_for_what_fails: 200,
    call_without_a_good_token: 401,
    ask_for_a_path_with_the_token: 404,
    write_a_bad_request_line: 400,
    write_a_bad_header: 400,
    ask_too_often: 429,
    lose_the_gateway: 200,
    get_another_token: 200,
    add_an_account_with_a_wrong_token: 409,
    lose_every_token: 409,
}
