"""What each verb is told, status by status, as the description tells it too."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.contract.asking import VERBS, File, is_house_style, send, types_of
from tests.tools.openapi_document import DOCUMENT
from tests.tools.pictures import png
from tests.tools.world import Answer, Api, Discord, bridge_on

pytestmark = pytest.mark.asyncio(loop_scope="module")
APOLOGIES = (
    "Apologies! Our AI moderator thinks this prompt or images as potentially violating our "
    "[community guidelines](<https://discord.com/channels/1140860020586713128/1168473004498501652>)."
)
PLACED = [verb for verb in VERBS if verb != "button"]


def wish(verb: str, prompt: str, **more: Any) -> dict[str, Any]:
    picture = {"animate": {"image": File(png())}, "meme_face": {"face": File(png())}}.get(
        verb, {"style": "Anime"}
    )
    return {"prompt": prompt, **picture, **more}


async def submit(api: Api, verb: str, prompt: str, **more: Any) -> Answer:
    return await send(api, verb, types_of(verb)[0], wish(verb, prompt, **more))


def is_described(verb: str, answer: Answer) -> bool:
    return str(answer.status) in DOCUMENT["paths"][f"/v1/pixverse/{verb}"]["post"]["responses"]


@pytest.mark.parametrize("verb", PLACED)
async def test_200_is_a_record_that_has_started(api: Api, verb: str) -> None:
    answer = await submit(api, verb, "a cat")

    assert (answer.status, answer.body["code"]) == (200, 200)
    assert answer.body["verb"] == f"pixverse-{verb}"
    assert answer.body["status"] in ("started", "progress", "completed")
    assert {
        "jobid",
        "messageId",
        "content",
        "timestamp",
        "server",
        "channel",
        "maxJobs",
    } <= answer.body.keys()
    assert (await api.ended(answer.body["jobid"]))["status"] == "completed"


@pytest.mark.parametrize("verb", PLACED)
async def test_422_is_the_bots_own_text(api: Api, verb: str) -> None:
    answer = await submit(api, verb, "a #moderated cat")

    job_id = answer.body.pop("jobid")
    assert answer.body == {"error": APOLOGIES, "status": "moderated", "code": 422}
    assert (await api.job(job_id))["status"] == "moderated"


@pytest.mark.parametrize("verb", PLACED)
async def test_429_of_a_full_channel_names_who_fills_it(api: Api, verb: str) -> None:
    running = await submit(api, verb, f"a cat of {verb} #slow=30")

    answer = await submit(api, verb, "a dog", maxJobs="1")
    await api.get(f"/v1/pixverse/jobs/cancel/?jobid={running.body['jobid']}")

    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.body == {
        "error": "Maximum of 1 jobs executing in parallel supported",
        "executingJobs": [running.body["jobid"]],
        "code": 429,
    }


@pytest.mark.parametrize("status", [400, 404])
async def test_502_is_another_refusal_of_discord(api: Api, discord: Discord, status: int) -> None:
    await discord.fault("rest", route="/interactions", status=status, times=5)

    answer = await submit(api, "create", "a cat")
    await discord.heal()

    assert answer.status == 502
    assert answer.body["error"] == f"Discord /interactions failed with HTTP status {status}"
    assert answer.body["errorDetails"]
    assert answer.body["status"] == "failed"
    assert (await api.job(answer.body["jobid"]))["status"] == "failed"


async def test_503_is_a_bridge_without_a_connection(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, discord: Discord
) -> None:
    async with bridge_on(sandbox, tmp_path, jobs={"patience_s": 0.1}) as bridge:
        api = Api(bridge.url, http)
        await discord.fault("drop_gateway", refuse_s=2)

        answer = await submit(api, "create", "a cat")

        details = answer.body.pop("errorDetails")
        assert (answer.status, answer.body) == (503, {"error": "No account is connected", "code": 503})
        assert details.startswith(f"Account {discord.world['channel_id']}: ")
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await api.get("/v1/pixverse/jobs")).body == []
        await discord.heal()


@pytest.mark.parametrize("verb", PLACED)
async def test_409_is_an_account_that_needs_a_person(api: Api, discord: Discord, verb: str) -> None:
    spare = {**discord.spares[0], "discord": "MTIzNDU2Nzg5MDEyMzQ1Njc4.bad.token"}

    answer = await submit(
        api, verb, "a cat", **{name: spare[name] for name in ("discord", "server", "channel")}
    )

    assert (answer.status, is_house_style(answer), is_described(verb, answer)) == (409, True, True)
    assert answer.body["error"] == f"Account {spare['channel']} needs attention"
    assert answer.body["errorDetails"]
    assert answer.body["jobid"]


@pytest.mark.parametrize("verb", PLACED)
async def test_a_job_that_the_bot_fails_is_200(api: Api, verb: str) -> None:
    answer = await submit(api, verb, "a #fail cat")

    assert (answer.status, answer.body["status"], answer.body["code"]) == (200, "failed", 200)
    assert answer.body["error"]
