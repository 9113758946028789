"""The slash commands of the PixVerse application (shape: Discord's docs, "Application Commands")."""

from collections.abc import Callable, Iterator

from bridge.sandbox.wire import Json

__all__ = ["ATTACHMENT", "CHARACTERS", "INTEGER", "RATIOS", "STRING", "STYLES", "pixverse_commands"]

STRING, INTEGER, ATTACHMENT = 3, 4, 11
STYLES = ("Realistic", "Anime", "3D Animation")
RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")
CHARACTERS = (
    "eula",
    "ganyu",
    "hutao",
    "kamisatoayaka",
    "keqing",
    "klee",
    "nahida",
    "ningguang",
    "raidenshogun",
    "xiangling",
    "yaemiko",
)


def pixverse_commands(application_id: int, next_id: Callable[[], int]) -> Iterator[Json]:
    """Yield the commands with new ids; `version` is what a client must send back."""
    for name, description, options in COMMANDS:
        yield {
            "id": str(next_id()),
            "application_id": str(application_id),
            "version": str(next_id()),
            "type": 1,
            "name": name,
            "description": description,
            "default_member_permissions": None,
            "dm_permission": False,
            "contexts": [0],
            "integration_types": [0],
            "nsfw": False,
            "options": [dict(option) for option in options],
        }


def _text(name: str, description: str, *, required: bool = False, choices: tuple[str, ...] = ()) -> Json:
    option: Json = {"type": STRING, "name": name, "description": description, "required": required}
    if choices:
        return {**option, "choices": [{"name": choice, "value": choice} for choice in choices]}
    return {**option, "max_length": 512}


def _number(name: str, description: str, least: int, most: int) -> Json:
    return {
        "type": INTEGER,
        "name": name,
        "description": description,
        "required": False,
        "min_value": least,
        "max_value": most,
    }


def _file(name: str, description: str) -> Json:
    return {"type": ATTACHMENT, "name": name, "description": description, "required": True}


PROMPT = _text("prompt", "What the video shows", required=True)
NEGATIVE = _text("negative-prompt", "What the video must not show")
RATIO = _text("aspect-ratio", "Shape of the video", choices=RATIOS)
SEED = _number("seed-value", "The same seed makes the same video", 0, 2_147_483_647)
CREATION = (
    PROMPT,
    _text("style", "Look of the video", required=True, choices=STYLES),
    NEGATIVE,
    RATIO,
    _text("character", "Who is in the video (style Anime)", choices=CHARACTERS),
)
ANIMATION = (
    _file("image", "The picture to animate"),
    _text("prompt", "What happens in the video"),
    _number("motion", "How much moves", 1, 10),
    SEED,
    _text("hd-quality", "High definition", choices=("Yes", "No")),
)
COMMANDS: tuple[tuple[str, str, tuple[Json, ...]], ...] = (
    ("create", "Make four videos of a prompt", CREATION),
    ("create_single", "Make one video of a prompt", (*CREATION, SEED)),
    ("animate", "Make a video of a picture", ANIMATION),
    (
        "meme_face",
        "Make a video with a face",
        (_file("face", "The picture of a face"), PROMPT, NEGATIVE, SEED, RATIO),
    ),
)
