"""`attachment://name` in components and embeds: the file of that name that came with the message."""

from collections.abc import Callable
from typing import Any

from bridge.sandbox.component_rules import IS_COMPONENTS_V2
from bridge.sandbox.files import StoredFile
from bridge.sandbox.wire import Json
from bridge.sandbox.world.messages import Message

__all__ = ["shown_components", "shown_embeds"]

SCHEME = "attachment://"
PICTURES = ("image", "thumbnail", "video")
FILE = 13
NAMELESS: Json = {"name": None, "size": None}
Sign = Callable[[str], str]


def shown_components(message: Message, sign: Sign) -> list[Json]:
    """Return the components with the files that they show; only those of version 2 show any."""
    if not message.flags & IS_COMPONENTS_V2:
        return list(message.components)
    return [_shown(each, message, sign) for each in message.components]


def shown_embeds(message: Message, sign: Sign) -> list[Json]:
    """Return the embeds with the pictures that they show."""
    return [_pictured(each, message, sign) for each in message.embeds]


def _shown(value: Any, message: Message, sign: Sign) -> Any:
    if isinstance(value, list):
        return [_shown(each, message, sign) for each in value]
    if not isinstance(value, dict):
        return value
    shown = {key: _shown(each, message, sign) for key, each in value.items()}
    for name in ("media", "file"):
        if isinstance(value.get(name), dict):
            shown[name] = _unfurled(value[name], message, sign)
    if value.get("type") == FILE:
        stored = _named(message, value["file"].get("url"))
        shown |= {"name": stored.filename, "size": len(stored.content)} if stored else NAMELESS
    return shown


def _unfurled(media: Json, message: Message, sign: Sign) -> Json:
    stored = _named(message, media.get("url"))
    if stored is None:
        url = str(media.get("url"))
        return {"id": str(message.id), "url": url, "proxy_url": url, "width": None, "height": None}
    return {"id": str(stored.id), "attachment_id": str(stored.id), **_picture(stored, sign)}


def _pictured(embed: Json, message: Message, sign: Sign) -> Json:
    shown = dict(embed)
    for name in PICTURES:
        stored = _named(message, embed[name].get("url")) if isinstance(embed.get(name), dict) else None
        if stored is not None:
            shown[name] = {key: value for key, value in _picture(stored, sign).items() if value is not None}
    return shown


def _picture(stored: StoredFile, sign: Sign) -> Json:
    link = sign(stored.path)
    size = {"width": stored.looks.width, "height": stored.looks.height}
    return {"url": link, "proxy_url": link, **size, "content_type": stored.looks.content_type}


def _named(message: Message, url: object) -> StoredFile | None:
    if not isinstance(url, str) or not url.startswith(SCHEME):
        return None
    return next((each for each in message.files if each.filename == url.removeprefix(SCHEME)), None)
