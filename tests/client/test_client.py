"""Every method of the client but those of accounts, against one bridge: what is asked, what comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.app.bridge import RunningBridge
from bridge.client import (
    Client,
    Gone,
    Moderated,
    NotFound,
    Rejected,
    Unauthorized,
    WaitTimeout,
    verify_callback,
)
from bridge.sandbox import SandboxOptions, run_sandbox
from tests.tools.access import TOKEN
from tests.tools.pictures import jpeg
from tests.tools.world import Receiver, a_receiver, bridge_on

pytestmark = pytest.mark.asyncio(loop_scope="module")
CAT = "A cat, on a skateboard!"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBridge]:
    """One for all tests of this file: no job of one is that of another, and none is left running."""
    async with (
        run_sandbox(SandboxOptions(video_seconds=0.3)) as sandbox,
        bridge_on(sandbox, tmp_path_factory.mktemp("bridge")) as bridge,
    ):
        yield bridge


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(bridge: RunningBridge) -> AsyncIterator[Client]:
    async with Client(bridge.url, TOKEN) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver


async def test_a_video_is_made_waited_for_and_saved_under_a_name_that_says_what_it_is(
    client: Client, tmp_path: Path
) -> None:
    job = await client.create(CAT, style="Realistic", reply_ref="mine")
    ended = await client.wait(job)
    paths = await client.download(ended, tmp_path / "videos")

    assert (job.verb, job.prompt) == ("pixverse-create", CAT)
    assert (ended.id, ended.status, ended.reply_ref) == (job.id, "completed", "mine")
    names = [f"a-cat-on-a-skateboard-{job.id[-8:]}-{number}.mp4" for number in (1, 2, 3, 4)]
    assert [path.name for path in paths] == names
    assert [path.stat().st_size for path in paths] == [file.size for file in ended.attachments]
    assert sorted(path.name for path in (tmp_path / "videos").iterdir()) == names


async def test_a_file_that_is_there_is_not_fetched_again(client: Client, tmp_path: Path) -> None:
    job = await client.wait(await client.create_single(CAT, style="Anime", seed_value=1))
    [path] = await client.download(job, tmp_path)
    path.write_bytes(b"x" * job.attachments[0].size)

    again = await client.download(job.id, tmp_path)

    assert again == [path]
    assert path.read_bytes().startswith(b"xxx")


async def test_pictures_are_bytes_or_paths(client: Client, tmp_path: Path) -> None:
    picture = tmp_path / "cat.jpg"
    picture.write_bytes(jpeg())

    moving = await client.animate(picture, motion=7, hd_quality="Yes")
    face = await client.meme_face(jpeg(), CAT)

    assert moving.raw["image"]["type"] == face.raw["face"]["type"] == "image/jpeg"
    assert moving.raw["motion"] == 7
    assert {(await client.wait(job)).status for job in (moving, face)} == {"completed"}


async def test_any_verb_of_the_bridge_can_be_run_by_its_name(client: Client, tmp_path: Path) -> None:
    picture = tmp_path / "cat.jpg"
    picture.write_bytes(jpeg())

    made = await client.run("create_single", prompt=CAT, style="Anime", seed_value=1, reply_ref="mine")
    moving = await client.run("animate", image=picture, motion=7, prompt=None)

    assert (made.raw["style"], made.raw["seed_value"], made.reply_ref) == ("Anime", 1, "mine")
    assert (moving.raw["image"]["type"], moving.raw["motion"]) == ("image/jpeg", 7)
    with pytest.raises(NotFound):
        await client.run("../jobs")


async def test_a_program_learns_the_verbs_and_what_they_take(client: Client) -> None:
    verbs = {verb.name: verb for verb in await client.verbs()}

    assert list(verbs) == ["create", "create_single", "animate", "meme_face", "button"]
    assert (verbs["create"].files, verbs["animate"].fields[0]["type"]) == (4, "image")
    assert [field["name"] for field in verbs["create"].fields if field["required"]] == ["prompt", "style"]


async def test_a_button_makes_a_job_that_names_its_parent(client: Client) -> None:
    parent = await client.wait(await client.create(CAT, style="Realistic"))

    child = await client.wait(await client.button(parent, "V1", prompt="a dog"))

    assert (child.parent_id, child.status) == (parent.id, "completed")
    assert "V1" in parent.buttons


async def test_a_menu_is_offered_with_its_options_and_one_is_chosen(client: Client) -> None:
    parent = await client.wait(await client.create(f"{CAT} #more-buttons", style="Realistic"))

    child = await client.button(parent, parent.menus[0].name, value=parent.menus[0].options[1])

    assert parent.other_buttons == ("Extend",)
    assert (child.raw["button"], child.raw["value"]) == ("Style", "Anime")


async def test_a_job_is_followed_through_its_changes(client: Client) -> None:
    job = await client.create(CAT, style="Realistic")

    seen = [each.status async for each in client.follow(job)]

    assert seen[-1] == "completed"
    assert set(seen[:-1]) <= {"created", "started", "progress"}


async def test_what_the_bot_refuses_raises_at_once_and_is_an_end_like_another_later(client: Client) -> None:
    with pytest.raises(Moderated) as refused:
        await client.create("a cat #moderated", style="Realistic")
    late = await client.wait(await client.create("a cat #moderated-late", style="Realistic"))

    assert refused.value.job_id is not None
    assert (await client.job(refused.value.job_id)).status == "moderated"
    assert (late.status, late.is_ended, bool(late.error)) == ("moderated", True, True)


async def test_a_job_that_takes_too_long_can_be_waited_for_again(client: Client) -> None:
    job = await client.create("a cat #slow=600", style="Realistic")

    with pytest.raises(WaitTimeout) as waited:
        await client.wait(job, timeout_s=0.1)
    await client.cancel(job)

    assert (await client.wait(waited.value.job_id)).status == "cancelled"


async def test_the_lists_are_read_in_pages(client: Client) -> None:
    jobs = [await client.create(f"cat {n} of a list", style="Realistic", reply_ref="list") for n in range(3)]
    running = await client.jobs()
    await asyncio.gather(*(client.wait(job) for job in jobs))

    first = await client.history(reply_ref="list", limit=2)
    second = await client.history(reply_ref="list", limit=2, cursor=first.next)
    found = await client.history(prompt="AT 1 OF", status="completed")

    assert set(running) <= {job.id for job in jobs}
    assert [job.id for job in (*first.items, *second.items)] == [job.id for job in reversed(jobs)]
    assert second.next is None
    assert [job.prompt for job in found.items] == ["cat 1 of a list"]


async def test_a_job_is_cancelled_and_its_story_told(client: Client) -> None:
    job = await client.create("a dog #slow=600", style="Realistic")

    status = await client.cancel(job)
    timeline = await client.timeline(job)

    assert status == "cancelled"
    assert [event["status"] for event in timeline.events][-1] == "cancelled"
    assert len(timeline.interactions) == 1


async def test_every_change_of_every_job_is_in_the_stream_and_none_twice(client: Client) -> None:
    prompts = ("a seen cat", "a seen dog")
    jobs = [await client.create(prompt, style="Realistic", reply_ref="seen") for prompt in prompts]
    seen: list[tuple[int | None, str, str]] = []

    async for event in client.events(after=0, reply_ref="seen"):
        assert event.job is not None
        seen.append((event.id, event.job.id, event.job.status))
        if {each[1] for each in seen if each[2] == "completed"} == {job.id for job in jobs}:
            break

    assert len({each[0] for each in seen}) == len(seen)
    assert {each[2] for each in seen} >= {"created", "started", "completed"}


async def test_health_and_token_are_told(client: Client) -> None:
    health = await client.health()
    token = await client.token()

    assert [account.is_connected for account in health.accounts] == [True]
    assert (token.tenant, token.expires) == ("default", None)
    assert "jobs:write" in token.scopes


async def test_callbacks_are_listed_sent_again_tried_and_verified(client: Client, receiver: Receiver) -> None:
    job = await client.create(CAT, style="Realistic", reply_url=receiver.url)
    first = await receiver.next()
    again = await client.redeliver(job)
    second = await receiver.next()
    tried = await client.test_callback(receiver.url)
    third = await receiver.next()
    page = await client.callbacks(job=job)

    assert first["job"]["jobid"] == second["job"]["jobid"] == job.id
    assert (again, tried.is_delivered, tried.status) == (1, True, 200)
    assert third["job"]["test"] is True
    assert [(one.job_id, one.url) for one in page.items] == [(job.id, receiver.url)]
    assert verify_callback(first["body"], first["headers"], await client.webhook_secret()).id == job.id


async def test_each_refusal_is_an_error_of_its_kind(client: Client, bridge: RunningBridge) -> None:
    with pytest.raises(Rejected, match="style") as rejected:
        await client.create(CAT, style="Cubism")
    with pytest.raises(NotFound, match="Unable to locate job"):
        await client.wait("nothing")
    with pytest.raises(Unauthorized):
        await Client(bridge.url, "another").token()

    assert (rejected.value.status, rejected.value.job_id) == (400, None)
    assert not issubclass(Gone, NotFound)


async def test_the_same_key_is_the_same_job(client: Client) -> None:
    jobs = [await client.create(CAT, style="Realistic", idempotency_key="one") for _ in range(2)]
    await client.wait(jobs[0])

    assert jobs[0].id == jobs[1].id
