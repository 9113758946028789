"""What is bounded stays bounded, and everything ends with the simulator."""

import asyncio

import aiohttp
import pytest

from bridge.sandbox import SandboxOptions, run_sandbox
from bridge.sandbox.files import FileStore, Upload
from bridge.sandbox.media import picture, unique_video
from bridge.sandbox.media.probe import look_at
from bridge.sandbox.sessions.encoding import codec_named
from bridge.sandbox.sessions.session import MOST_KEPT, Event, Session
from bridge.sandbox.world.messages import History, Message
from tests.tools.raw_user import Gateway, RawUser


async def test_the_replay_buffer_runs_out() -> None:
    session = Session("s", 1, is_bot=False, line=None)

    for _ in range(MOST_KEPT + 1):
        session.send(Event("TYPING_START", "{}"))

    assert session.missed_since(0) is None
    missed = session.missed_since(1)
    assert missed is not None
    assert len(missed) == MOST_KEPT


async def test_a_history_forgets_its_oldest_messages() -> None:
    history = History(most=2)

    for message_id in (1, 2, 3):
        history.keep(Message(message_id, channel_id=9, author_id=9, created_ms=0))

    assert [each.id for each in history.newest(100)] == [3, 2]
    assert history.find(1) is None


async def test_the_oldest_files_make_room() -> None:
    files = FileStore(most_bytes=10)

    old = files.keep(1, 9, Upload("a.bin", b"123456"))
    new = files.keep(2, 9, Upload("b c/d.bin", b"123456"))

    assert files.find(old.path) is None
    assert files.find(new.path) is new
    assert new.filename == "b_c_d.bin"


async def test_files_are_what_their_bytes_say() -> None:
    jpeg = bytes.fromhex("ffd8ffe000040000ffc0000b080010002003") + bytes(20)

    looks = [look_at("blob", each) for each in (picture(), unique_video("x"), jpeg, b"?")]

    assert [each.content_type for each in looks] == [
        "image/png",
        "video/mp4",
        "image/jpeg",
        "application/octet-stream",
    ]
    assert [(each.width, each.height) for each in looks] == [(240, 135), (480, 270), (32, 16), (None, None)]


async def test_everything_stops_at_once(http: aiohttp.ClientSession) -> None:
    loop = asyncio.get_running_loop()
    before = asyncio.all_tasks()
    async with run_sandbox(SandboxOptions(video_seconds=600)) as sandbox:
        user = RawUser(http, sandbox.world())
        await Gateway.open(http, user.world["gateway_url"])
        await user.login()
        await user.create("a cat")
        await user.fault("rest", route="/users", hang_s=600)
        hanging = asyncio.create_task(user.call("GET", "/users/@me"))
        await user.history()
        begun = loop.time()

    assert loop.time() - begun < 1
    with pytest.raises(aiohttp.ClientError):
        await hanging
    assert asyncio.all_tasks() <= before | {hanging}


@pytest.mark.parametrize("wrong", [{"completion": "pigeon"}, {"accounts": 0}, {"video_seconds": -1}])
async def test_options_must_make_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        SandboxOptions(**wrong)  # type: ignore[arg-type]


async def test_zstd_frames_are_one_stream_where_this_python_can_do_it() -> None:
    zstandard = pytest.importorskip("zstandard")
    codec = codec_named("zstd-stream")
    assert codec is not None
    reader = zstandard.ZstdDecompressor().decompressobj()

    texts = [reader.decompress(codec.encode(text)) for text in ("one", "two")]

    assert texts == [b"one", b"two"]
