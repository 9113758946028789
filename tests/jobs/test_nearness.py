"""When two texts are the same, when one is near the other, and when it is another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.jobs.nearness import has_prompt, is_near, is_same, plain, words

CAT = "a cat, asleep on a red roof"


def same(one: str, other: str) -> bool:
    return is_same({"prompt": one}, [{"prompt": other}])


def near(one: str, other: str) -> bool:
    return is_near({"prompt": one}, {"prompt": other})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A  cat\nasleep", "a cat asleep"),
        ("a cat.", "a cat"),
        ("“a cat” – it’s asleep…", '"a cat" - it\'s asleep...'),
        ("**a** __cat__ ~~is~~ ||asleep|| `here`", "a cat is asleep here"),
        ("[a cat](https://example.com/cat)", "a cat"),
        ("<https://example.com/cat>", "https://example.com/cat"),
        ("cafe\u0301", "caf\u00e9"),
        ("ｆｕｌｌ width ①", "full width 1"),
        ("a\u200b cat\u2060", "a cat"),
        ("\u202ea cat\u202c", "a cat"),
        ("👩\u200d🚀 ❤\ufe0f", "👩🚀 ❤"),
        ("STRASSE", "straße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("?!", "..."),
    ],
)
def test_what_bots_and_discord_change_leaves_a_text_the_same(one: str, other: str) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a cat", "a dog"),
        ("a cat", "a cat a cat"),
        ("猫", "犬"),
        ("🐱", "🐶"),
        ("قطة", "كلب"),
        ("a cat 1", "a cat 2"),
        ("cafe", "café"),
        ("a cat", ""),
    ],
)
def test_other_words_are_another_text(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    "rewritten",
    [
        "a kitten, asleep on a red roof",
        "asleep on a red roof, a cat",
        "cat asleep roof",
        "a cat, asleep on a red roof, cinematic, 4k, highly detailed masterpiece, volumetric light, bokeh",
        "a cat, asl",
        "sleep on a red roof",
    ],
)
def test_words_changed_left_out_added_or_cut_off_leave_a_text_near(rewritten: str) -> None:
    assert near(rewritten, CAT)
    assert near(CAT, rewritten)


@pytest.mark.parametrize("other", ["two dogs at sea", "a", "", "…", "on on on", "a b c d e f g h"])
def test_a_text_of_other_words_is_not_near(other: str) -> None:
    assert not near(other, CAT)


def test_scripts_without_spaces_are_compared_by_their_signs() -> None:
    assert near("一只小猫在红色的屋顶上", "一只猫在红色屋顶上")
    assert not near("两只狗在海边", "一只猫在红色屋顶上")
    assert near("🐱🌙🏠✨", "🐱🌙🏠⭐")


def test_a_field_of_which_there_are_few_values_is_not_rewritten() -> None:
    ours = {"prompt": CAT, "style": "realistic", "aspect_ratio": "16:9"}

    assert is_near({"prompt": "a kitten, asleep on a red roof", "style": "realistic"}, ours)
    assert not is_near({"prompt": "a kitten, asleep on a red roof", "style": "anime"}, ours)
    assert not is_near({"prompt": "a kitten, asleep on a red roof", "aspect_ratio": "9:16"}, ours)


def test_a_rewritten_prompt_that_holds_a_key_is_near() -> None:
    ours = {"prompt": "portrait in ghibli", "style": "soft light\nrealistic"}
    said = {"prompt": "a portrait of ghibli", "style": "gentle light\nrealistic"}

    assert is_near(said, ours)


def test_a_text_may_show_less_and_what_the_bot_has_chosen_and_nothing_else() -> None:
    ours = {"prompt": "a cat", "style": "realistic"}

    assert is_same({"prompt": "a cat"}, [ours])
    assert is_same({"prompt": "a cat", "style": "realistic", "aspect_ratio": "16:9"}, [ours])
    assert not is_same({"prompt": "a cat", "style": "anime"}, [ours])
    assert not is_same({"style": "realistic"}, [ours])


def test_a_command_is_known_by_each_of_its_texts() -> None:
    texts = [{"prompt": "a cat", "style": "realistic"}, {"prompt": "a kitten"}]

    assert is_same({"prompt": "a kitten", "style": "realistic"}, texts)
    assert is_same({"prompt": "a cat"}, texts)
    assert not is_same({"prompt": "a cat kitten"}, texts)


@pytest.mark.parametrize(
    ("fields", "expected"), [({}, False), ({"prompt": "?!"}, False), ({"prompt": "x"}, True)]
)
def test_a_prompt_that_shows_no_word_is_none(fields: dict[str, str], expected: bool) -> None:
    assert has_prompt(fields) is expected


ANY = st.text(st.characters(codec="utf-8"), max_size=60)


@given(ANY, ANY)
def test_nearness_is_total_and_mutual(one: str, other: str) -> None:
    assert same(one, one)
    assert same(one, other) is same(other, one)
    assert near(one, other) is near(other, one)


@given(ANY)
def test_mark_up_case_and_spaces_are_never_a_difference(text: str) -> None:
    assert plain(f"** {text.upper().lower()}\t_") == plain(text.upper().lower())
    assert all(words(text))
