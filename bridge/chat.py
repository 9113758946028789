"""What Discord says and is told, as plain frozen values; no library type passes this file.

Ids are Discord's snowflakes as decimal strings. Absent is `None`: in an edit that carries only what changed
(Discord's partial MESSAGE_UPDATE) the absent fields are unchanged, not empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

DISCORD_EPOCH_MS: Final = 1_420_070_400_000
EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
SNOWFLAKE: Final = "[0-9]{17,20}"
"""How an id is written: none has had fewer digits since Discord exists."""
_SNOWFLAKE: Final = re.compile(SNOWFLAKE)


def snowflake_ms(snowflake: str) -> int:
    """Return when `snowflake` was made, in milliseconds UTC (Discord's reference, "Snowflakes")."""
    return (int(snowflake) >> 22) + DISCORD_EPOCH_MS


def snowflake_at(at_ms: int) -> str:
    """Return the lowest snowflake that could have been made at `at_ms`, for use as a history position."""
    return str(max(0, at_ms - DISCORD_EPOCH_MS) << 22)


def is_snowflake(text: str) -> bool:
    """Tell whether `text` is a positive decimal number of 17-20 digits below 2**64."""
    return bool(_SNOWFLAKE.fullmatch(text)) and int(text) < 1 << 64


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message; `size` is in bytes."""

    id: str
    filename: str
    url: str
    size: int
    proxy_url: str | None = None
    content_type: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class EmbedImage:
    """The picture of an embed."""

    url: str
    proxy_url: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Embed:
    """The parts of an embed that the contract shows."""

    type: str | None = None
    title: str | None = None
    description: str | None = None
    image: EmbedImage | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A pressable component; `name` is its label, or its emoji where it has no label."""

    name: str
    custom_id: str
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was posted, edited or found in the history.

    `is_edit` tells an edit from a new message. `is_history` marks rows that were read over REST. `text` of
    components V2 is part of `content`. `interaction_user_id` is who ran the interaction that this message
    answers; `mentions` are the user ids in `<@…>` of the content, in order.
    """

    id: str
    channel: str
    is_edit: bool = False
    is_history: bool = False
    author_id: str | None = None
    author_is_bot: bool | None = None
    application_id: str | None = None
    content: str | None = None
    timestamp: str | None = None
    edited_timestamp: str | None = None
    flags: int | None = None
    attachments: tuple[Attachment, ...] | None = None
    embeds: tuple[Embed, ...] | None = None
    buttons: tuple[Button, ...] | None = None
    nonce: str | None = None
    interaction_id: str | None = None
    interaction_user_id: str | None = None
    interacted_message_id: str | None = None
    reference_id: str | None = None

    @property
    def is_loading(self) -> bool:
        """Tell whether this is a deferred answer that is still to be filled."""
        return bool((self.flags or 0) & LOADING)


@dataclass(frozen=True, slots=True)
class InteractionCreated:
    """Discord took an interaction of ours and gave it an id."""

    id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class InteractionFailed:
    """The application did not answer an interaction of ours, or Discord gave up on it."""

    id: str | None
    nonce: str
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class ModalInput:
    """A text input of a modal; `value` is what it came with."""

    custom_id: str
    value: str | None = None
    label: str | None = None
    is_required: bool = False
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class ModalOffered:
    """The application answered an interaction of ours with a modal.

    `rows` are the modal's own top-level components as Discord sent them: a submit mirrors their shape.
    """

    id: str
    nonce: str
    channel: str | None
    application_id: str | None
    custom_id: str
    title: str
    inputs: tuple[ModalInput, ...]
    rows: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Listening:
    """From here on nothing is missed: the guild's subscription has been sent.

    `is_resumed` says that Discord replayed what was said meanwhile; otherwise the history must be read.
    """

    is_resumed: bool
    user_id: str


Heard: TypeAlias = Message | InteractionCreated | InteractionFailed | ModalOffered | Listening


@dataclass(frozen=True, slots=True)
class File:
    """A file to be sent with a command: `path` holds the bytes."""

    filename: str
    path: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A slash command to be run: `options` by the names of the bot's own command, files as `File`."""

    application_id: str | None
    name: str
    options: Mapping[str, str | int | bool | File]


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A button to be pressed on a message."""

    application_id: str
    message_id: str
    message_flags: int
    custom_id: str


@dataclass(frozen=True, slots=True)
class ModalSubmit:
    """A modal to be submitted; `values` by custom id, inputs not named keep what they came with."""

    modal: ModalOffered
    values: Mapping[str, str] = field(default_factory=dict)


Interaction: TypeAlias = SlashCommand | ButtonPress | ModalSubmit


@dataclass(frozen=True, slots=True)
class Channel:
    """Where an account works: a thread (or channel) of a guild."""

    guild: str
    id: str
