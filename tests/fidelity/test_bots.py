"""Bots that are written with ordinary libraries, unmodified: from the login to the history."""

import asyncio

import pytest

from tests.fidelity.performance import Performance, perform
from tests.fidelity.players import VIDEO

IN_EVERY_RUN = "discord_py"
OTHERS = (
    "discord_js",
    "discordeno",
    "discordjs_core",
    "disnake",
    "eris",
    "hikari",
    "interactions_py",
    "nextcord",
    "oceanic_js",
    "py_cord",
)
LOADING, EPHEMERAL = 128, 64


@pytest.fixture(
    scope="module",
    params=[IN_EVERY_RUN, *(pytest.param(each, marks=pytest.mark.fidelity) for each in OTHERS)],
)
def performance(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Performance:
    return asyncio.run(perform(request.param, tmp_path_factory.mktemp(request.param)))


def test_the_bot_logs_in_and_finds_its_guild_and_the_users_thread(performance: Performance) -> None:
    ready = performance.told["ready"]

    assert ready["user"] == performance.stage["application_id"]
    assert performance.stage["guild_id"] in ready["guilds"]
    assert performance.stage["channel_id"] in ready["threads"]


def test_the_bot_hears_who_ordered_what(performance: Performance) -> None:
    command = performance.told["command"]

    assert (command["prompt"], command["style"]) == ("a cat", "Anime")
    assert command["user"] == performance.user_id


def test_the_user_sees_at_once_that_the_bot_is_thinking(performance: Performance) -> None:
    deferral = performance.deferral

    assert (deferral["flags"] & LOADING, deferral["content"]) == (LOADING, "")
    assert deferral["nonce"] == performance.order["nonce"]
    assert deferral["interaction_metadata"]["user"]["id"] == performance.user_id


def test_the_edit_brings_the_video_and_the_buttons(performance: Performance) -> None:
    finished = performance.finished
    told = performance.told["edited"]

    assert (told["message"], told["files"]) == (finished["id"], ["cat.mp4"])
    assert (finished["id"], finished["flags"] & LOADING) == (performance.deferral["id"], 0)
    assert finished["content"] == "Done: a cat"
    assert finished["attachments"][0]["content_type"] == "video/mp4"
    assert performance.video == VIDEO.read_bytes()
    faces = [each["label"] for row in finished["components"] for each in row["components"]]
    assert faces == ["Again", "Ask"]


def test_the_follow_up_is_a_message_of_its_own(performance: Performance) -> None:
    follow_up = performance.follow_up

    assert performance.told["followed"]["message"] == follow_up["id"]
    assert follow_up["content"] == "One thing more."
    assert follow_up["message_reference"]["message_id"] == performance.finished["id"]


def test_a_pressed_button_changes_its_message(performance: Performance) -> None:
    press = performance.pressed[0]

    assert (press["custom_id"], press["message"]) == ("again", performance.finished["id"])
    assert (performance.updated["id"], performance.updated["content"]) == (
        performance.finished["id"],
        "Made again.",
    )


def test_a_modal_reaches_the_user_and_what_it_holds_the_bot(performance: Performance) -> None:
    assert performance.pressed[1]["custom_id"] == "ask"
    assert (performance.modal["custom_id"], performance.modal["title"]) == ("remix", "Remix Prompt")
    assert performance.told["submitted"]["text"] == "a dog"


def test_an_answer_for_one_user_is_in_no_history(performance: Performance) -> None:
    whisper = performance.whisper

    assert (whisper["flags"] & EPHEMERAL, whisper["content"]) == (EPHEMERAL, "Only you see this.")
    assert performance.told["answered"]["ephemeral"] is True
    assert whisper["id"] not in {each["id"] for each in performance.history}


def test_the_bot_reads_the_history_as_the_user_does(performance: Performance) -> None:
    contents = performance.told["history"]["contents"]

    assert contents == [each["content"] for each in performance.history]
    assert contents == ["One thing more.", "Made again."]


def test_the_bot_resumes_a_connection_that_was_cut_and_hears_what_it_missed(performance: Performance) -> None:
    heard = performance.told["heard"]

    assert (heard["author"], heard["message"]) == (performance.user_id, performance.missed["id"])
