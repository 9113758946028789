"""Rows as earlier versions have written them are read with what was true then, not with today's defaults.

The texts are what those versions wrote.
"""

import json
from typing import Any, Final

import pytest
from pydantic import TypeAdapter, ValidationError

from bridge.chat import (
    Attachment,
    Button,
    Embed,
    EmbedImage,
    Message,
    ModalInput,
    ModalOffered,
    Select,
    SelectOption,
)
from bridge.jobs.command import Command, Upload, Verb
from bridge.jobs.echo import Echo
from bridge.jobs.job import Failure, Job, Menu, Said
from bridge.pixverse.echo import expected, expected_of_button, taken_apart
from bridge.pixverse.profile import DEFAULT
from bridge.store.rows import jobs

PROMPT: Final = "a cat, style: anime, in a hat"
COMMAND: Final = Command(verb=Verb.CREATE, prompt=PROMPT, style="Realistic", aspect_ratio="16:9")
EXPECTED: Final = expected(COMMAND, DEFAULT)
IDS: Final = (
    '"id":"job-1","tenant":"default","account":1,"server":"1140860020586713128","channel":"1168473004498501652",'
    '"discord":"MTEx…",'
)
TIMES: Final = (
    '"created_ms":1700000000000,"updated_ms":1700000000000,"heard_ms":1700000000000,'
    '"fingerprint":"23fad363ce83958345c5bf42c3fffc4fd0c889a9b8d5c4caa3068278ca95d594","number":1,'
)
WITHOUT_VERSION: Final = (
    "{" + IDS + '"command":{"verb":"pixverse-create","prompt":"a cat, style: anime, in a hat",'
    '"style":"Realistic","aspect_ratio":"16:9"},' + TIMES + '"echo":{"at_start":{"aspect_ratio":"16:9",'
    '"style":"realistic","prompt":"a cat, style: anime, in a hat"},"at_end":{"aspect_ratio":"16:9",'
    '"style":"realistic","prompt":"a cat, style: anime, in a hat"}}}'
)
BUTTON_WITHOUT_VERSION: Final = (
    "{" + IDS + '"command":{"verb":"pixverse-button","button":"U1"},' + TIMES + '"parent":"job-0",'
    '"echo":{"at_start":{"aspect_ratio":"16:9","style":"realistic","prompt":"a cat, style: anime, in a hat"},'
    '"at_end":{"aspect_ratio":"16:9","style":"realistic","prompt":"a cat, style: anime, in a hat"}}}'
)
FIRST_VERSION: Final = (
    '{"v":1,' + IDS + '"command":{"verb":"pixverse-create","prompt":"a cat, style: anime, in a hat",'
    '"negative_prompt":null,"style":"Realistic","aspect_ratio":"16:9","character":null,"seed_value":null,'
    '"motion":null,"hd_quality":null,"image":null,"face":null,"button":null},' + TIMES + '"parent":null,'
    '"state":"waiting","revision":0,"is_owed":false,"is_late":false,"echo":{"at_start":{"prompt":"a cat,",'
    '"style":"anime, in a hat\\nrealistic","aspect_ratio":"16:9"},"at_end":{"prompt":"a cat,",'
    '"style":"anime, in a hat\\nrealistic","aspect_ratio":"16:9"},"heard":[]},"said":null,"failure":null,'
    '"max_jobs":10,"reply_url":null,"reply_ref":null,"listened_ms":0,"ended_ms":null}'
)
SECOND_VERSION: Final = (
    FIRST_VERSION.replace('{"v":1,', '{"v":2,')
    .replace('"heard":[]}', '"heard":[],"in_prompt":["style"]}')
    .replace('"state":"waiting"', '"state":"completed"')
    .replace(
        '"said":null',
        '"said":{"message_id":"9","content":"done","timestamp":null,"edited":null,"attachments":[],"embeds":[],'
        '"buttons":["U1","Extend"]}',
    )
)
NAMES: Final[dict[type, set[str]]] = {
    Job: {
        *("id", "tenant", "account", "server", "channel", "discord", "command", "created_ms", "updated_ms"),
        *("heard_ms", "fingerprint", "number", "parent", "state", "revision", "is_owed", "is_late", "echo"),
        *("said", "failure", "max_jobs", "reply_url", "reply_ref", "listened_ms", "ended_ms"),
        "traceparent",
    },
    Upload: {"size", "type", "key", "sha256"},
    Echo: {"at_start", "at_end", "heard", "in_prompt"},
    Menu: {"name", "options"},
    Said: {
        *("message_id", "content", "timestamp", "edited", "attachments", "embeds", "buttons"),
        *("other_buttons", "selects"),
    },
    Failure: {"cause", "error", "details", "retry_after_s"},
    Attachment: {"id", "filename", "url", "size", "proxy_url", "content_type", "width", "height"},
    Embed: {"type", "title", "description", "image"},
    EmbedImage: {"url", "proxy_url", "width", "height"},
    Button: {"name", "custom_id", "is_disabled"},
    SelectOption: {"label", "value"},
    Select: {"name", "custom_id", "options", "is_disabled"},
    Message: {
        *("id", "channel", "is_edit", "is_history", "author_id", "author_is_bot", "application_id"),
        *("content", "timestamp", "edited_timestamp", "flags", "attachments", "embeds", "buttons", "selects"),
        *("nonce", "interaction_id", "interaction_user_id", "interacted_message_id", "reference_id"),
    },
    ModalInput: {"custom_id", "value", "label", "is_required", "max_length"},
    ModalOffered: {"id", "nonce", "channel", "application_id", "custom_id", "title", "inputs", "rows"},
}
"""The fields of what is kept with the third version."""
OF_A_COMMAND: Final = (
    *("verb", "prompt", "negative_prompt", "style", "aspect_ratio", "character", "seed_value", "motion"),
    *("hd_quality", "image", "face", "button", "value"),
)


@pytest.mark.parametrize("kept", [WITHOUT_VERSION, FIRST_VERSION], ids=["without version", "first version"])
def test_a_job_of_an_earlier_version_is_known_by_the_words_of_one_of_today(kept: str) -> None:
    job = jobs.load(kept)

    assert job.command == COMMAND
    assert job.echo == EXPECTED
    assert job.echo.in_prompt == ("style",)


def test_a_button_of_an_earlier_version_is_known_by_the_words_of_its_parent() -> None:
    job = jobs.load(BUTTON_WITHOUT_VERSION)

    assert job.echo == expected_of_button(EXPECTED, None, DEFAULT)


@pytest.mark.parametrize("kept", [WITHOUT_VERSION, FIRST_VERSION], ids=["without version", "first version"])
def test_a_bot_that_rewrites_a_prompt_with_its_keys_means_the_job_of_an_earlier_version(kept: str) -> None:
    rewritten = taken_apart(
        "prompt: a cat, style: anime, in a tall hat style: Realistic aspect-ratio: 16:9", DEFAULT
    )

    echo = jobs.load(kept).echo

    assert echo.is_near(rewritten)
    assert not echo.contradicts(rewritten)


def test_a_job_of_the_second_version_has_the_buttons_that_it_had() -> None:
    job = jobs.load(SECOND_VERSION)

    assert job.said == Said("9", content="done", buttons=("U1", "Extend"))
    assert job.command.value is None


@pytest.mark.parametrize(
    "kept",
    [WITHOUT_VERSION, FIRST_VERSION, SECOND_VERSION],
    ids=["without version", "first version", "second version"],
)
def test_a_job_of_an_earlier_version_is_kept_as_one_of_today(kept: str) -> None:
    job = jobs.load(kept)

    assert jobs.load(jobs.dump(job)) == job
    assert json.loads(jobs.dump(job))["v"] == 3


def test_words_of_a_profile_of_the_operators_own_are_kept_as_they_were() -> None:
    kept = json.loads(WITHOUT_VERSION)
    kept["echo"]["at_start"]["motion"] = "5"

    assert jobs.load(json.dumps(kept)).echo.at_start["motion"] == "5"


@pytest.mark.parametrize("kind", NAMES, ids=lambda kind: kind.__name__)
def test_a_field_that_is_added_to_what_is_kept_takes_a_version_of_its_own(kind: Any) -> None:
    """Add it to a new version, and say in `bridge.store.rows.earlier` what it means in the rows of before."""
    assert set(kind.__dataclass_fields__) == NAMES[kind]


def test_a_command_is_kept_with_the_fields_of_the_built_in_verbs_whether_they_were_given_or_not() -> None:
    kept = TypeAdapter(Command).dump_python(COMMAND)

    assert tuple(kept) == OF_A_COMMAND
    assert {name for name, value in kept.items() if value is None} == set(OF_A_COMMAND) - {
        *("verb", "prompt", "style", "aspect_ratio")
    }


def test_a_command_of_a_verb_that_is_not_built_in_is_kept_with_its_own_fields_too() -> None:
    files = {"clip": Upload(7, "video/mp4", "0" * 32, "abc")}
    command = Command("pixverse-lip_sync", {**files, "strength": 0.5, "loud": False}, prompt="hello")

    kept = TypeAdapter(Command).dump_json(command)

    assert TypeAdapter(Command).validate_json(kept) == command
    assert tuple(json.loads(kept)) == (*OF_A_COMMAND, "clip", "strength", "loud")


@pytest.mark.parametrize(
    "damage",
    [
        {"verb": None},
        {"prompt": 5},
        {"motion": "5"},
        {"seed_value": True},
        {"image": {"size": 1}},
        {"style": {"size": 1, "type": "a", "key": "b", "sha256": "c"}},
        {"other": ["a"]},
    ],
)
def test_a_command_that_is_damaged_is_not_read(damage: dict[str, object]) -> None:
    kept = {**TypeAdapter(Command).dump_python(COMMAND), **damage}

    with pytest.raises(ValidationError):
        TypeAdapter(Command).validate_python(kept)
