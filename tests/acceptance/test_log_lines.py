"""The lines of a job's way, from the request to the callback: each names the job, its account and channel."""

from pathlib import Path

import aiohttp
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bridge.sandbox import Sandbox
from tests.tools.world import Api, Receiver, bridge_on

OF_THE_ACCOUNT = ("interaction_sent", "job_advanced")


async def test_every_line_about_a_job_names_it_and_those_of_its_account_name_that(
    sandbox: Sandbox, http: aiohttp.ClientSession, receiver: Receiver, tmp_path: Path
) -> None:
    with capture_logs(processors=[merge_contextvars]) as lines:
        async with bridge_on(sandbox, tmp_path) as bridge:
            api = Api(bridge.url, http)
            id_of_ours = {"X-Request-ID": "order-1042"}
            body = {"prompt": "a cat", "style": "Realistic", "replyUrl": receiver.url}
            answer = await api.call("POST", "/v1/pixverse/create", json=body, headers=id_of_ours)
            job_id = answer.body["jobid"]
            await receiver.next()
            await api.settled(job_id)

    [accepted] = [line for line in lines if line["event"] == "job_accepted"]
    assert (accepted["job_id"], accepted["request_id"]) == (job_id, "order-1042")
    where = {"account": accepted["account"], "channel": accepted["channel"]}
    of_account = [line for line in lines if line["event"] in OF_THE_ACCOUNT]
    assert {line["event"] for line in of_account} == {*OF_THE_ACCOUNT}
    assert [line for line in of_account if not line.items() >= {"job_id": job_id, **where}.items()] == []
    assert [line["job_id"] for line in lines if line["event"] == "callback_attempted"] == [job_id]
    assert [
        line for line in lines if "request_id" in line and line["event"] not in ("job_accepted", "request")
    ] == []
