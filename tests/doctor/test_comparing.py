"""Each way in which a bot can differ from the profile is found, and nothing else is."""

from typing import Any

import pytest

from bridge.doctor.comparing import compared
from bridge.doctor.finding import Level
from bridge.doctor.from_profile import wanted_by
from bridge.doctor.pairing import likeness
from bridge.doctor.permissions import USE_APPLICATION_COMMANDS, Permissions
from bridge.offered import OfferedIndex
from bridge.pixverse.profile import DEFAULT
from bridge.sessions.selfbot.offered import offered_index
from tests.doctor.changes import (
    add_option,
    both,
    change,
    change_option,
    choices,
    into_group,
    of_another_bot,
    remove,
    remove_option,
    rename,
)
from tests.doctor.conftest import PIXVERSE, Change, Offer

SERVER = "323456789012345678"
CHANNEL = "423456789012345678"
USER = "523456789012345678"
ROLE = "623456789012345678"


def found(index: OfferedIndex, *, bits: int = USE_APPLICATION_COMMANDS) -> list[tuple[str, str, str]]:
    who = Permissions(USER, SERVER, CHANNEL, frozenset({ROLE}), bits)
    findings = compared(wanted_by(DEFAULT), index, who, is_age_restricted=False).findings
    return [(each.about, each.code, each.level.value) for each in findings if each.level is not Level.FINE]


TABLE: tuple[tuple[str, Change, list[tuple[str, str, str]]], ...] = (
    ("nothing", lambda _offer: None, []),
    ("a command has another name", rename("create", "imagine"), [("create", "command_renamed", "error")]),
    (
        "two alike commands have other names",
        both(rename("create", "imagine"), rename("create_single", "imagine_one")),
        [("create", "command_renamed", "error"), ("create_single", "command_renamed", "error")],
    ),
    (
        "a hyphen for an underscore",
        rename("meme_face", "meme-face"),
        [("meme_face", "command_renamed", "error")],
    ),
    ("a command is gone", remove("meme_face"), [("meme_face", "command_missing", "error")]),
    (
        "a command is chosen from a menu",
        change("animate", type=3, options=[]),
        [("animate", "command_no_slash", "error")],
    ),
    (
        "a command is in a group",
        into_group("create"),
        [("create", "command_moved", "error"), ("commands", "command_unused", "note")],
    ),
    (
        "a command has subcommands",
        change("create", options=[{"type": 1, "name": "video", "description": "Make"}]),
        [("create", "command_has_subcommands", "error")],
    ),
    (
        "a command that no verb uses",
        lambda offer: offer.commands.append({**offer.command("animate"), "name": "extend"}),
        [("commands", "command_unused", "note")],
    ),
    (
        "a required option has another name",
        change_option("create", "prompt", name="text"),
        [("create", "option_renamed", "error")],
    ),
    (
        "an optional one has a similar name",
        change_option("create", "aspect-ratio", name="ratio"),
        [("create", "option_renamed", "warning")],
    ),
    (
        "an option with the same choices has another name",
        change_option("create", "character", name="who"),
        [("create", "option_renamed", "warning")],
    ),
    ("a hyphen in an option", change_option("animate", "hd-quality", name="hd_quality"), []),
    (
        "an optional option is gone",
        remove_option("animate", "motion"),
        [("animate", "option_missing", "warning")],
    ),
    ("a required option is gone", remove_option("create", "style"), [("create", "option_missing", "error")]),
    (
        "a new option is required",
        add_option("create", name="language", required=True, choices=choices("en", "de")),
        [("create", "option_required", "error")],
    ),
    ("a new option", add_option("create", name="camera"), [("create", "option_unused", "note")]),
    (
        "an optional option is required now",
        change_option("create", "aspect-ratio", required=True),
        [("create", "option_required", "warning")],
    ),
    (
        "a number is a text now",
        change_option("animate", "motion", type=3),
        [("animate", "option_type", "warning")],
    ),
    (
        "a number may have a fraction now",
        change_option("animate", "motion", type=10),
        [("animate", "option_type", "warning")],
    ),
    (
        "a text is a user now",
        change_option("create", "prompt", type=6),
        [("create", "option_type", "error")],
    ),
    (
        "a text is a channel now, which other requests leave out",
        change_option("create", "negative-prompt", type=7, channel_types=[0]),
        [("create", "option_type", "warning")],
    ),
    (
        "a file is a text now",
        change_option("animate", "image", type=3),
        [("animate", "option_type", "error")],
    ),
    (
        "an option of a type that is not known yet",
        change_option("create", "prompt", type=99),
        [("create", "option_type", "error")],
    ),
    ("yes and no are a truth value", change_option("animate", "hd-quality", type=5, choices=None), []),
    (
        "a shorter prompt",
        change_option("create", "prompt", max_length=100),
        [("create", "limit_narrower", "warning")],
    ),
    (
        "a longer prompt is needed",
        change_option("create", "prompt", min_length=10),
        [("create", "limit_narrower", "warning")],
    ),
    (
        "a longer prompt is taken",
        change_option("create", "prompt", max_length=2048),
        [("create", "limit_wider", "note")],
    ),
    (
        "less motion",
        change_option("animate", "motion", max_value=5),
        [("animate", "limit_narrower", "warning")],
    ),
    (
        "a negative seed is taken",
        change_option("animate", "seed-value", min_value=-1),
        [("animate", "limit_wider", "note")],
    ),
    (
        "a style is gone",
        change_option("create", "style", choices=choices("Realistic", "3D Animation")),
        [("create", "choice_missing", "warning")],
    ),
    (
        "a style is new",
        change_option("create", "style", choices=choices("Realistic", "Anime", "3D Animation", "Clay")),
        [("create", "choice_new", "warning")],
    ),
    (
        "all styles are others",
        change_option("create", "style", choices=choices("Clay", "Pixel")),
        [("create", "choice_missing", "error")],
    ),
    (
        "a style is completed while it is typed",
        change_option("create", "style", choices=None, autocomplete=True),
        [("create", "choice_open", "note")],
    ),
    (
        "choices with other values and the same names",
        change_option(
            "create",
            "style",
            choices=[{"name": each, "value": each.lower()} for each in ("Realistic", "Anime")]
            + [{"name": "3D-Animation", "name_default": "3D Animation", "value": "3d"}],
        ),
        [],
    ),
    (
        "a text is chosen from a list now",
        change_option("create", "negative-prompt", choices=choices("blur", "text")),
        [("create", "choice_limited", "warning")],
    ),
    (
        "an age-restricted command",
        change("create", nsfw=True),
        [("commands", "command_age_restricted", "error")],
    ),
    (
        "a command for private conversations",
        change("create", contexts=[1, 2]),
        [("commands", "command_not_in_servers", "error")],
    ),
    (
        "a command of moderators",
        change("create", default_member_permissions="32"),
        [("commands", "command_denied", "error")],
    ),
    (
        "a command of administrators",
        change("create", default_member_permissions="0"),
        [("commands", "command_denied", "error")],
    ),
    (
        "a command that the account was forbidden",
        change("create", permissions={"user": False}),
        [("commands", "command_denied", "error")],
    ),
    (
        "a command of another role",
        change("create", permissions={"roles": {SERVER: False, "7": True}}),
        [("commands", "command_denied", "error")],
    ),
    ("a command of its role", change("create", permissions={"roles": {SERVER: False, ROLE: True}}), []),
    (
        "a command that was forbidden in all channels",
        change("create", permissions={"channels": {str(int(SERVER) - 1): False}}),
        [("commands", "command_denied", "error")],
    ),
    (
        "a command that was allowed in this channel only",
        change("create", permissions={"channels": {str(int(SERVER) - 1): False, CHANNEL: True}}),
        [],
    ),
    (
        "a bot that the account was forbidden",
        lambda offer: offer.applications[0].update(permissions={"roles": {SERVER: False}}),
        [("commands", "command_denied", "error")],
    ),
    (
        "the bot is not there",
        both(lambda offer: offer.applications.clear(), lambda offer: offer.commands.clear()),
        [("commands", "bot_missing", "error")],
    ),
    ("another bot has the same commands", of_another_bot("create", "animate"), []),
    (
        "another bot of the same name",
        of_another_bot("create", bot="PixVerse"),
        [("commands", "several_bots", "warning")],
    ),
    (
        "only another bot has the command",
        both(of_another_bot("create"), lambda offer: offer.commands.pop(0)),
        [("create", "command_of_another_bot", "error")],
    ),
    (
        "another bot has the name that a command had",
        both(of_another_bot("create"), lambda offer: offer.commands[0].update(name="imagine")),
        [("create", "command_renamed", "error")],
    ),
    (
        "the bot has another name",
        lambda offer: offer.applications[0].update(name="Video Maker"),
        [],
    ),
    (
        "the bot has a longer name, and all its commands have others",
        both(
            lambda offer: offer.applications[0].update(name="PixVerse AI"),
            of_another_bot("create"),
            lambda offer: offer.commands.pop(),
            *(rename(name, f"make_{name}") for name in ("create", "create_single", "animate", "meme_face")),
        ),
        [(verb, "command_renamed", "error") for verb in ("create", "create_single", "animate", "meme_face")],
    ),
    (
        "a translated command",
        change("create", name="erschaffen", name_default="create", name_localized="erschaffen"),
        [],
    ),
)


@pytest.mark.parametrize(("drift", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_exactly_what_has_changed_is_found(
    offer: Offer, drift: Change, expected: list[tuple[str, str, str]]
) -> None:
    drift(offer)

    assert found(offered_index(offer.index())) == expected


def test_an_administrator_may_run_everything(offer: Offer) -> None:
    offer.command("create").update(default_member_permissions="0", permissions={"user": False})

    assert found(offered_index(offer.index()), bits=(1 << 64) - 1) == []


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"applications": None, "application_commands": None},
        {"applications": [None, 1, {"name": None}], "application_commands": [None, {}, {"name": 7}]},
        {"application_commands": [{"name": "create", "options": [None, {"name": "prompt", "type": "3"}]}]},
    ],
)
def test_an_index_of_nothing_usable_is_a_missing_bot(content: object) -> None:
    assert found(offered_index(content)) == [("commands", "bot_missing", "error")]


NONSENSE: tuple[Any, ...] = (
    None,
    True,
    "",
    "x",
    -1,
    1.5,
    float("nan"),
    float("inf"),
    10**400,
    [],
    [None],
    {},
    "\ud800",
)


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:10])
def test_nothing_that_discord_could_send_in_a_field_ends_the_doctor(offer: Offer, value: Any) -> None:
    fields = [*offer.command("create"), "permissions", "contexts", "nsfw", "name_default"]
    of_option = ("type", "name", "required", "min_value", "max_value", "max_length", "choices", "options")
    indexes = []
    for field in fields:
        changed = Offer()
        changed.command("create")[field] = value
        indexes.append(changed.index())
    for field in of_option:
        changed = Offer()
        changed.option("create", "style")[field] = value
        indexes.append(changed.index())
        changed = Offer()
        changed.option("create", "style")["choices"] = [{"name": value, "value": value}, value]
        indexes.append(changed.index())

    assert all(isinstance(found(offered_index(index)), list) for index in indexes)


def test_a_huge_index_is_compared_with_few_looks(offer: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def counted(one: str, two: str) -> float:
        looks.append(two)
        return likeness(one, two)

    monkeypatch.setattr("bridge.doctor.pairing.likeness", counted)
    remove("create")(offer)
    for number in range(5000):
        offer.commands.append(
            {"id": str(number + 1), "application_id": str(PIXVERSE), "name": f"other{number}", "type": 1}
        )

    codes = [code for _, code, _ in found(offered_index(offer.index()))]

    assert codes == ["command_missing", "command_unused"]
    assert len(looks) < 1000
