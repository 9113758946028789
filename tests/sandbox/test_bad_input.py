"""Whatever is sent to the simulator, it answers as Discord would: a 4xx, never a 500."""

from typing import Any

import pytest

from tests.tools.raw_user import RawUser

STRANGE: list[Any] = [None, 5, -1, 2**70, 1.5, True, "", "x", "\ud800", "\0", [], [[]], {}, {"a": []}]
FIELDS = ["type", "application_id", "guild_id", "channel_id", "session_id", "nonce", "data"]
DATA_FIELDS = ["id", "name", "type", "version", "options", "attachments"]


@pytest.mark.parametrize("field", FIELDS)
async def test_strange_fields_break_nothing(user: RawUser, field: str) -> None:
    body = await user.slash_body("create", {"prompt": "a cat #silent", "style": "Anime"})

    statuses = [(await user.send({**body, field: strange}))[0] for strange in STRANGE]

    assert max(statuses) < 500


@pytest.mark.parametrize("field", DATA_FIELDS)
async def test_strange_data_breaks_nothing(user: RawUser, field: str) -> None:
    body = await user.slash_body("animate", {"image": "0"}, attachments=[{"id": "0", "filename": "x"}])

    statuses = [
        (await user.send({**body, "data": {**body["data"], field: strange}}))[0] for strange in STRANGE
    ]

    assert max(statuses) < 500


async def test_strange_options_break_nothing(user: RawUser) -> None:
    body = await user.slash_body("create_single", {"prompt": "a cat", "style": "Anime", "seed-value": 1})
    statuses = []

    for key in ("type", "name", "value"):
        for index, strange in [(index, strange) for index in range(3) for strange in STRANGE]:
            options = [dict(option) for option in body["data"]["options"]]
            options[index][key] = strange
            sent = {**body, "data": {**body["data"], "options": options}}
            statuses.append((await user.send(sent))[0])

    assert max(statuses) < 500


async def test_strange_components_and_modals_break_nothing(user: RawUser) -> None:
    statuses = []

    for strange in STRANGE:
        press = user.body(3, {"component_type": strange, "custom_id": strange}, message_id=strange)
        submit = user.body(5, {"id": strange, "custom_id": strange, "components": strange})
        statuses += [(await user.send(press))[0], (await user.send(submit))[0]]

    assert max(statuses) < 500


@pytest.mark.parametrize(
    "path", ["/channels/{}/messages", "/channels/{}/attachments", "/attachments/refresh-urls"]
)
async def test_strange_bodies_break_nothing(user: RawUser, path: str) -> None:
    url = path.format(user.channel_id)
    keys = ("content", "components", "embeds", "flags", "attachments", "message_reference", "files", "nonce")

    bodies = [*STRANGE, *({key: strange} for key in (*keys, "attachment_urls") for strange in STRANGE)]
    statuses = [(await user.call("POST", url, json=body))[0] for body in bodies]

    assert max(statuses) < 500


async def test_strange_frames_only_close_the_connection(
    user: RawUser, caplog: pytest.LogCaptureFixture
) -> None:
    for op in (1, 2, 3, 6, 8, 14, 37):
        for strange in [*STRANGE, {"subscriptions": []}, {"guild_id": [[]]}, {"token": [], "seq": "x"}]:
            gateway = await user.login()
            await gateway.say(op, strange)
            await gateway.socket.close()

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
