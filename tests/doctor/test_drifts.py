"""Each way in which the simulated bot and its server can drift is found, and nothing else is."""

from typing import Any

import pytest
import yaml

from bridge.cli.doctor.printing import rows_as_yaml
from bridge.config.overrides import Overrides
from bridge.doctor.finding import Level
from bridge.doctor.report import Report
from bridge.sandbox.drift.orders import FIELDS
from tests.doctor.clinic import Clinic

pytestmark = pytest.mark.asyncio(loop_scope="module")
NEW = {"type": 3, "required": True}
PROMPT = {"type": 3, "name": "prompt", "description": "What", "required": True}

TABLE: tuple[tuple[dict[str, Any], tuple[str, str, str]], ...] = (
    (
        {"drift": "rename_command", "command": "create", "to": "imagine"},
        ("create", "command_renamed", "error"),
    ),
    ({"drift": "remove_command", "command": "meme_face"}, ("meme_face", "command_missing", "error")),
    (
        {"drift": "add_command", "command": "extend", "options": [PROMPT]},
        ("commands", "command_unused", "note"),
    ),
    (
        {"drift": "change_command", "command": "create", "set": {"nsfw": True}},
        ("commands", "command_age_restricted", "error"),
    ),
    (
        {"drift": "change_command", "command": "create", "set": {"contexts": [1]}},
        ("commands", "command_not_in_servers", "error"),
    ),
    (
        {"drift": "change_command", "command": "create", "set": {"default_member_permissions": "8"}},
        ("commands", "command_denied", "error"),
    ),
    ({"drift": "forbid_command", "command": "animate"}, ("commands", "command_denied", "error")),
    (
        {"drift": "rename_option", "command": "create", "option": "prompt", "to": "text"},
        ("create", "option_renamed", "error"),
    ),
    (
        {"drift": "remove_option", "command": "animate", "option": "motion"},
        ("animate", "option_missing", "warning"),
    ),
    (
        {"drift": "add_option", "command": "create", "option": "language", "set": NEW},
        ("create", "option_required", "error"),
    ),
    (
        {"drift": "add_option", "command": "create", "option": "camera", "set": {}},
        ("create", "option_unused", "note"),
    ),
    (
        {"drift": "change_option", "command": "animate", "option": "image", "set": {"type": 3}},
        ("animate", "option_type", "error"),
    ),
    (
        {"drift": "change_option", "command": "animate", "option": "motion", "set": {"type": 10}},
        ("animate", "option_type", "warning"),
    ),
    (
        {"drift": "change_option", "command": "create", "option": "prompt", "set": {"max_length": 100}},
        ("create", "limit_narrower", "warning"),
    ),
    (
        {"drift": "change_option", "command": "animate", "option": "motion", "set": {"max_value": 20}},
        ("animate", "limit_wider", "note"),
    ),
    (
        {"drift": "change_option", "command": "create", "option": "aspect-ratio", "set": {"required": True}},
        ("create", "option_required", "warning"),
    ),
    (
        {"drift": "add_choice", "command": "create", "option": "style", "value": "Clay"},
        ("create", "choice_new", "warning"),
    ),
    (
        {"drift": "remove_choice", "command": "create", "option": "style", "value": "Anime"},
        ("create", "choice_missing", "warning"),
    ),
    ({"drift": "remove_bot"}, ("commands", "bot_missing", "error")),
    ({"drift": "deny_permission", "permission": "attach_files"}, ("uploads", "no_uploads", "warning")),
    (
        {"drift": "deny_permission", "permission": "use_application_commands"},
        ("permissions", "no_application_commands", "error"),
    ),
    (
        {"drift": "deny_permission", "permission": "read_message_history"},
        ("history", "history_unreadable", "warning"),
    ),
    ({"drift": "archive_thread"}, ("channel", "thread_archived", "warning")),
    ({"drift": "lock_thread"}, ("channel", "thread_locked", "error")),
    ({"drift": "leave_thread"}, ("channel", "channel_unseen", "error")),
    ({"drift": "time_out", "seconds": 3600}, ("permissions", "timed_out", "error")),
    ({"drift": "ask_for_rules"}, ("permissions", "rules_not_accepted", "error")),
    ({"drift": "refuse_token"}, ("token", "token_refused", "error")),
    ({"drift": "limit_uploads", "bytes": 1_000_000}, ("uploads", "upload_limit", "warning")),
)
BOT = {"drift": "rename_bot", "to": "Video Maker"}
HARMLESS: tuple[dict[str, Any], ...] = (
    {"drift": "copy_command", "command": "create"},
    {"drift": "translate_command", "command": "create", "to": "erschaffen"},
)


def differences(report: Report) -> list[tuple[str, str, str]]:
    return [
        (each.about, each.code, each.level.value) for each in report.findings if each.level is not Level.FINE
    ]


@pytest.mark.parametrize(("drift", "expected"), TABLE, ids=[str(row[0]) for row in TABLE])
async def test_each_drift_is_found_and_no_other(
    clinic: Clinic, drift: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    await clinic.order(drift)

    assert differences(await clinic.report()) == [expected]


@pytest.mark.parametrize("drift", [row[0] for row in TABLE], ids=[str(row[0]) for row in TABLE])
async def test_rows_that_are_pasted_leave_nothing_to_say(clinic: Clinic, drift: dict[str, Any]) -> None:
    await clinic.order(drift)
    rows = (await clinic.report()).rows
    bot = Overrides.model_validate(yaml.safe_load(rows_as_yaml(rows))["bot"])

    pasted = await clinic.report(clinic.settings.model_copy(update={"bot": bot}))

    assert not rows or differences(pasted) == []


async def test_an_account_that_has_left_the_server_is_told_both(clinic: Clinic) -> None:
    await clinic.order({"drift": "leave_server"})

    assert differences(await clinic.report()) == [
        ("server", "not_a_member", "error"),
        ("channel", "channel_unseen", "error"),
    ]


async def test_a_command_that_has_become_a_subcommand_is_told_with_its_place(clinic: Clinic) -> None:
    await clinic.order({"drift": "nest_command", "command": "create", "to": "pixverse"})

    report = await clinic.report()

    assert ("create", "command_moved", "error") in differences(report)
    assert any("/pixverse create" in each.found for each in report.findings)


async def test_what_changes_nothing_for_the_bridge_is_no_finding(clinic: Clinic) -> None:
    await clinic.order(*HARMLESS)

    report = await clinic.report()

    assert (differences(report), report.outcome, report.rows) == ([], 0, {})


async def test_a_bot_with_another_name_is_known_by_its_commands(clinic: Clinic) -> None:
    await clinic.order(BOT)

    assert differences(await clinic.report()) == []


async def test_without_its_name_a_bot_is_not_told_from_another_with_the_same_command(clinic: Clinic) -> None:
    await clinic.order(BOT, {"drift": "copy_command", "command": "create"})

    report = await clinic.report()

    assert differences(report) == [("commands", "several_bots", "warning")]
    assert report.rows == {"application_id": clinic.bot}


async def test_several_drifts_at_once_are_all_found(clinic: Clinic) -> None:
    chosen = [row for row in TABLE if row[1][1] in ("command_missing", "limit_narrower", "upload_limit")]
    await clinic.order(*(row[0] for row in chosen))

    assert sorted(differences(await clinic.report())) == sorted(row[1] for row in chosen)


async def test_every_drift_that_there_is_has_been_tried() -> None:
    tried = {row[0]["drift"] for row in TABLE} | {each["drift"] for each in HARMLESS}

    assert set(FIELDS) - tried == {"leave_server", "nest_command", "rename_bot"}
