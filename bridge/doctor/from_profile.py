"""What the bridge needs of the bot, by its profile."""

from collections.abc import Mapping
from typing import Final

from bridge.doctor.wanted import Kind, Wanted, WantedCommand, WantedField
from bridge.pixverse.profile import Profile, Slash

STYLES: Final = ("Realistic", "Anime", "3D Animation")
RATIOS: Final = ("16:9", "9:16", "1:1", "4:3", "3:4")
CHARACTERS: Final = (
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
FIELDS: Final[Mapping[str, WantedField]] = {
    "prompt": WantedField("prompt", "prompt", Kind.TEXT, most=512),
    "negative_prompt": WantedField("negative_prompt", "", Kind.TEXT, most=512),
    "style": WantedField("style", "", Kind.TEXT, is_required=True, choices=STYLES),
    "aspect_ratio": WantedField("aspect_ratio", "", Kind.TEXT, choices=RATIOS),
    "character": WantedField("character", "", Kind.TEXT, choices=CHARACTERS),
    "seed_value": WantedField("seed_value", "", Kind.WHOLE, least=0, most=2_147_483_647),
    "motion": WantedField("motion", "", Kind.WHOLE, least=1, most=10),
    "hd_quality": WantedField("hd_quality", "", Kind.TEXT, choices=("Yes", "No")),
    "image": WantedField("image", "", Kind.FILE, is_required=True),
    "face": WantedField("face", "", Kind.FILE, is_required=True),
}
WITHOUT_PROMPT: Final = "pixverse-animate"


def wanted_by(profile: Profile) -> Wanted:
    """Return the commands of all verbs, with what the API takes for them."""
    return Wanted(tuple(_command(slash) for slash in profile.slashes), profile.application_id)


def _command(slash: Slash) -> WantedCommand:
    fields = (_field(slash, name, option) for name, option in slash.options)
    return WantedCommand(slash.verb.removeprefix("pixverse-"), slash.name, tuple(fields))


def _field(slash: Slash, name: str, option: str) -> WantedField:
    known = FIELDS[name]
    is_required = known.is_required or (name == "prompt" and slash.verb != WITHOUT_PROMPT)
    return WantedField(name, option, known.kind, is_required, known.least, known.most, known.choices)
