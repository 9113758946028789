"""Components of messages and modals, at any depth: text, buttons, menus, files, pictures, inputs.

Discord's documentation calls them "Components". A message with its flag for version 2 has nothing else.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from bridge.chat import Attachment, Button, Embed, EmbedImage, ModalInput, Select, SelectOption
from bridge.sessions.selfbot.raw_json import Raw, inner, mapping, objects, snowflake, text, truth, whole

BUTTON: Final = 2
STRING_SELECT: Final = 3
TEXT_INPUT: Final = 4
TEXT_DISPLAY: Final = 10
THUMBNAIL: Final = 11
MEDIA_GALLERY: Final = 12
FILE: Final = 13
LABEL: Final = 18
LINK: Final = 5
PREMIUM: Final = 6


def every(components: Iterable[Raw]) -> Iterator[Raw]:
    """Yield all components, outer before inner, in the order in which they are shown."""
    waiting = list(components)[::-1]
    while waiting:
        component = waiting.pop()
        yield component
        waiting.extend(_inside(component)[::-1])


def texts(components: Iterable[Raw]) -> str:
    """Return the text of text displays, a line each."""
    shown = (text(c, "content") for c in every(components) if whole(c, "type") == TEXT_DISPLAY)
    return "\n".join(line for line in shown if line)


def buttons(components: Iterable[Raw]) -> tuple[Button, ...]:
    """Return the buttons that can be pressed: none that opens a link or a purchase."""
    found = (_button(c) for c in every(components) if whole(c, "type") == BUTTON)
    return tuple(button for button in found if button is not None)


def selects(components: Iterable[Raw]) -> tuple[Select, ...]:
    """Return the menus of texts from which one is chosen.

    Menus of users, roles and channels are left out: their choices do not stand in the message. So are menus
    of which more than one must be chosen.
    """
    menus = [component for component in every(components) if whole(component, "type") == STRING_SELECT]
    found = (_select(menu, f"Select {number}") for number, menu in enumerate(menus, 1))
    return tuple(select for select in found if select is not None)


def inputs(components: Iterable[Raw]) -> tuple[ModalInput, ...]:
    """Return a modal's text inputs; newer ones are inside a label component with their name."""
    found: list[ModalInput | None] = []
    label: str | None = None
    for component in every(components):
        if whole(component, "type") == LABEL:
            label = text(component, "label")
        elif whole(component, "type") == TEXT_INPUT:
            found.append(_input(component, label))
            label = None
    return tuple(each for each in found if each is not None)


def files(components: Iterable[Raw]) -> tuple[Attachment, ...]:
    """Return the files in galleries and file components, each once.

    Media that a bot has linked are no attachments. Discord gives them an id of their own; if it is not
    unique, they get one that is made of their link.
    """
    found: dict[str, Attachment] = {}
    for media in (each for component in every(components) for each in _shown(component)):
        file = _file(media)
        if file is not None and file.id in found and snowflake(media, "attachment_id") is None:
            file = replace(file, id=_id_of(file.url))
        if file is not None:
            found.setdefault(file.id, file)
    return tuple(found.values())


def pictures(components: Iterable[Raw]) -> tuple[Embed, ...]:
    """Return the thumbnails, as embeds with a picture: they only illustrate a text, and are no result."""
    thumbnails = (inner(c, "media") for c in every(components) if whole(c, "type") == THUMBNAIL)
    found = (picture(media) for media in thumbnails if media is not None)
    return tuple(Embed(type="image", image=image) for image in found if image is not None)


def picture(raw: Raw | None) -> EmbedImage | None:
    """Return a picture, None if there is none or it has no link."""
    url = text(raw, "url")
    if url is None:
        return None
    return EmbedImage(url, text(raw, "proxy_url"), whole(raw, "width"), whole(raw, "height"))


def _inside(component: Raw) -> list[Raw]:
    single = (mapping(component.get(key)) for key in ("accessory", "component"))
    return [*objects(component, "components"), *(each for each in single if each is not None)]


def _button(raw: Raw) -> Button | None:
    custom_id = text(raw, "custom_id")
    if custom_id is None or whole(raw, "style") in (LINK, PREMIUM):
        return None
    name = text(raw, "label") or text(inner(raw, "emoji"), "name") or ""
    return Button(name, custom_id, truth(raw, "disabled"))


def _select(raw: Raw, place: str) -> Select | None:
    custom_id = text(raw, "custom_id")
    if custom_id is None or (whole(raw, "min_values") or 0) > 1:
        return None
    said = ((text(each, "label"), text(each, "value")) for each in objects(raw, "options"))
    options = tuple(SelectOption(label, value) for label, value in said if label and value is not None)
    return Select(text(raw, "placeholder") or place, custom_id, options, truth(raw, "disabled"))


def _input(raw: Raw, label: str | None) -> ModalInput | None:
    custom_id = text(raw, "custom_id")
    if custom_id is None:
        return None
    return ModalInput(
        custom_id,
        value=text(raw, "value"),
        label=text(raw, "label") or label,
        is_required=raw.get("required") is not False,
        max_length=whole(raw, "max_length"),
    )


def _shown(component: Raw) -> tuple[Raw, ...]:
    kind = whole(component, "type")
    if kind == MEDIA_GALLERY:
        media = (inner(item, "media") for item in objects(component, "items"))
        return tuple(each for each in media if each is not None)
    file = inner(component, "file") if kind == FILE else None
    return () if file is None else ({"size": component.get("size"), **file},)


def _file(raw: Raw) -> Attachment | None:
    url = text(raw, "url")
    if url is None:
        return None
    media_id = snowflake(raw, "attachment_id") or snowflake(raw, "id") or _id_of(url)
    return attachment(raw, media_id, url.partition("?")[0].rpartition("/")[2])


def _id_of(url: str) -> str:
    """Return an id for a linked file that stays the same while its link does, apart from its query."""
    digest = hashlib.sha256(url.partition("?")[0].encode()).digest()
    return str(int.from_bytes(digest[:7]) + 10**16)


def attachment(raw: Raw, attachment_id: str | None, filename: str) -> Attachment | None:
    """Return a file, be it of a message or of a component; None where it has no id or no link."""
    url = text(raw, "url")
    if attachment_id is None or url is None:
        return None
    return Attachment(
        attachment_id,
        filename=filename,
        url=url,
        size=whole(raw, "size") or 0,
        proxy_url=text(raw, "proxy_url"),
        content_type=text(raw, "content_type"),
        width=whole(raw, "width"),
        height=whole(raw, "height"),
    )
