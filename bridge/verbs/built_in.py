"""The built-in verbs, with the fields, limits and texts of the API that this bridge speaks."""

from dataclasses import replace
from typing import Final

from bridge.jobs.command import Verb
from bridge.verbs.row import AppliesTo, Choice, FieldRow, Kind, VerbRow

INCOMPLETE: Final = "prompt, discord, server or channel value is missing"
ANIME: Final = "Anime"
MOST_TEXT: Final = 512
MOST_SEED: Final = 2_147_483_647
PICTURES: Final = ("jpg", "png")


def _choices(*values: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, value) for value in values)


_FREE_PROMPT: Final = FieldRow(name="prompt", kind=Kind.STRING, option="prompt", most=MOST_TEXT)
_PROMPT: Final = replace(_FREE_PROMPT, is_required=True, missing=INCOMPLETE)
_NEGATIVE: Final = FieldRow(
    name="negative_prompt", kind=Kind.STRING, option="negative-prompt", most=MOST_TEXT
)
_STYLE: Final = FieldRow(
    name="style",
    kind=Kind.CHOICE,
    option="style",
    is_required=True,
    choices=_choices("Realistic", ANIME, "3D Animation"),
)
_RATIO: Final = FieldRow(
    name="aspect_ratio",
    kind=Kind.CHOICE,
    option="aspect-ratio",
    choices=_choices("16:9", "9:16", "1:1", "4:3", "3:4"),
)
_CHARACTER: Final = FieldRow(
    name="character",
    kind=Kind.CHOICE,
    option="character",
    choices=_choices(
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
    ),
    applies_to=AppliesTo("style", (ANIME,)),
)
_SEED: Final = FieldRow(name="seed_value", kind=Kind.INTEGER, option="seed-value", least=0, most=MOST_SEED)
_MOTION: Final = FieldRow(name="motion", kind=Kind.INTEGER, option="motion", least=1, most=10)
_HD_QUALITY: Final = FieldRow(
    name="hd_quality", kind=Kind.CHOICE, option="hd-quality", choices=_choices("Yes", "No")
)
_IMAGE: Final = FieldRow(name="image", kind=Kind.IMAGE, option="image", is_required=True, formats=PICTURES)
_FACE: Final = FieldRow(name="face", kind=Kind.IMAGE, option="face", is_required=True, formats=PICTURES)
_CREATE: Final = (_PROMPT, _STYLE, _NEGATIVE, _RATIO, _CHARACTER)

CREATE: Final = VerbRow(
    name=Verb.CREATE,
    command="create",
    fields=_CREATE,
    about="Make four videos from a prompt",
    files=4,
)
CREATE_SINGLE: Final = VerbRow(
    name=Verb.CREATE_SINGLE,
    command="create_single",
    fields=(*_CREATE, _SEED),
    about="Make one video from a prompt",
)
ANIMATE: Final = VerbRow(
    name=Verb.ANIMATE,
    command="animate",
    fields=(_IMAGE, _FREE_PROMPT, _MOTION, _SEED, _HD_QUALITY),
    about="Make a video from a picture",
)
MEME_FACE: Final = VerbRow(
    name=Verb.MEME_FACE,
    command="meme_face",
    fields=(_PROMPT, _FACE, _NEGATIVE, _SEED, _RATIO),
    about="Make a video with a face",
)
BUTTON: Final = VerbRow(
    name=Verb.BUTTON,
    command=None,
    fields=(_FREE_PROMPT,),
    about="Press a button of a completed job",
)
BUILT_IN: Final = (CREATE, CREATE_SINGLE, ANIMATE, MEME_FACE, BUTTON)
