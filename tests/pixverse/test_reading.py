"""What a message of the bot means, whatever the prompt that it repeats says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.chat import EPHEMERAL, LOADING, Attachment, Button, Embed
from bridge.jobs.job import Cause
from bridge.jobs.signals import Acknowledged, Declined, Failed, Finished, Progressed, Refused, Signal, Started
from bridge.pixverse.profile import DEFAULT, Meaning, Phrase
from bridge.pixverse.reading import read
from bridge.sessions.selfbot.translate import history_row
from tests.tools.bot_texts import (
    APOLOGY,
    BOT,
    CHANNEL,
    FILM,
    OTHER,
    USER,
    button_text,
    completion_text,
    create,
    facts,
    message,
    start_text,
)

FULL = create(
    "Milla Jovovich riding motorcycle in extreme stormy weather thru California desert",
    style="Anime",
    negative_prompt="sand",
    aspect_ratio="16:9",
    character="kamisatoayaka",
)
NASTY_PROMPTS = [
    "(prompt: another one style: Anime) Author: <@222222222222222222>",
    "style: none, negative-prompt: none, aspect-ratio: 1:1 character: eula",
    "a bottle with 50% alcohol, in progress",
    "Apologies! Our AI moderator thinks this is violating our community guidelines",
    "too many requests, generation failed, something went wrong, please try again later",
    "We are making videos. We will notify you when it's done.",
    "invalid prompt",
    "**bold** __line__ ~~gone~~ ||spoiler|| `code` [link](https://example.com/a_(b)) <#1> <@&2>",
    "<@222222222222222222>",
    "one\ntwo\r\n\tthree",
    "a cat (in a hat",
    "a cat) in a hat",
    "((((",
    "))))",
    "👩‍🚀🏳️‍🌈 猫 قطة",
    "x" * 512,
    "\\(prompt\\:",
    ") Author:",
]


def meaning(content: str | None, *files: Attachment, flags: int | None = None) -> type[Signal] | None:
    signal = read(message(content, *files, flags=flags), DEFAULT).signal
    return type(signal) if signal else None


def test_the_start_of_a_command_is_read() -> None:
    reading = read(message(start_text(FULL)), DEFAULT)

    assert isinstance(reading.signal, Started)
    assert reading.mentions == {USER}
    assert reading.echo == {
        "prompt": "milla jovovich riding motorcycle in extreme stormy weather thru california desert",
        "style": "anime",
        "negative_prompt": "sand",
        "aspect_ratio": "16:9",
        "character": "kamisatoayaka",
    }


def test_the_start_of_a_button_is_read_although_its_parentheses_do_not_balance() -> None:
    reading = read(message(button_text(FULL)), DEFAULT)

    assert isinstance(reading.signal, Started)
    assert reading.mentions == {USER}
    assert reading.echo == read(message(start_text(FULL)), DEFAULT).echo


def test_a_completion_is_read_with_its_video() -> None:
    reading = read(message(completion_text(FULL), FILM), DEFAULT)

    assert isinstance(reading.signal, Finished)
    assert reading.echo is not None
    assert set(reading.echo) == {"prompt", "style", "aspect_ratio", "character"}


def test_the_texts_of_the_published_pages_are_read() -> None:
    user = f"<@{USER}>"
    start = (
        f"{user}  Hi! We are remaking your videos. We will notify you when it's done. (prompt: Sun breaking "
        "through clouds over the beautiful view of San Francisco style: Realistic negative-prompt: sand "
        f"aspect-ratio: 16:9 character: kamisatoayaka) Author: {user})"
    )
    end = (
        f"{user} (prompt: Sun breaking through clouds over the beautiful view of San Francisco "
        f"style: Realistic aspect-ratio: 16:9) Author: {user})"
    )

    first, last = read(message(start), DEFAULT), read(message(end, FILM), DEFAULT)

    assert isinstance(first.signal, Started)
    assert isinstance(last.signal, Finished)
    assert first.echo is not None
    assert last.echo is not None
    assert last.echo.items() <= first.echo.items()


def test_a_refusal_is_read_with_the_bots_own_words() -> None:
    signal = read(message(APOLOGY), DEFAULT).signal

    assert isinstance(signal, Refused)
    assert signal.failure.cause is Cause.MODERATED
    assert signal.failure.error == APOLOGY


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Invalid parameters", Refused),
        ("Too many requests, please try again later", Failed),
        ("The queue is full", Failed),
        ("Video generation failed", Failed),
        ("Something went wrong", Failed),
        ("42%", Progressed),
        ("99.5 % done", Progressed),
        ("Your job is in progress", Progressed),
        ("Hello", Started),
    ],
)
def test_a_phrase_of_the_bot_has_its_meaning(words: str, expected: type[Signal]) -> None:
    assert meaning(words) is expected
    assert meaning(f"<@{USER}> {words} (prompt: a cat style: Anime) Author: <@{USER}>") is expected


def test_a_bot_that_is_too_busy_is_told_from_one_that_failed() -> None:
    busy = read(message("too many jobs"), DEFAULT).signal
    failed = read(message("The generation has failed"), DEFAULT).signal

    assert isinstance(busy, Failed)
    assert isinstance(failed, Failed)
    assert (busy.failure.cause, failed.failure.cause) == (Cause.BOT_BUSY, Cause.BOT_FAILED)


def test_progress_is_read_behind_the_author_as_well() -> None:
    assert meaning(f"{start_text(FULL)} (42%)") is Progressed


@pytest.mark.parametrize("prompt", NASTY_PROMPTS)
def test_what_a_prompt_says_is_never_the_bots_word(prompt: str) -> None:
    command = create(prompt, negative_prompt=prompt, aspect_ratio="16:9")

    start, end = (
        read(message(start_text(command)), DEFAULT),
        read(message(completion_text(command), FILM), DEFAULT),
    )

    assert isinstance(start.signal, Started)
    assert isinstance(end.signal, Finished)
    assert start.mentions == end.mentions == {USER}
    assert meaning(f"{start_text(command)} (7%)") is Progressed


@given(
    st.text(st.characters(codec="utf-8"), max_size=512), st.text(st.characters(codec="utf-8"), max_size=64)
)
def test_no_prompt_at_all_changes_what_a_start_means(prompt: str, negative: str) -> None:
    reading = read(message(start_text(create(prompt, negative_prompt=negative))), DEFAULT)

    assert isinstance(reading.signal, Started)
    assert reading.mentions == {USER}


@given(st.text(st.characters(codec="utf-8")), st.integers(0, 255))
def test_reading_is_total(content: str, flags: int) -> None:
    reading = read(message(content, flags=flags), DEFAULT)

    assert reading.signal is not None


def test_a_message_that_is_loading_says_that_the_bot_is_thinking() -> None:
    assert meaning("", flags=LOADING) is Acknowledged
    assert meaning(None, flags=LOADING | EPHEMERAL) is Acknowledged


def test_an_ephemeral_text_that_nobody_knows_is_most_likely_a_refusal() -> None:
    assert meaning("You have no credits left", flags=EPHEMERAL) is Declined
    assert meaning(APOLOGY, flags=EPHEMERAL) is Refused
    assert meaning(start_text(FULL), flags=EPHEMERAL) is Started


def test_an_ephemeral_text_that_repeats_the_command_is_a_start() -> None:
    assert meaning(f"Received! ({facts(FULL, is_start=True)})", flags=EPHEMERAL) is Started


def test_an_edit_without_text_and_files_means_nothing() -> None:
    assert read(replace(message(None), attachments=None, is_edit=True), DEFAULT).signal is None


@pytest.mark.parametrize("name", ["a.mp4", "A.MP4", "b.webm", "c.mov", "d.gif"])
def test_a_film_is_known_by_its_name_where_the_type_is_missing(name: str) -> None:
    assert meaning("", Attachment("1", name, "https://cdn/x", 1)) is Finished


def test_a_picture_is_no_film() -> None:
    assert meaning(start_text(FULL), Attachment("1", "a.png", "https://cdn/a.png", 1)) is Started


def test_only_buttons_that_can_be_pressed_are_shown() -> None:
    buttons = (Button("U1", "u1"), Button("V1", "v1", is_disabled=True), Button("🔄", "again"))

    signal = read(replace(message("done", FILM), buttons=buttons), DEFAULT).signal

    assert isinstance(signal, Finished)
    assert signal.said.buttons == ("U1", "🔄")


def test_text_that_stands_in_components_is_read_as_content() -> None:
    row = history_row(
        {
            "id": "1700",
            "channel_id": CHANNEL,
            "author": {"id": BOT, "bot": True},
            "content": "",
            "flags": 1 << 15,
            "components": [{"type": 17, "components": [{"type": 10, "content": start_text(FULL)}]}],
        }
    )

    assert row is not None
    reading = read(row, DEFAULT)
    assert isinstance(reading.signal, Started)
    assert reading.echo == read(message(start_text(FULL)), DEFAULT).echo


def test_another_user_is_told_from_the_one_in_the_prompt() -> None:
    command = create(f"<@{USER}> and his dog")

    reading = read(message(start_text(command, user=OTHER)), DEFAULT)

    assert reading.mentions == {OTHER}


EMBEDS = [
    (Embed("rich", "Apologies!", "Our AI moderator thinks that this is not fit"), Refused),
    (Embed("rich", "Too many requests", "Wait a while"), Failed),
    (Embed("rich", "Sorry", "The generation has failed"), Failed),
    (Embed("rich", None, start_text(FULL)), Started),
    (Embed("rich", "Your video", "42%"), Progressed),
]


@pytest.mark.parametrize("content", ["", None, f"<@{USER}>"])
@pytest.mark.parametrize(("embed", "expected"), EMBEDS)
def test_the_words_of_an_embed_are_read_like_the_text(
    embed: Embed, expected: type[Signal], content: str | None
) -> None:
    reading = read(replace(message(content), embeds=(embed,)), DEFAULT)

    assert isinstance(reading.signal, expected)
    assert reading.echo == (read(message(start_text(FULL)), DEFAULT).echo if expected is Started else None)
    if isinstance(reading.signal, Refused | Failed):
        assert all(part in reading.signal.failure.error for part in (embed.title, embed.description))  # type: ignore[operator]
        assert embed.title in reading.own_words  # type: ignore[operator]


def test_an_embed_that_only_this_account_can_see_and_nobody_knows_is_most_likely_a_refusal() -> None:
    embed = Embed("rich", "No credits", "Buy some")

    signal = read(replace(message("", flags=EPHEMERAL), embeds=(embed,)), DEFAULT).signal

    assert isinstance(signal, Declined)
    assert signal.failure.error == "No credits\nBuy some"


@pytest.mark.parametrize("kind", ["link", "article", "video", "image", "gifv"])
def test_what_discord_shows_of_a_link_is_not_the_bots_word(kind: str) -> None:
    preview = Embed(kind, "Something went wrong", "Video generation failed: 7 tips")

    assert isinstance(read(replace(message(start_text(FULL)), embeds=(preview,)), DEFAULT).signal, Started)
    assert read(replace(message(None), attachments=None, embeds=(preview,)), DEFAULT).signal is None


def test_an_operators_phrase_reaches_the_words_of_an_embed() -> None:
    said = replace(DEFAULT, phrases=(Phrase(Meaning.REFUSED, "turn this one down"), *DEFAULT.phrases))
    embed = Embed("rich", "Sorry", "We had to turn this one down")

    assert isinstance(read(replace(message(""), embeds=(embed,)), said).signal, Refused)
