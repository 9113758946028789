"""Changes of what the bot offers."""

from typing import Any

from tests.doctor.conftest import PAINTER, Change, Offer


def rename(name: str, new: str) -> Change:
    return lambda offer: offer.command(name).update(name=new)


def change(command: str, **values: Any) -> Change:
    return lambda offer: offer.command(command).update(values)


def change_option(command: str, option: str, **values: Any) -> Change:
    return lambda offer: offer.option(command, option).update(values)


def choices(*values: str) -> list[dict[str, Any]]:
    return [{"name": each, "value": each} for each in values]


def remove(command: str) -> Change:
    return lambda offer: offer.commands.remove(offer.command(command))


def remove_option(command: str, option: str) -> Change:
    return lambda offer: offer.without(command, option)


def add_option(command: str, **values: Any) -> Change:
    def act(offer: Offer) -> None:
        asked = offer.command(command)
        asked["options"] = [*asked["options"], {"type": 3, "description": "New", **values}]

    return act


def of_another_bot(*names: str, bot: str = "Painter") -> Change:
    def act(offer: Offer) -> None:
        offer.applications.append({"id": str(PAINTER), "name": bot})
        for name in names:
            offer.commands.append({**offer.command(name), "application_id": str(PAINTER)})

    return act


def both(*changes: Change) -> Change:
    return lambda offer: [each(offer) for each in changes]


def into_group(name: str) -> Change:
    def act(offer: Offer) -> None:
        moved = offer.command(name)
        offer.commands.remove(moved)
        sub = {"type": 1, "name": name, "description": "Make", "options": moved["options"]}
        offer.commands.append({**moved, "name": "pixverse", "options": [sub]})

    return act
