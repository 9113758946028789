"""`doctor` on the command line: what it prints, with which code it ends, and that its rows can be pasted."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from bridge.app.foundation import held
from bridge.cli.commands import app
from bridge.cli.doctor.start import Order, examine
from bridge.cli.layers import load, read_file
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.doctor.finding import Level
from bridge.errors import ConfigurationError, DataInUse
from bridge.logs import Redactor
from tests.doctor.clinic import Clinic
from tests.tools.command_line import new_database

pytestmark = pytest.mark.asyncio(loop_scope="module")
RENAMED: tuple[dict[str, Any], ...] = (
    {"drift": "rename_command", "command": "create", "to": "imagine"},
    {"drift": "rename_command", "command": "create_single", "to": "imagine_one"},
    {"drift": "rename_option", "command": "create", "option": "prompt", "to": "text"},
    {"drift": "rename_option", "command": "animate", "option": "image", "to": "picture"},
    {"drift": "copy_command", "command": "meme_face"},
    {"drift": "rename_bot", "to": "Video Maker"},
)


async def outcome(settings: Settings, **order: Any) -> int:
    try:
        await examine(settings, Redactor(SystemClock()), Order(**order))
    except typer.Exit as ended:
        return int(ended.exit_code)
    return 0


async def test_an_account_that_works_is_printed_without_its_token(
    clinic: Clinic, capsys: pytest.CaptureFixture[str]
) -> None:
    await clinic.order()

    assert await outcome(clinic.settings) == 0

    told = capsys.readouterr().out
    assert told.splitlines()[0] == f"  account of channel {clinic.place.id}"
    assert [line.split()[1] for line in told.splitlines()[1:]] == [
        "token:",
        "server:",
        "channel:",
        "permissions:",
        "history:",
        "uploads:",
        "commands:",
    ]
    assert clinic.settings.accounts[0].discord.get_secret_value() not in told


async def test_a_warning_ends_with_1_and_an_error_with_2(clinic: Clinic) -> None:
    await clinic.order({"drift": "archive_thread"})
    assert await outcome(clinic.settings) == 1

    await clinic.order({"drift": "archive_thread"}, {"drift": "lock_thread"})
    assert await outcome(clinic.settings) == 2


async def test_the_rows_are_pasted_into_the_configuration_and_the_doctor_has_nothing_more_to_say(
    clinic: Clinic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await clinic.order(*RENAMED)
    assert await outcome(clinic.settings) == 2
    rows = capsys.readouterr().out.partition("bot.application_id\n")[2]
    written = tmp_path / "config.yaml"
    written.write_text(rows, encoding="utf-8")

    bot = load(read_file(written)).settings.bot
    pasted = clinic.settings.model_copy(update={"bot": bot})

    assert await outcome(pasted) == 0
    assert {each.level for each in (await clinic.report(pasted)).findings} == {Level.FINE}


async def test_rows_that_were_there_before_are_kept_among_the_new_ones(
    clinic: Clinic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "config.yaml"
    written.write_text(
        yaml.safe_dump({"bot": {"commands": {"create": {"options": {"style": "look"}}}}}), encoding="utf-8"
    )
    before = clinic.settings.model_copy(update={"bot": load(read_file(written)).settings.bot})
    await clinic.order(
        {"drift": "rename_option", "command": "create", "option": "style", "to": "look"},
        {"drift": "rename_command", "command": "create", "to": "imagine"},
    )

    assert await outcome(before, as_json=True) == 2

    [report] = json.loads(capsys.readouterr().out)["accounts"]
    create = report["rows"]["commands"]["create"]
    assert create == {"options": {"style": "look"}, "name": "imagine"}


async def test_a_channel_without_an_account_is_named_with_those_that_there_are(clinic: Clinic) -> None:
    with pytest.raises(ConfigurationError, match=clinic.place.id):
        await outcome(clinic.settings, channel="999999999999999999")


async def test_without_any_account_it_says_how_to_add_one(clinic: Clinic) -> None:
    with pytest.raises(ConfigurationError, match="pixverse-bridge init"):
        await outcome(clinic.settings.model_copy(update={"accounts": ()}))


async def test_a_command_of_the_bot_is_written_as_a_row(
    clinic: Clinic, capsys: pytest.CaptureFixture[str]
) -> None:
    option = {"type": 11, "name": "source-video", "description": "Who speaks", "required": True}
    await clinic.order({"drift": "add_command", "command": "lip-sync", "options": [option]})

    assert await outcome(clinic.settings, command="lip_sync") == 0

    [(verb, row)] = yaml.safe_load(capsys.readouterr().out)["bot"]["commands"].items()
    assert (verb, row["name"]) == ("lip_sync", "lip-sync")
    assert row["fields"] == {
        "source_video": {"type": "video", "required": True, "option": "source-video", "about": "Who speaks"}
    }


async def test_a_command_that_the_bot_does_not_have_is_refused_with_those_that_it_has(clinic: Clinic) -> None:
    await clinic.order()

    with pytest.raises(ConfigurationError, match="create, create_single, animate, meme_face"):
        await outcome(clinic.settings, command="dance")


async def test_a_real_command_is_made_and_each_message_is_explained(
    clinic: Clinic, capsys: pytest.CaptureFixture[str]
) -> None:
    await clinic.order()

    assert await outcome(clinic.settings, prompt="a cat", is_sure=True) == 0

    told = capsys.readouterr().out
    assert "Sent /create_single" in told
    assert "read as  finished: it has a video" in told
    assert told.partition("Every message was understood.\n")[2].startswith("    ✓ try: the video has arrived")


async def test_a_real_command_is_not_made_beside_a_bridge(clinic: Clinic, tmp_path: Path) -> None:
    settings = clinic.settings.model_copy(update={"data_dir": tmp_path / "data"})
    new_database(tmp_path)

    with held(settings), pytest.raises(DataInUse, match="serve --record"):
        await outcome(settings, prompt="a cat", is_sure=True)


async def test_a_real_command_is_not_made_without_a_terminal_unless_that_is_sure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = CliRunner().invoke(app, ["doctor", "--try", "a cat"])

    assert isinstance(ended.exception, ConfigurationError)
    assert "--yes" in str(ended.exception)
