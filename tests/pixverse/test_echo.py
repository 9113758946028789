"""What the bot repeats of a command is recognised, whatever the command says."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.jobs.command import Command, Verb
from bridge.jobs.echo import Echo
from bridge.jobs.job import Job
from bridge.jobs.lifecycle import advance
from bridge.jobs.signals import Acknowledged, Claimed, Signal, Started
from bridge.pixverse.echo import cut, expected, expected_of_button, normalised, taken_apart
from bridge.pixverse.profile import DEFAULT
from bridge.pixverse.reading import Reading, read
from tests.tools.bot_texts import FILM, button_text, completion_text, create, message, start_text
from tests.tools.jobs import NOW_MS, new_job

KEYS: Final = [
    "prompt:",
    "style:",
    "negative-prompt:",
    "aspect-ratio:",
    "character:",
    "(prompt:",
    ") Author: <@1>",
]
WORDS: Final = st.sampled_from(
    [*KEYS, "a", "cat", "Anime", "50%", "**", "[x](y)", "(", ")", "\n", "Negative-Prompt:"]
)
TEXTS: Final = st.lists(WORDS, max_size=8).map(" ".join) | st.text(st.characters(codec="utf-8"), max_size=40)
COMMANDS: Final = st.builds(
    Command,
    verb=st.sampled_from([Verb.CREATE, Verb.CREATE_SINGLE, Verb.MEME_FACE]),
    prompt=TEXTS,
    negative_prompt=st.none() | TEXTS,
    style=st.none() | st.sampled_from(["Realistic", "Anime", "3D Animation"]),
    aspect_ratio=st.none() | st.sampled_from(["16:9", "1:1"]),
    character=st.none() | st.sampled_from(["eula", "klee"]),
    seed_value=st.none() | st.integers(0, 2147483647),
)


def changed(command: Command, **values: str | None) -> Command:
    return Command(command.verb, command.values, **values)


def start_of(command: Command) -> Reading:
    return read(message(start_text(command)), DEFAULT)


def completion_of(command: Command) -> Reading:
    return read(message(completion_text(command), FILM), DEFAULT)


def fits(echo: Echo, reading: Reading) -> bool:
    return reading.echo is not None and echo.fits(reading.echo)


def after(command: Command, *signals: Signal | None) -> Job:
    """Return the job of a command after some signals."""
    job = replace(new_job(), command=command, echo=expected(command, DEFAULT))
    for signal in (Claimed(), Acknowledged(), *signals):
        assert signal is not None
        job = advance(job, signal, NOW_MS) or job
    return job


@settings(max_examples=400)
@given(COMMANDS)
def test_both_texts_of_any_command_fit_what_is_expected_of_it(command: Command) -> None:
    echo = expected(command, DEFAULT)

    assert fits(echo, start_of(command))
    assert fits(echo, completion_of(command))


@settings(max_examples=200)
@given(COMMANDS)
def test_the_completion_still_fits_after_the_start_was_heard(command: Command) -> None:
    job = after(command, start_of(command).signal)

    assert fits(job.echo, completion_of(command))


@pytest.mark.parametrize(
    ("prompt", "negative"),
    [
        ("a cat negative-prompt: dogs", None),
        ("a cat negative-prompt: dogs", "birds"),
        ("a cat style: Anime aspect-ratio: 1:1 character: eula", "birds"),
        ("a cat", "birds negative-prompt: dogs"),
        ("a cat", "style: Anime aspect-ratio: 1:1"),
    ],
)
def test_a_command_that_holds_keys_of_the_text_is_recognised_at_both_ends(
    prompt: str, negative: str | None
) -> None:
    command = changed(create(prompt), negative_prompt=negative)
    echo = expected(command, DEFAULT)

    assert fits(echo, start_of(command))
    assert fits(echo, completion_of(command))


@pytest.mark.parametrize(
    "other",
    [
        create("a dog"),
        create("a cat", style="Anime"),
        create("a cat", aspect_ratio="9:16"),
        create("a cat a cat"),
    ],
)
def test_another_command_does_not_fit(other: Command) -> None:
    echo = expected(create("a cat", aspect_ratio="16:9"), DEFAULT)

    assert not fits(echo, start_of(other))
    assert not fits(echo, completion_of(other))


def test_another_negative_prompt_shows_at_the_start_and_not_at_the_end() -> None:
    one, other = create(negative_prompt="dogs"), create(negative_prompt="birds")

    echo = expected(one, DEFAULT)

    assert not fits(echo, start_of(other))
    assert fits(echo, completion_of(other))


@pytest.mark.parametrize(
    "rewritten",
    ["**a  cat**", "A CAT", "a\ncat", "__a cat__", "[a cat](https://example.com)", "||a|| `cat`", " a cat "],
)
def test_mark_up_links_case_and_spaces_are_no_difference(rewritten: str) -> None:
    echo = expected(create("a cat"), DEFAULT)

    assert fits(echo, start_of(create(rewritten)))
    assert fits(echo, completion_of(create(rewritten)))


def test_a_prompt_that_the_bot_rewrites_is_recognised_once_its_start_was_heard() -> None:
    command, rewritten = create("a cat", negative_prompt="dogs"), create("a kitten", negative_prompt="dogs")

    job = after(command, start_of(rewritten).signal)

    assert fits(job.echo, completion_of(rewritten))
    assert fits(job.echo, completion_of(command))


def test_a_rewritten_prompt_that_holds_keys_is_recognised_at_the_end() -> None:
    command = create("a cat negative-prompt: dogs", negative_prompt="birds")
    rewritten = create("a kitten negative-prompt: dogs", negative_prompt="birds")

    job = after(command, start_of(rewritten).signal)

    assert fits(job.echo, completion_of(rewritten))


def test_a_start_that_shows_the_prompt_alone_takes_nothing_away() -> None:
    command = create("a cat", aspect_ratio="16:9")
    short = read(
        message("<@111111111111111111>  We are remaking (prompt: a cat) Author: <@111111111111111111>)"),
        DEFAULT,
    )

    job = after(command, short.signal)

    assert isinstance(short.signal, Started)
    assert job.echo == expected(command, DEFAULT)


def test_a_character_is_expected_with_the_style_anime_alone() -> None:
    with_it = expected(create(style="Anime", character="eula"), DEFAULT)
    without = expected(create(style="Realistic", character="eula"), DEFAULT)

    assert with_it.at_start["character"] == with_it.at_end["character"] == "eula"
    assert "character" not in {*without.at_start, *without.at_end}


def test_512_characters_are_repeated_whole() -> None:
    command = create("word " * 102 + "12", negative_prompt="x" * 512)

    assert fits(expected(command, DEFAULT), start_of(command))
    assert fits(expected(command, DEFAULT), completion_of(command))


def test_a_text_without_an_echo_is_the_bots_own_from_end_to_end() -> None:
    assert cut("Apologies! (no prompt here)", DEFAULT) == ("Apologies! (no prompt here)", None)


@given(st.text(st.characters(codec="utf-8")))
def test_cutting_and_taking_apart_are_total(content: str) -> None:
    own_words, repeated = cut(content, DEFAULT)

    assert isinstance(own_words, str)
    assert all(taken_apart(repeated or "", DEFAULT).values())
    assert normalised(content) == normalised(content).strip()


@given(COMMANDS, COMMANDS)
def test_looking_alike_is_mutual(one: Command, other: Command) -> None:
    ours, theirs = expected(one, DEFAULT), expected(other, DEFAULT)

    assert ours.looks_like(theirs) is theirs.looks_like(ours)
    assert ours.looks_like(ours)


@settings(max_examples=200)
@given(COMMANDS, TEXTS)
def test_both_texts_of_any_button_with_a_prompt_fit_what_is_expected_of_it(
    parent: Command, prompt: str
) -> None:
    echo = expected_of_button(expected(parent, DEFAULT), prompt, DEFAULT)
    remake = changed(parent, prompt=prompt)

    assert fits(echo, read(message(button_text(changed(create(prompt), style=None))), DEFAULT))
    assert fits(echo, start_of(remake))
    assert fits(echo, completion_of(remake))


def test_a_key_in_the_prompt_of_a_button_is_not_taken_for_the_parents_field() -> None:
    echo = expected_of_button(expected(create(), DEFAULT), "portrait in Ghibli style: soft light", DEFAULT)
    start = "We are remaking your videos. (prompt: portrait in Ghibli style: soft light) Author: <@1>)"
    end = "(prompt: portrait in Ghibli style: soft light style: Realistic) Author: <@1>)"

    assert all(fits(echo, read(message(text), DEFAULT)) for text in (start, end))
