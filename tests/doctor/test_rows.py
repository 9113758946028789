"""The rows that follow from a report: each change of the bot, and a verb for a command that none uses."""

from collections.abc import Mapping
from typing import Any

import pytest

from bridge.doctor.comparing import compared
from bridge.doctor.from_profile import wanted_by
from bridge.doctor.new_verb import name_of, new_verb
from bridge.doctor.rows import rows_for
from bridge.pixverse.profile import DEFAULT
from bridge.sessions.selfbot.offered import offered_index
from tests.doctor.changes import add_option, both, change_option, choices, rename
from tests.doctor.conftest import Change, Offer


def rows(offer: Offer, kept: Mapping[str, Any] | None = None, refused: str | None = None) -> Any:
    comparison = compared(wanted_by(DEFAULT), offered_index(offer.index()), None, is_age_restricted=False)
    found = rows_for(comparison, kept or {}, lambda each: refused is None or refused not in str(each))
    return found.get("commands", {})


@pytest.mark.parametrize(
    ("drift", "expected"),
    [
        (rename("create", "imagine"), {"create": {"name": "imagine"}}),
        (change_option("create", "prompt", name="text"), {"create": {"options": {"prompt": "text"}}}),
        (
            change_option("create", "style", choices=choices("Realistic", "Anime", "Clay")),
            {"create": {"fields": {"style": {"choices": ["Realistic", "Anime", "Clay"]}}}},
        ),
        (
            change_option("create", "prompt", min_length=3, max_length=100),
            {"create": {"fields": {"prompt": {"min": 3, "max": 100}}}},
        ),
        (
            change_option("animate", "motion", max_value=5.0),
            {"animate": {"fields": {"motion": {"max": 5}}}},
        ),
        (
            change_option("create", "aspect-ratio", required=True),
            {"create": {"fields": {"aspect_ratio": {"required": True}}}},
        ),
        (
            change_option("create", "negative-prompt", choices=choices("blur", "text")),
            {"create": {"fields": {"negative_prompt": {"type": "choice", "choices": ["blur", "text"]}}}},
        ),
        (
            add_option("create", name="video-length", type=4, min_value=1, max_value=8, required=True),
            {
                "create": {
                    "fields": {
                        "video_length": {
                            "type": "integer",
                            "required": True,
                            "option": "video-length",
                            "min": 1,
                            "max": 8,
                            "about": "New",
                        }
                    }
                }
            },
        ),
        (add_option("create", name="friend", type=6, required=True), {}),
        (add_option("create", name="camera"), {}),
        (change_option("create", "prompt", max_length=2048), {}),
    ],
)
def test_each_change_has_its_row(offer: Offer, drift: Change, expected: dict[str, Any]) -> None:
    drift(offer)

    assert rows(offer) == expected


def test_a_change_that_a_configuration_may_not_have_is_left_out_alone(offer: Offer) -> None:
    both(rename("create", "imagine"), change_option("animate", "image", name="it's"))(offer)

    assert rows(offer, refused="it's") == {"create": {"name": "imagine"}}


def test_rows_that_were_there_stay(offer: Offer) -> None:
    rename("create", "imagine")(offer)
    kept = {"create": {"options": {"style": "style"}}, "animate": {"name": "animate"}}

    assert rows(offer, kept) == {
        "create": {"options": {"style": "style"}, "name": "imagine"},
        "animate": {"name": "animate"},
    }


def test_a_command_that_no_verb_uses_becomes_a_row(offer: Offer) -> None:
    offer.commands.append(
        {
            "id": "1",
            "name": "lip-sync",
            "description": "Let a face\nspeak",
            "options": [
                {"type": 11, "name": "source-video", "description": "Who speaks", "required": True},
                {"type": 11, "name": "face", "description": "A picture"},
                {
                    "type": 3,
                    "name": "text",
                    "description": "What is said",
                    "min_length": 1,
                    "max_length": 300,
                },
                {"type": 10, "name": "speed", "description": "How fast", "min_value": 0.5, "max_value": 2},
                {"type": 5, "name": "sound", "description": ""},
                {"type": 3, "name": "voice", "description": "Whose", "choices": choices("Ann", "Bob")},
                {"type": 6, "name": "friend", "description": "A person"},
            ],
        }
    )
    command = offered_index(offer.index()).commands[-1]

    assert new_verb(command) == {
        "lip_sync": {
            "name": "lip-sync",
            "about": "Let a face speak",
            "files": 1,
            "fields": {
                "source_video": {
                    "type": "video",
                    "required": True,
                    "option": "source-video",
                    "about": "Who speaks",
                },
                "face": {"type": "image", "about": "A picture"},
                "text": {"type": "string", "min": 1, "max": 300, "about": "What is said"},
                "speed": {"type": "number", "min": 0.5, "max": 2, "about": "How fast"},
                "sound": {"type": "boolean"},
                "voice": {"type": "choice", "choices": ["Ann", "Bob"], "about": "Whose"},
            },
        }
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("create", "create"),
        ("Lip-Sync", "lip_sync"),
        ("3d", "x_3d"),
        ("größe", "grosse"),
        ("视频", "x"),
        ("-", "x"),
        ("a" * 40, "a" * 32),
    ],
)
def test_any_name_of_the_bot_becomes_one_of_the_api(name: str, expected: str) -> None:
    assert name_of(name) == expected
