"""A request that fails is sent again where that makes sense, for as long as was said; never for two jobs."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.client import Client, ClientError, Conflict, ServerError, TooManyRequests, Unreachable
from tests.client.scripted import CUT, JOB, Reply, Scripted, answer, scripted
from tests.tools.pictures import jpeg

CREATE, ANIMATE = "/v1/pixverse/create", "/v1/pixverse/animate"
STILL_RUNNING = answer({"error": "A request with this Idempotency-Key is still running"}, 409)
FULL = answer(
    {"error": "Maximum of 1 jobs executing in parallel supported", "executingJobs": ["1"]},
    429,
    Retry_After="10",
)
THROTTLED = {"error": "Discord /interactions failed with HTTP status 429", "errorDetails": "{}"}
QUOTA = {"error": "Quota exceeded", "errorDetails": "This token may have 5 jobs per day (UTC)"}


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


@pytest.fixture
async def client(server: Scripted) -> AsyncIterator[Client]:
    async with Client(server.url, "token") as client:
        yield client


async def test_a_submit_whose_answer_was_lost_is_sent_again_with_its_key(
    client: Client, server: Scripted
) -> None:
    server.will_answer(CREATE, CUT, STILL_RUNNING, answer(JOB))

    job = await client.create("a cat", style="Realistic")

    assert job.id == JOB["jobid"]
    assert len(server.asked) == 3
    assert {asked.key for asked in server.asked} == {server.asked[0].key} != {None}
    assert len({asked.body for asked in server.asked}) == 1


async def test_two_submits_have_keys_of_their_own(client: Client, server: Scripted) -> None:
    server.will_answer(CREATE, answer(JOB))

    for _ in range(2):
        await client.create("a cat", style="Realistic")

    assert len({asked.key for asked in server.asked}) == 2


async def test_a_picture_is_sent_whole_each_time(client: Client, server: Scripted) -> None:
    server.will_answer(ANIMATE, CUT, answer(JOB))

    await client.animate(jpeg(), motion=3)

    assert [asked.body.count(jpeg()) for asked in server.asked] == [1, 1]
    assert server.asked[0].key == server.asked[1].key


async def test_a_request_with_another_effect_each_time_is_not_sent_again(
    client: Client, server: Scripted
) -> None:
    server.will_answer("/v1/pixverse/callbacks/redeliver", CUT)

    with pytest.raises(Unreachable) as lost:
        await client.redeliver("1")

    assert lost.value.was_sent
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "retry_after_s"),
    [
        (FULL, "slots", 10),
        (answer(QUOTA, 429, Retry_After="60"), "quota", 60),
        (answer(THROTTLED, 429, Retry_After="2"), "discord", 2),
    ],
)
async def test_a_429_is_raised_at_once_with_its_kind(
    client: Client, server: Scripted, reply: Reply, kind: str, retry_after_s: float
) -> None:
    server.will_answer(CREATE, reply)

    with pytest.raises(TooManyRequests) as refused:
        await client.create("a cat", style="Realistic")

    assert (refused.value.kind, refused.value.retry_after_s) == (kind, retry_after_s)
    assert len(server.asked) == 1


async def test_a_429_is_waited_for_if_asked_to(client: Client, server: Scripted) -> None:
    server.will_answer(CREATE, answer(THROTTLED, 429, Retry_After="0"), answer(JOB))

    job = await client.create("a cat", style="Realistic", wait_for_slot_s=30)

    assert job.id == JOB["jobid"]


async def test_a_slot_is_asked_for_once_more_at_the_end_of_the_wait(client: Client, server: Scripted) -> None:
    server.will_answer(CREATE, FULL)

    with pytest.raises(TooManyRequests):
        await client.create("a cat", style="Realistic", wait_for_slot_s=0.1)

    assert len(server.asked) == 2


async def test_a_wait_that_is_longer_than_allowed_is_not_begun(client: Client, server: Scripted) -> None:
    server.will_answer(CREATE, answer(QUOTA, 429, Retry_After="60"))

    with pytest.raises(TooManyRequests):
        await client.create("a cat", style="Realistic", wait_for_slot_s=30)

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "away",
    [answer({"error": "No account is connected"}, 503, Retry_After="0"), Reply(502, "<html>Bad gateway")],
)
async def test_a_bridge_that_is_away_is_tried_again(client: Client, server: Scripted, away: Reply) -> None:
    server.will_answer(CREATE, away, answer(JOB))

    assert (await client.create("a cat", style="Realistic")).id == JOB["jobid"]


async def test_an_answer_of_the_bridge_itself_is_final(client: Client, server: Scripted) -> None:
    server.will_answer(CREATE, answer({"error": "The command could not be sent", "jobid": "7"}, 502))

    with pytest.raises(ServerError) as failed:
        await client.create("a cat", style="Realistic")

    assert (failed.value.job_id, len(server.asked)) == ("7", 1)


async def test_what_is_tried_again_has_its_end(server: Scripted) -> None:
    server.will_answer(CREATE, STILL_RUNNING)

    async with Client(server.url, "token", retry_s=0.3) as client:
        with pytest.raises(Conflict):
            await client.create("a cat", style="Realistic")

    assert 1 < len(server.asked) < 5


@pytest.mark.parametrize(
    ("replies", "is_undecided"),
    [
        ([CUT, answer({"error": "No account is connected"}, 503)], True),
        ([CUT, answer({"error": "Unauthorized"}, 401)], True),
        ([STILL_RUNNING], True),
        ([Reply(504, "<html>Gateway timeout")], True),
        ([answer({"error": "No account is connected"}, 503)], False),
        ([answer({"error": "Unauthorized"}, 401)], False),
    ],
)
async def test_an_error_says_whether_an_earlier_attempt_may_have_made_the_job(
    server: Scripted, replies: list[Reply], is_undecided: bool
) -> None:
    server.will_answer(CREATE, *replies)

    async with Client(server.url, "token", retry_s=0.3) as client:
        with pytest.raises(ClientError) as failed:
            await client.create("a cat", style="Realistic")

    assert failed.value.is_undecided == is_undecided


async def test_a_bridge_that_dies_while_it_has_a_submit_is_tried_again_and_the_doubt_is_told() -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listening.close()
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    listening = await asyncio.start_server(die, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with Client(f"http://127.0.0.1:{port}", "token", retry_s=0.3) as client:
        with pytest.raises(Unreachable, match="nothing listens") as lost:
            await client.create("a cat", style="Realistic")

    assert lost.value.is_undecided


async def test_a_pause_of_no_seconds_is_no_reason_to_ask_without_a_pause(server: Scripted) -> None:
    server.will_answer(CREATE, answer({"error": "No account is connected"}, 503, Retry_After="0"))

    async with Client(server.url, "token", retry_s=0.5) as client:
        with pytest.raises(ServerError):
            await client.create("a cat", style="Realistic")

    assert 1 < len(server.asked) < 5


@pytest.mark.parametrize("key", ["two\nlines", "ключ"])
async def test_a_key_that_no_header_can_carry_is_an_error_of_the_program(client: Client, key: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        await client.create("a cat", style="Realistic", idempotency_key=key)
