"""What an operator says of the bot stands in place of the built-in rows, and a mistake is one sentence."""

import time
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.chat import Attachment, Button
from bridge.config.overrides import Overrides, overridden
from bridge.jobs.signals import Finished, Refused, Signal, Started
from bridge.pixverse.echo import expected
from bridge.pixverse.labels import shown_name
from bridge.pixverse.patterns import usable
from bridge.pixverse.profile import DEFAULT, Profile
from bridge.pixverse.reading import read
from bridge.pixverse.wording import slash_command
from tests.tools.bot_texts import APOLOGY, FILM, USER, create, message, start_text


def profile(**said: Any) -> Profile:
    return overridden(DEFAULT, Overrides.model_validate(said))


def meaning(content: str, profile: Profile, *files: Attachment) -> type[Signal] | None:
    signal = read(message(content, *files), profile).signal
    return type(signal) if signal else None


def mistake(said: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        Overrides.model_validate(said)
    error = caught.value.errors(include_url=False)[0]
    return ".".join(str(part) for part in error["loc"]), error["msg"].removeprefix("Value error, ")


def test_nothing_said_changes_nothing() -> None:
    assert profile() == DEFAULT


def test_a_new_refusal_is_read_when_a_phrase_is_given_for_it() -> None:
    text = "Sorry, this picture is beyond what we may show."
    said = profile(phrases=[{"meaning": "refused", "pattern": "beyond what we may show"}])

    assert meaning(text, DEFAULT) is Started
    assert meaning(text, said) is Refused


def test_a_given_phrase_decides_before_the_built_in_ones() -> None:
    said = profile(phrases=[{"meaning": "started", "pattern": "our ai moderator"}])

    assert meaning(APOLOGY, DEFAULT) is Refused
    assert meaning(APOLOGY, said) is Started


def test_a_given_phrase_is_not_looked_for_in_the_prompt() -> None:
    said = profile(phrases=[{"meaning": "refused", "pattern": "beyond"}])

    assert meaning(start_text(create("a cat beyond the sea")), said) is Started


def test_a_video_is_a_result_whatever_the_phrases_say() -> None:
    said = profile(phrases=[{"meaning": "failed", "pattern": "done"}])

    assert meaning("done", said, FILM) is Finished


def test_commands_and_options_are_sent_by_their_new_names_and_the_others_by_their_old_ones() -> None:
    said = profile(commands={"create": {"name": "imagine", "options": {"aspect_ratio": "ratio"}}})

    command = slash_command(create("a cat", aspect_ratio="16:9", negative_prompt="sand"), said, {})

    assert command.name == "imagine"
    assert command.options == {
        "prompt": "a cat",
        "style": "Realistic",
        "negative-prompt": "sand",
        "ratio": "16:9",
    }


def test_the_application_and_what_completions_carry_can_be_said() -> None:
    said = profile(application_id=333333333333333333, completions_carry_ids=True)

    assert slash_command(create(), said, {}).application_id == "333333333333333333"
    assert said.completions_carry_ids


def test_records_show_the_contracts_names_of_buttons() -> None:
    said = profile(buttons={"U1": "Upscale 1", "🔄": "Again"})
    buttons = (Button("Upscale 1", "a"), Button("Again", "b"), Button("V1", "c"), Button("New", "d"))

    signal = read(message("done", FILM), said).signal
    assert isinstance(signal, Finished)
    shown = [shown_name(said, button.name) for button in buttons]

    assert shown == ["U1", "🔄", "V1", "New"]


def test_a_button_that_was_posted_before_its_label_changed_is_still_known() -> None:
    said = profile(buttons={"U1": "Upscale 1"})

    assert shown_name(said, "U1") == shown_name(said, "Upscale 1") == "U1"


def test_buttons_can_swap_their_labels() -> None:
    said = profile(buttons={"U1": "V1", "V1": "U1"})

    assert (shown_name(said, "V1"), shown_name(said, "U1")) == ("U1", "V1")


def test_an_emoji_is_the_same_button_however_it_is_drawn() -> None:
    assert shown_name(DEFAULT, "⏫\ufe0f") == "⏫"


def test_the_echo_is_read_by_its_new_words_and_order() -> None:
    echo = [{"field": "prompt", "key": "text"}, {"field": "aspect_ratio", "key": "ratio"}]
    said = profile(echo=echo, echo_end="By")

    reading = read(message(f"<@{USER}> We are making videos. (text: a cat ratio: 16:9) By: <@{USER}>"), said)

    assert reading.echo == {"prompt": "a cat", "aspect_ratio": "16:9"}
    assert expected(create("a cat", aspect_ratio="16:9"), said).fits(reading.echo)


def test_what_the_last_text_leaves_out_can_be_said() -> None:
    rows = [{"field": "prompt", "key": "prompt"}, {"field": "style", "key": "style", "in_completion": False}]

    echo = expected(create("a cat"), profile(echo=rows))

    assert (dict(echo.at_start), dict(echo.at_end)) == (
        {"prompt": "a cat", "style": "realistic"},
        {"prompt": "a cat"},
    )


@pytest.mark.parametrize(
    ("said", "place", "sentence"),
    [
        ({"phrases": [{"meaning": "odd", "pattern": "a"}]}, "phrases.0.meaning", "Input should be"),
        ({"phrases": [{"meaning": "busy", "pattern": "(a"}]}, "phrases.0.pattern", "missing ), unterminated"),
        ({"phrases": [{"meaning": "busy", "pattern": " "}]}, "phrases.0.pattern", "is empty"),
        ({"phrases": [{"meaning": "busy", "pattern": "a*"}]}, "phrases.0.pattern", "fits every text"),
        ({"phrases": [{"meaning": "busy", "pattern": "a" * 301}]}, "phrases.0.pattern", "more than 300"),
        ({"phrases": [{"meaning": "busy", "pattern": "a"}] * 2}, "phrases", "same pattern as entry 1"),
        ({"commands": {"crate": {}}}, "commands", "'crate' is no command: known are create,"),
        ({"commands": {"button": {}}}, "commands", "'button' is no command"),
        ({"commands": {"create": {"options": {"seed": "x"}}}}, "commands", "'seed' is no option of create"),
        ({"commands": {"create": {"name": "a b"}}}, "commands.create.name", "is not a name"),
        ({"commands": {"create": {"name": "animate"}}}, "commands", "create and animate would both be"),
        ({"commands": {"create": {"options": {"style": "prompt"}}}}, "commands", "prompt and style would"),
        ({"buttons": {"U9": "x"}}, "buttons", "'U9' is no button"),
        ({"buttons": {"U1": ""}}, "buttons", "the label of U1 is not a text"),
        ({"buttons": {"U1": "V1"}}, "buttons", "U1 and V1 would both be called 'V1'"),
        ({"prompt_buttons": [" "]}, "prompt_buttons", "' ' is not a label"),
        ({"prompt_buttons": ["V1", "V1"]}, "prompt_buttons", "entry 2 has the same name as entry 1"),
        ({"echo": []}, "echo", "is not the field prompt"),
        ({"echo": [{"field": "style", "key": "style"}]}, "echo", "is not the field prompt"),
        ({"echo": [{"field": "prompt", "key": ""}]}, "echo.0.key", "is not a word"),
        ({"echo": [{"field": "tone", "key": "tone"}]}, "echo", "'tone' is no field"),
        ({"application_id": "abc"}, "application_id", "should match pattern"),
        ({"phrase": []}, "phrase", "not permitted"),
    ],
)
def test_a_mistake_is_told_with_its_place(said: dict[str, Any], place: str, sentence: str) -> None:
    where, what = mistake(said)

    assert where == place
    assert sentence in what


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|aa)+b",
        "(?:a*)*b",
        "(.*,){20}x",
        ".*.*x",
        "(a|a|a){12}b",
        "x(?=(a+)+b)",
        "(?:(?:a{0,9}){9}){9}b",
    ],
)
def test_a_pattern_that_could_hang_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="can take too long"):
        usable(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *(phrase.pattern for phrase in DEFAULT.phrases),
        "not (?:allowed|possible|shown) here",
        r"^sorry\b.{0,80}\bviolates\b",
        r"[a-z]+ of the queue",
        r"\(\d{1,3} ?%\)",
    ],
)
def test_a_plain_pattern_may_be_used_and_is_quick_on_the_longest_text(pattern: str) -> None:
    texts = ("a" * 4_000, " " * 4_000, "sorry violat " * 300, "apologies!" * 400, "9" * 4_000)

    began = time.perf_counter()
    for text in texts:
        meaning(text, profile(phrases=[{"meaning": "busy", "pattern": usable(pattern)}]))

    assert time.perf_counter() - began < 5
