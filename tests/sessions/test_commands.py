"""Slash commands as the guild's index has them: names, types, choices, files."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bridge.chat import File, SlashCommand
from bridge.sessions.port import NotSent, Session, Taken
from tests.sessions.conftest import send
from tests.sessions.fake_discord import APPLICATION, COMMAND, GUILD, FakeDiscord, answers, hang, plain

POSTS = "POST /interactions"
INDEX = f"GET /guilds/{GUILD}/application-command-index"


def create(**options: Any) -> SlashCommand:
    return SlashCommand(None, "create", {"prompt": "a cat", **options})


async def test_a_command_is_sent_as_the_index_has_it(discord: FakeDiscord, session: Session) -> None:
    asked = create(negative_prompt="dogs", seed="7", audio="yes", style="Realistic")

    sent = await send(session, asked, "12")

    posted = discord.requests(POSTS)[0]
    assert isinstance(sent, Taken)
    assert (posted["type"], posted["nonce"], posted["application_id"]) == (2, "12", APPLICATION)
    assert (posted["session_id"], posted["guild_id"]) == ("session-1", GUILD)
    assert {key: posted["data"][key] for key in ("id", "name", "version", "type", "attachments")} == {
        "id": COMMAND["id"],
        "name": "create",
        "version": COMMAND["version"],
        "type": 1,
        "attachments": [],
    }
    assert posted["data"]["application_command"] == COMMAND
    assert posted["data"]["options"] == [
        {"type": 3, "name": "prompt", "value": "a cat"},
        {"type": 3, "name": "negative-prompt", "value": "dogs"},
        {"type": 4, "name": "seed", "value": 7},
        {"type": 5, "name": "audio", "value": True},
        {"type": 3, "name": "style", "value": "realistic"},
    ]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (create(colour="red"), "no option colour"),
        (create(seed="many"), "seed does not take"),
        (create(style="cubist"), "style offers no"),
        (create(image="a.png"), "image takes a file"),
        (SlashCommand(None, "create", {}), "requires prompt"),
        (SlashCommand(None, "destroy", {}), "/destroy is not known"),
        (SlashCommand("999", "create", {"prompt": "x"}), "/create is not known"),
    ],
)
async def test_what_the_command_does_not_offer_is_not_sent_and_never_will_be(
    discord: FakeDiscord, session: Session, asked: SlashCommand, reason: str
) -> None:
    sent = await send(session, asked, "1")

    assert isinstance(sent, NotSent)
    assert sent.is_lasting
    assert reason in sent.reason
    assert not discord.requests(POSTS)


async def test_the_index_is_looked_up_once_until_it_changes(discord: FakeDiscord, session: Session) -> None:
    await asyncio.gather(*(send(session, create(), str(number)) for number in range(5)))
    assert len(discord.requests(INDEX)) == 1

    await discord.dispatch("GUILD_APPLICATION_COMMAND_INDEX_UPDATE", {"guild_id": GUILD})
    await discord.dispatch("INTERACTION_CREATE", {"id": "1", "nonce": "2"})
    async for heard in session.heard():
        if getattr(heard, "nonce", None) == "2":
            break
    await send(session, create(), "9")

    assert len(discord.requests(INDEX)) == 2


async def test_the_command_of_the_application_pixverse_is_preferred(
    discord: FakeDiscord, session: Session
) -> None:
    other = {**COMMAND, "application_id": "1", "id": "2"}
    applications = [{"id": "1", "name": "Other"}, {"id": APPLICATION, "name": "PixVerse"}]
    index = {"applications": applications, "application_commands": [other, COMMAND]}
    discord.handlers[INDEX] = answers(200, index)

    await send(session, create(), "1")
    await send(session, SlashCommand("1", "create", {"prompt": "x"}), "2")

    assert [posted["application_id"] for posted in discord.requests(POSTS)] == [APPLICATION, "1"]


async def test_an_index_that_is_not_ready_is_asked_for_again(discord: FakeDiscord, session: Session) -> None:
    async def not_ready(request: object) -> Any:
        del discord.handlers[INDEX]
        return plain({"code": 110_000, "retry_after": 0.01}, 202)

    discord.handlers[INDEX] = not_ready

    assert isinstance(await send(session, create(), "1"), Taken)


async def test_an_index_that_cannot_be_looked_up_means_not_sent(
    discord: FakeDiscord, session: Session
) -> None:
    discord.handlers[INDEX] = answers(404, {"message": "no", "code": 1})

    sent = await send(session, create(), "1")

    assert isinstance(sent, NotSent)
    assert not sent.is_lasting


async def test_a_file_is_uploaded_first_and_named_in_the_command(
    discord: FakeDiscord, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"png" * 100_000)

    sent = await send(session, create(image=File("cat.png", str(path), 300_000, "image/png")), "1")

    data = discord.requests(POSTS)[0]["data"]
    assert isinstance(sent, Taken)
    assert discord.requests("PUT /storage/0") == [b"png" * 100_000]
    assert data["attachments"] == [{"id": "0", "filename": "cat.png", "uploaded_filename": "stored/0"}]
    assert data["options"][1] == {"type": 11, "name": "image", "value": 0}


@pytest.mark.parametrize(
    ("status", "is_lasting"), [(413, True), (400, True), (401, False), (403, False), (500, False)]
)
async def test_a_file_that_discord_does_not_take_is_not_offered_again(
    discord: FakeDiscord, session: Session, tmp_path: Path, status: int, *, is_lasting: bool
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"png")
    discord.handlers["POST /channels"] = answers(status, {"message": "no", "code": 40_005})

    sent = await send(session, create(image=File("cat.png", str(path), 3, "image/png")), "1")

    assert isinstance(sent, NotSent)
    assert sent.is_lasting is is_lasting


@pytest.mark.parametrize("part", ["POST /channels", "PUT /storage"])
async def test_an_upload_that_fails_means_not_sent(
    discord: FakeDiscord, session: Session, tmp_path: Path, part: str
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"png")
    discord.handlers[part] = answers(413, {"message": "too large", "code": 40005})

    sent = await send(session, create(image=File("cat.png", str(path), 3, "image/png")), "1")

    assert isinstance(sent, NotSent)
    assert not discord.requests(POSTS)


async def test_a_file_that_is_gone_means_not_sent(discord: FakeDiscord, session: Session) -> None:
    sent = await send(session, create(image=File("cat.png", "/nowhere/cat.png", 3, "image/png")), "1")

    assert isinstance(sent, NotSent)
    assert not discord.requests(POSTS)


async def test_a_cancelled_preparation_is_cancelled(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[INDEX] = hang
    sending = asyncio.create_task(send(session, create(), "1"))
    await discord.until(lambda: bool(discord.requests(INDEX)))

    sending.cancel()
    await asyncio.wait({sending})

    assert sending.cancelled()
