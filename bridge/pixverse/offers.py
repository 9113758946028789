"""What a message of the bot offers to press, under the API's names, and the press of one of them; pure."""

from dataclasses import dataclass

from bridge.chat import Button, ButtonPress, Message, Select
from bridge.jobs.job import Menu
from bridge.pixverse.labels import known_name, shown_name
from bridge.pixverse.profile import Profile


@dataclass(frozen=True, slots=True)
class Offers:
    """The buttons that a row of the profile names, the others by their own labels, and the select menus."""

    buttons: tuple[str, ...]
    other_buttons: tuple[str, ...]
    selects: tuple[Menu, ...]


def offers_of(message: Message, profile: Profile) -> Offers:
    """Return what can be pressed: each name once, and nothing that is disabled or has no name."""
    labels = list(dict.fromkeys(button.name for button in _pressable(message)))
    known = [name for label in labels if (name := known_name(profile, label))]
    others = [label for label in labels if not known_name(profile, label)]
    menus: dict[str, Menu] = {}
    for menu in _choosable(message):
        menus.setdefault(menu.name, Menu(menu.name, _labels(menu)))
    return Offers(tuple(dict.fromkeys(known)), tuple(others), tuple(menus.values()))


def press_of(message: Message, name: str, value: str | None, profile: Profile) -> ButtonPress | None:
    """Return the press of a button, or with a value the choice in a menu; None if it is not offered.

    Of several with one name, the first that is not disabled is taken.
    """
    if value is None:
        named = [button for button in _pressable(message) if shown_name(profile, button.name) == name]
        return _press(message, named[0].custom_id) if named else None
    for menu in _choosable(message):
        if menu.name == name:
            chosen = [option.value for option in menu.options if option.label == value]
            return _press(message, menu.custom_id, chosen[0]) if chosen else None
    return None


def _pressable(message: Message) -> list[Button]:
    return [button for button in message.buttons or () if button.name.strip() and not button.is_disabled]


def _choosable(message: Message) -> list[Select]:
    return [menu for menu in message.selects or () if menu.options and not menu.is_disabled]


def _labels(menu: Select) -> tuple[str, ...]:
    return tuple(dict.fromkeys(option.label for option in menu.options))


def _press(message: Message, custom_id: str, value: str | None = None) -> ButtonPress:
    return ButtonPress(
        application_id=message.application_id or message.author_id or "",
        message_id=message.id,
        message_flags=message.flags or 0,
        custom_id=custom_id,
        value=value,
    )
