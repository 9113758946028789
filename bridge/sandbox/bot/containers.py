"""The bot's result as a message of Components V2 (Discord's docs, "Component Reference")."""

from bridge.sandbox.wire import Json
from bridge.sandbox.world.messages import IS_COMPONENTS_V2

__all__ = ["in_components"]

SECTION, TEXT, THUMBNAIL, GALLERY, SEPARATOR, CONTAINER = 9, 10, 11, 12, 14, 17
LOGO = "https://example.org/logo.png"


def in_components(text: str, files: list[str], rows: list[Json]) -> Json:
    """Return the body of a message that has text, files and rows inside a container, and nothing elsewhere.

    An edit must take away the old content: such a message has none.
    """
    heading: Json = {
        "type": SECTION,
        "components": [{"type": TEXT, "content": text}],
        "accessory": {"type": THUMBNAIL, "media": {"url": LOGO}},
    }
    gallery: Json = {"type": GALLERY, "items": [{"media": {"url": f"attachment://{name}"}} for name in files]}
    inside = [heading, gallery, {"type": SEPARATOR}, *rows]
    return {
        "content": None,
        "flags": IS_COMPONENTS_V2,
        "components": [{"type": CONTAINER, "components": inside}],
    }
