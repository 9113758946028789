"""What a message offers to press: known buttons, the bot's own, and select menus."""

from dataclasses import replace
from typing import Final

from bridge.chat import Button, ButtonPress, Message, Select, SelectOption
from bridge.jobs.job import Menu
from bridge.pixverse.offers import Offers, offers_of, press_of
from bridge.pixverse.profile import DEFAULT

STYLES: Final = SelectOption("Realistic", "style-1"), SelectOption("Anime", "style-2")
MESSAGE: Final = Message(
    id="5",
    channel="6",
    application_id="7",
    flags=32768,
    buttons=(
        Button("U1", "gone", is_disabled=True),
        Button("U1", "first"),
        Button("U1", "second"),
        Button("🔀\ufe0f", "mixed"),
        Button("Extend", "extend"),
        Button("Extend", "extend-again"),
        Button("Lip sync", "lips", is_disabled=True),
        Button(" ", "nameless"),
    ),
    selects=(
        Select("Style", "off", STYLES, is_disabled=True),
        Select("Style", "style", (*STYLES, SelectOption("Anime", "style-3"))),
        Select("Style", "style-again", STYLES[:1]),
        Select("Empty", "empty", ()),
        Select("Extend", "seconds", (SelectOption("5 s", "5"), SelectOption("8 s", "8"))),
    ),
)


def press(custom_id: str, value: str | None = None) -> ButtonPress:
    return ButtonPress("7", "5", 32768, custom_id, value)


def test_a_message_offers_each_name_once_and_nothing_that_is_disabled() -> None:
    offers = offers_of(MESSAGE, DEFAULT)

    assert offers == Offers(
        buttons=("U1", "🔀"),
        other_buttons=("Extend",),
        selects=(Menu("Style", ("Realistic", "Anime")), Menu("Extend", ("5 s", "8 s"))),
    )


def test_a_message_without_components_offers_nothing() -> None:
    assert offers_of(Message(id="5", channel="6"), DEFAULT) == Offers((), (), ())


def test_of_buttons_with_one_label_the_first_that_can_be_pressed_is_pressed() -> None:
    assert press_of(MESSAGE, "U1", None, DEFAULT) == press("first")
    assert press_of(MESSAGE, "Extend", None, DEFAULT) == press("extend")
    assert press_of(MESSAGE, "🔀", None, DEFAULT) == press("mixed")
    assert press_of(MESSAGE, "Lip sync", None, DEFAULT) is None


def test_a_choice_is_made_by_the_label_in_the_first_menu_of_that_name() -> None:
    assert press_of(MESSAGE, "Style", "Anime", DEFAULT) == press("style", "style-2")
    assert press_of(MESSAGE, "Extend", "8 s", DEFAULT) == press("seconds", "8")
    assert press_of(MESSAGE, "Style", "style-2", DEFAULT) is None
    assert press_of(MESSAGE, "Empty", "x", DEFAULT) is None


def test_a_row_of_the_operator_takes_a_button_from_the_others() -> None:
    profile = replace(DEFAULT, labels=(("⏫", "Extend"),))

    assert offers_of(MESSAGE, profile).buttons == ("U1", "🔀", "⏫")
    assert offers_of(MESSAGE, profile).other_buttons == ()
    assert press_of(MESSAGE, "⏫", None, profile) == press("extend")
