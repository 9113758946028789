"""Components of messages and modals, at any depth: text, buttons, files, inputs (Discord's "Components")."""

from collections.abc import Iterable, Iterator
from typing import Final

from bridge.chat import Attachment, Button, ModalInput
from bridge.sessions.selfbot.raw_json import Raw, inner, mapping, objects, snowflake, text, truth, whole

BUTTON: Final = 2
TEXT_INPUT: Final = 4
TEXT_DISPLAY: Final = 10
MEDIA_GALLERY: Final = 12
FILE: Final = 13
LABEL: Final = 18


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
    """Return the buttons that can be pressed; links and purchases have no custom id."""
    found = (_button(c) for c in every(components) if whole(c, "type") == BUTTON)
    return tuple(button for button in found if button is not None)


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
    """Return the files in galleries and file components; a Components V2 message has no others."""
    found = (_file(each) for c in every(components) for each in _shown(c))
    return tuple(attachment for attachment in found if attachment is not None)


def _inside(component: Raw) -> list[Raw]:
    single = (mapping(component.get(key)) for key in ("accessory", "component"))
    return [*objects(component, "components"), *(each for each in single if each is not None)]


def _button(raw: Raw) -> Button | None:
    custom_id = text(raw, "custom_id")
    if custom_id is None:
        return None
    name = text(raw, "label") or text(inner(raw, "emoji"), "name") or ""
    return Button(name, custom_id, truth(raw, "disabled"))


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
    name = (text(raw, "url") or "").partition("?")[0].rpartition("/")[2]
    return attachment(raw, snowflake(raw, "attachment_id"), name)


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
