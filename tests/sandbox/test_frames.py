"""The log of frames, which latency is measured from."""

import time

from tests.tools.raw_user import RawUser


async def test_a_frame_is_noted_when_it_is_written(user: RawUser) -> None:
    gateway = await user.login(compress="zlib-stream")
    begun_ns = time.monotonic_ns()

    await user.create("a cat")
    heard = await gateway.until("MESSAGE_CREATE")
    heard_ns = time.monotonic_ns()

    async with user.http.get(f"{user.world['cdn_url']}/_sandbox/frames") as answer:
        rows = await answer.json()
    (greeting,) = (row for row in rows if row["event"] == "READY")
    (frame,) = (row for row in rows if row["event"] == "MESSAGE_CREATE")
    assert greeting["session_id"] == gateway.session_id
    assert (frame["connection"], frame["id"]) == (greeting["connection"], heard["id"])
    assert begun_ns < frame["at_ns"] < heard_ns
