"""What an agent's program sees of the tools, and what they do with a bridge."""

import base64
from pathlib import Path
from typing import Any

import mcp
import pytest
from mcp_types import CallToolResult, ResourceLink, TextContent

from bridge.client import Client
from bridge.mcp.server import server_of
from tests.client.scripted import CUT, DONE, JOB, Reply, answer, scripted
from tests.docs.pages import DOCS, table
from tests.tools.pictures import jpeg, png

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOOLS = {"create_video", "create_single", "animate", "meme_face", "press_button"}
TOOLS |= {"wait_for_job", "list_jobs", "show_job", "cancel_job", "accounts_health"}


def text_of(result: CallToolResult) -> str:
    return " ".join(part.text for part in result.content if isinstance(part, TextContent))


def record_of(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    record: dict[str, Any] | None = result.structured_content
    assert record is not None
    return record


def links_of(result: CallToolResult) -> list[str]:
    return [part.uri for part in result.content if isinstance(part, ResourceLink)]


async def ended(agent: mcp.Client, job_id: str) -> CallToolResult:
    """Wait as an agent does: again and again, until the job has ended."""
    while True:
        result = await agent.call_tool("wait_for_job", {"job_id": job_id, "timeout_s": 30})
        if record_of(result)["is_ended"]:
            return result


async def test_every_tool_says_what_it_takes_and_what_it_answers(agent: mcp.Client) -> None:
    async with agent:
        tools = (await agent.list_tools()).tools
        prompts = (await agent.list_prompts()).prompts

    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.description
        assert tool.annotations is not None
        assert tool.output_schema is not None
        given = tool.input_schema["properties"]
        assert [name for name, schema in given.items() if not schema.get("description")] == [], tool.name
    assert {prompt.name for prompt in prompts} == {"make_video", "animate_picture", "choose_and_upscale"}


async def test_a_video_is_made_waited_for_with_progress_and_given_as_links(agent: mcp.Client) -> None:
    told: list[tuple[float, str | None]] = []

    async def progress(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message))

    async with agent:
        made = await agent.call_tool("create_video", {"prompt": "a fox in the snow", "style": "Anime"})
        job_id = record_of(made)["job_id"]
        waiting = {"job_id": job_id, "timeout_s": 30}
        result = await agent.call_tool("wait_for_job", waiting, progress_callback=progress)
        done = await ended(agent, job_id)

    record = record_of(done)
    assert record_of(result)["job_id"] == job_id
    assert (record["verb"], record["status"], record["prompt"]) == (
        "create",
        "completed",
        "a fox in the snow",
    )
    assert links_of(done) == [video["url"] for video in record["videos"]]
    assert len(links_of(done)) == 4
    assert {"U1", "V1"} <= set(record["buttons"])
    assert [number for number, _ in told] == sorted({number for number, _ in told})
    assert any(message and message.startswith("completed") for _, message in told)


async def test_a_button_is_pressed_and_makes_a_job_of_its_own(agent: mcp.Client) -> None:
    async with agent:
        made = record_of(await agent.call_tool("create_video", {"prompt": "an owl"}))["job_id"]
        await ended(agent, made)

        pressed = record_of(await agent.call_tool("press_button", {"job_id": made, "button": "U1"}))
        upscaled = await ended(agent, pressed["job_id"])

    assert pressed["parent_job_id"] == made
    assert record_of(upscaled)["status"] == "completed"
    assert len(links_of(upscaled)) == 1


async def test_pictures_are_read_from_a_file_and_from_a_data_url(agent: mcp.Client, tmp_path: Path) -> None:
    file = tmp_path / "me.jpg"
    file.write_bytes(jpeg())
    url = "data:image/png;base64," + base64.b64encode(png()).decode()

    async with agent:
        animated = await agent.call_tool("animate", {"picture": str(file), "motion": 3})
        face = await agent.call_tool("meme_face", {"face": url, "prompt": "as an astronaut"})
        records = [record_of(await ended(agent, record_of(each)["job_id"])) for each in (animated, face)]

    assert [(each["verb"], each["status"]) for each in records] == [
        ("animate", "completed"),
        ("meme_face", "completed"),
    ]


async def test_a_job_that_is_not_ready_is_given_as_it_is_and_can_be_cancelled(agent: mcp.Client) -> None:
    async with agent:
        made = record_of(await agent.call_tool("create_single", {"prompt": "a slow snail #slow=600"}))
        waited = await agent.call_tool("wait_for_job", {"job_id": made["job_id"], "timeout_s": 0.2})
        cancelled = record_of(await agent.call_tool("cancel_job", {"job_id": made["job_id"]}))
        found = record_of(await agent.call_tool("show_job", {"job_id": made["job_id"]}))

    assert record_of(waited)["is_ended"] is False
    assert "wait_for_job" in text_of(waited)
    assert cancelled == {"job_id": made["job_id"], "status": "cancelled"}
    assert found["status"] == "cancelled"


async def test_jobs_are_listed_page_by_page(agent: mcp.Client) -> None:
    async with agent:
        for number in (1, 2):
            made = await agent.call_tool("create_single", {"prompt": f"pages, {number}"})
            await ended(agent, record_of(made)["job_id"])

        first = record_of(await agent.call_tool("list_jobs", {"prompt": "pages, ", "limit": 1}))
        more = {"prompt": "pages, ", "limit": 1, "cursor": first["next_cursor"]}
        second = record_of(await agent.call_tool("list_jobs", more))

    assert [job["prompt"] for job in (*first["jobs"], *second["jobs"])] == ["pages, 2", "pages, 1"]


async def test_a_refusal_says_to_change_the_prompt_at_once_and_at_the_end(agent: mcp.Client) -> None:
    async with agent:
        at_once = await agent.call_tool("create_video", {"prompt": "no #moderated"})
        late = await agent.call_tool("create_single", {"prompt": "no #moderated-late"})
        at_the_end = await ended(agent, record_of(late)["job_id"])

    assert at_once.is_error
    assert "change the prompt" in text_of(at_once)
    assert record_of(at_the_end)["status"] == "moderated"
    assert "change the prompt" in text_of(at_the_end)


async def test_the_health_of_the_accounts_is_a_record_and_a_sentence(agent: mcp.Client) -> None:
    async with agent:
        result = await agent.call_tool("accounts_health")

    (account,) = record_of(result)["accounts"]
    assert (account["condition"], account["is_connected"]) == ("connected", True)
    assert f"Channel {account['channel']}: connected" in text_of(result)


async def test_an_unknown_job_and_a_wrong_argument_are_said_so_that_an_agent_can_go_on(
    agent: mcp.Client,
) -> None:
    async with agent:
        unknown = await agent.call_tool("wait_for_job", {"job_id": "nothing"})
        no_style = await agent.call_tool("create_video", {"prompt": "a cat", "style": "Cubist"})

    assert unknown.is_error
    assert "list_jobs" in text_of(unknown)
    assert no_style.is_error
    assert "3D Animation" in text_of(no_style)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("secret.txt", "neither a JPEG nor a PNG"),
        ("missing.png", "is no file"),
        ("/dev/zero", "is no file"),
        ("https://example.com/cat.png", "not fetched"),
        ("data:image/png;base64,???", "not base64"),
        ("data:image/png,abc", "has to begin with"),
    ],
)
async def test_what_is_no_picture_is_not_sent_to_the_bridge(
    given: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("a private key")

    async with (
        scripted() as server,
        Client(server.url, "t") as client,
        mcp.Client(server_of(client, reads_files=True)) as agent,
    ):
        result = await agent.call_tool("animate", {"picture": given})

    assert result.is_error
    assert told in text_of(result)
    assert server.asked == []


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            answer({"error": "Quota exceeded"}, 429, Retry_After="60"),
            "Call again in 60 seconds, and tell the user",
        ),
        (
            answer({"error": "Maximum of 3", "executingJobs": ["j1"]}, 429, Retry_After="5"),
            "wait_for_job for one of j1",
        ),
        (answer({"error": "wait"}, 429, Retry_After="2"), "Call again in 2 seconds, not before"),
        (answer({"error": "account needs attention"}, 409), "accounts_health"),
        (answer({"error": "Unauthorized"}, 401), "BRIDGE_TOKEN"),
        (answer({"error": "Forbidden", "errorDetails": "jobs:write"}, 403), "lacks this scope"),
        (answer({"error": "Configuration not found"}, 404), "accounts add"),
        (answer({"error": "prompt is too long"}, 400), "Correct the argument"),
        (answer({"error": "no account is connected"}, 503, Retry_After="9"), "Call again in 9 seconds"),
        (
            answer({"error": "Refused.", "status": "moderated", "jobid": "j9"}, 422),
            "This is the end of job j9",
        ),
    ],
)
async def test_an_error_says_what_to_do(reply: Reply, told: str) -> None:
    async with scripted() as server, Client(server.url, "t", retry_s=0) as client:
        server.will_answer("/v1/pixverse/create", reply)
        async with mcp.Client(server_of(client, reads_files=True)) as agent:
            result = await agent.call_tool("create_video", {"prompt": "a cat"})

    assert result.is_error
    assert told in text_of(result)


async def test_a_lost_answer_names_the_key_with_which_the_same_call_makes_no_second_job() -> None:
    async with scripted() as server, Client(server.url, "t", retry_s=0) as client:
        server.will_answer("/v1/pixverse/create", CUT)
        async with mcp.Client(server_of(client, reads_files=True)) as agent:
            lost = await agent.call_tool("create_video", {"prompt": "a cat"})
            (key,) = {asked.key for asked in server.asked}
            server.will_answer("/v1/pixverse/create", answer(JOB))
            again = await agent.call_tool("create_video", {"prompt": "a cat", "idempotency_key": key})

    assert lost.is_error
    assert f'idempotency_key "{key}"' in text_of(lost)
    assert record_of(again)["job_id"] == JOB["jobid"]
    assert {asked.key for asked in server.asked} == {key}


async def test_a_link_to_the_mirror_is_a_whole_address() -> None:
    file = {
        "id": "1",
        "filename": "cat.mp4",
        "url": "https://cdn.example/cat.mp4",
        "mirror_url": "/media/1.mp4",
    }

    async with scripted() as server, Client(server.url, "t") as client:
        server.will_answer("/v1/pixverse/jobs/", answer({**DONE, "attachments": [file]}))
        async with mcp.Client(server_of(client, reads_files=True)) as agent:
            result = await agent.call_tool("show_job", {"job_id": DONE["jobid"]})

    assert links_of(result) == [f"{server.url}/media/1.mp4"]


async def test_the_page_names_every_tool_and_every_prompt(agent: mcp.Client) -> None:
    page = (DOCS / "mcp.md").read_text(encoding="utf-8")

    async with agent:
        prompts = (await agent.list_prompts()).prompts

    assert {name.strip("`") for name, _ in table(DOCS / "mcp.md", "tool", "what it does")} == TOOLS
    assert [prompt.name for prompt in prompts if f"`{prompt.name}`" not in page] == []


async def test_a_prompt_is_the_work_in_steps(agent: mcp.Client) -> None:
    async with agent:
        found = await agent.get_prompt("make_video", {"idea": "the sea at night"})

    (message,) = found.messages
    assert isinstance(message.content, TextContent)
    assert "the sea at night" in message.content.text
    assert "create_video" in message.content.text
