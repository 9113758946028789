"""A validated request: the API's five verbs and their fields."""

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """The API's verbs."""

    CREATE = "pixverse-create"
    CREATE_SINGLE = "pixverse-create_single"
    ANIMATE = "pixverse-animate"
    MEME_FACE = "pixverse-meme_face"
    BUTTON = "pixverse-button"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded picture: `size` in bytes, detected MIME `type`, `key` of the stored file."""

    size: int
    type: str
    key: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command; fields that its verb does not have, or that are absent, are None.

    `value` is what is chosen, if `button` names a select menu.
    """

    verb: Verb
    prompt: str | None = None
    negative_prompt: str | None = None
    style: str | None = None
    aspect_ratio: str | None = None
    character: str | None = None
    seed_value: int | None = None
    motion: int | None = None
    hd_quality: str | None = None
    image: Upload | None = None
    face: Upload | None = None
    button: str | None = None
    value: str | None = None

    @property
    def file_bytes(self) -> int:
        """Return the size of its largest file, 0 without one."""
        return max((file.size for file in (self.image, self.face) if file is not None), default=0)
