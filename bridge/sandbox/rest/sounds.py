"""The sounds that Discord offers everybody (Discord's docs, "Soundboard")."""

from bridge.sandbox.rest.call import Call, Reply

__all__ = ["list_default_sounds"]

DEFAULTS = (
    ("quack", "🦆"),
    ("airhorn", "🔊"),
    ("cricket", "🦗"),
    ("golf clap", "👏"),
    ("sad horn", "🎺"),
    ("ba dum tss", "🥁"),
)


async def list_default_sounds(_call: Call) -> Reply:
    """GET /soundboard-default-sounds."""
    sounds = [
        {
            "sound_id": str(number),
            "name": name,
            "volume": 1.0,
            "emoji_id": None,
            "emoji_name": emoji,
            "available": True,
        }
        for number, (name, emoji) in enumerate(DEFAULTS, start=1)
    ]
    return Reply(200, sounds)
