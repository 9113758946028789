"""`doctor` on the command line: what it prints, with which code it ends, and that its rows can be pasted."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from bridge.cli.doctor.start import Order, examine
from bridge.cli.layers import load, read_file
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.doctor.finding import Level
from bridge.errors import ConfigurationError
from bridge.logs import Redactor
from tests.doctor.clinic import Clinic

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
