"""Files: uploads, downloads whole and in part, links that die and are refreshed."""

import json
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bridge.sandbox.media import picture
from tests.tools.raw_user import RawUser, is_finished

MIB = 1024 * 1024


async def upload(user: RawUser) -> str:
    files = [{"id": "0", "filename": "cat.png", "file_size": len(picture())}]
    _, said = await user.call("POST", f"/channels/{user.channel_id}/attachments", json={"files": files})
    slot = said["attachments"][0]
    async with user.http.put(URL(slot["upload_url"], encoded=True), data=picture()) as answer:
        assert answer.status == 200
    name: str = slot["upload_filename"]
    return name


async def test_a_picture_uploaded_ahead_is_animated(user: RawUser) -> None:
    gateway = await user.login()
    attachment = {"id": "0", "filename": "cat.png", "uploaded_filename": await upload(user)}
    body = await user.slash_body("animate", {"image": "0", "prompt": "it runs"}, attachments=[attachment])

    status, _ = await user.send(body)
    done = await gateway.until("MESSAGE_UPDATE", is_finished)

    assert status == 204
    assert len(done["attachments"]) == 1


async def test_a_command_may_come_as_multipart_with_its_picture(user: RawUser) -> None:
    gateway = await user.login()
    attachment = {"id": "0", "filename": "face.png"}
    body = await user.slash_body("meme_face", {"face": 0, "prompt": "laugh"}, attachments=[attachment])
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body))
    form.add_field("files[0]", picture(), filename="face.png", content_type="application/octet-stream")

    status, said = await user.call("POST", "/interactions", data=form)

    assert (status, said) == (204, None)
    assert await gateway.until("MESSAGE_UPDATE", is_finished)


async def test_a_video_plays_in_whole_and_in_part_and_is_its_own(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)
    links = [each["url"] for each in done["attachments"]]

    whole = [await (await user.http.get(URL(link, encoded=True))).read() for link in links]
    part = await user.http.get(URL(links[0], encoded=True), headers={"Range": "bytes=4-11"})
    beyond = await user.http.get(URL(links[0], encoded=True), headers={"Range": "bytes=99999999-"})

    assert len(set(whole)) == 4
    assert [len(each) for each in whole] == [each["size"] for each in done["attachments"]]
    assert (part.status, await part.read()) == (206, whole[0][4:12])
    assert part.headers["Content-Range"] == f"bytes 4-11/{len(whole[0])}"
    assert part.headers["Content-Type"] == "video/mp4"
    assert beyond.status == 416


async def test_links_die_after_a_day_and_are_refreshed(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)
    link = done["attachments"][0]["url"]
    await user.http.post(f"{user.world['cdn_url']}/_sandbox/clock", json={"advance_s": 24 * 3600 + 1})

    dead = await user.http.get(URL(link, encoded=True))
    status, said = await user.call(
        "POST", "/attachments/refresh-urls", json={"attachment_urls": [link + "width=9"]}
    )
    fresh = said["refreshed_urls"][0]["refreshed"]
    alive = await user.http.get(URL(fresh, encoded=True))

    assert (dead.status, await dead.text()) == (404, "This content is no longer available.")
    assert status == 200
    assert said["refreshed_urls"][0]["original"] == link + "width=9"
    assert URL(fresh).query["width"] == "9"
    assert alive.status == 200


async def test_a_link_with_another_signature_is_dead(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)
    link = URL(done["attachments"][0]["url"], encoded=True)

    unsigned = await user.http.get(link.with_query(None))
    forged = await user.http.get(link.update_query(ex="ffffffff"))

    assert (unsigned.status, forged.status) == (404, 404)


@pytest.mark.parametrize(
    "urls", [[], ["http://x/y"] * 51, [5], ["http://[", "x"], ["http://127.0.0.1/no/file"]]
)
async def test_refreshing_refuses_what_is_no_list_of_links(user: RawUser, urls: list[Any]) -> None:
    status, said = await user.call("POST", "/attachments/refresh-urls", json={"attachment_urls": urls})

    assert (status, said["code"]) == (400, 50035)


async def test_a_download_fails_as_it_was_ordered_and_then_no_more(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")
    link = URL((await gateway.until("MESSAGE_UPDATE", is_finished))["attachments"][0]["url"], encoded=True)
    whole = await (await user.http.get(link)).read()

    await user.fault("missing_download")
    missing = await user.http.get(link)
    await user.fault("short_download")
    short = await (await user.http.get(link)).read()
    await user.fault("slow_download", delay_s=0.01)
    slow = await (await user.http.get(link)).read()
    await user.fault("cut_download")
    with pytest.raises(aiohttp.ClientPayloadError):
        await (await user.http.get(link)).read()
    afterwards = await (await user.http.get(link)).read()

    assert (missing.status, short) == (404, whole[:-1])
    assert slow == afterwards == whole


async def reserve(user: RawUser, size: int) -> tuple[int, Any]:
    files = [{"id": "0", "filename": "cat.png", "file_size": size}]
    return await user.call("POST", f"/channels/{user.channel_id}/attachments", json={"files": files})


async def test_a_file_may_have_ten_mebibytes_and_not_one_byte_more(user: RawUser) -> None:
    fits, _ = await reserve(user, 10 * MIB)
    status, said = await reserve(user, 10 * MIB + 1)

    assert fits == 200
    assert (status, said["code"]) == (413, 40005)


async def test_a_subscription_allows_larger_files_and_is_told_to_its_account_alone(
    user: RawUser, other: RawUser
) -> None:
    gateway = await user.login()
    order = {"user_id": user.id, "premium_type": 3}
    address = f"{user.world['cdn_url']}/_sandbox/subscriptions"

    async with user.http.post(address, json=order) as answer:
        assert (answer.status, await answer.json()) == (200, {"most_file_bytes": 50 * MIB})
    told = await gateway.until("USER_UPDATE")

    assert (told["id"], told["premium_type"]) == (user.id, 3)
    assert (await reserve(user, 50 * MIB))[0] == 200
    assert (await reserve(user, 50 * MIB + 1))[0] == 413
    assert (await reserve(other, 10 * MIB + 1))[0] == 413
