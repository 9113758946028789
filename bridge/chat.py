"""What Discord sends and receives, as frozen dataclasses without types of the Discord library.

Ids are snowflakes as decimal strings. An absent field is `None`: in an edit that contains only changes
(Discord's partial MESSAGE_UPDATE), absent fields are unchanged, not empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

DISCORD_EPOCH_MS: Final = 1_420_070_400_000
EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
SNOWFLAKE: Final = "[1-9][0-9]{16,19}"
"""How an id is written, in one way only: none has ever had fewer digits, or a leading zero."""
_SNOWFLAKE: Final = re.compile(SNOWFLAKE)


def snowflake_ms(snowflake: str) -> int:
    """Return the creation time of `snowflake` in milliseconds UTC (Discord's reference, "Snowflakes")."""
    return (int(snowflake) >> 22) + DISCORD_EPOCH_MS


def snowflake_at(at_ms: int) -> str:
    """Return the lowest snowflake of the millisecond `at_ms`, for use as a history position."""
    return str(max(0, at_ms - DISCORD_EPOCH_MS) << 22)


def is_snowflake(text: str) -> bool:
    """Return whether `text` is a positive decimal number of 17-20 digits below 2**64."""
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
    """The parts of an embed that the API shows."""

    type: str | None = None
    title: str | None = None
    description: str | None = None
    image: EmbedImage | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `name` is its label, or its emoji if it has no label."""

    name: str
    custom_id: str
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class SelectOption:
    """A choice of a select menu: what a person reads, and what the bot gets."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Select:
    """A menu of texts from which one is chosen; `name` is its placeholder, or else its place: `Select 1`."""

    name: str
    custom_id: str
    options: tuple[SelectOption, ...]
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was posted, edited or read from the history.

    `is_edit` is True for an edit, `is_history` for a message that was read over REST. `content` includes the
    text of Components V2. `interaction_user_id` is the user who ran the interaction that this message
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
    selects: tuple[Select, ...] | None = None
    nonce: str | None = None
    interaction_id: str | None = None
    interaction_user_id: str | None = None
    interacted_message_id: str | None = None
    reference_id: str | None = None

    @property
    def is_loading(self) -> bool:
        """Return whether this is a deferred answer ("thinking") without content yet."""
        return bool((self.flags or 0) & LOADING)


@dataclass(frozen=True, slots=True)
class GatewaySession:
    """Where a gateway session can be resumed: Discord's address for it, its id, the last event received."""

    url: str
    id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class InteractionCreated:
    """Discord accepted an interaction of the account and assigned its id."""

    id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class InteractionFailed:
    """Discord reports that an interaction of the account failed: the application did not answer in time."""

    id: str | None
    nonce: str
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class ModalInput:
    """A text input of a modal; `value` is its initial value."""

    custom_id: str
    value: str | None = None
    label: str | None = None
    is_required: bool = False
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class ModalOffered:
    """The application answered an interaction of the account with a modal.

    `rows` are the modal's top-level components as Discord sent them; a submit must have the same structure.
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
    """The guild subscription has been sent: from now on the session receives every message.

    `is_resumed`: Discord replayed the missed events. Otherwise the history must be read.
    """

    is_resumed: bool
    user_id: str


Heard: TypeAlias = Message | InteractionCreated | InteractionFailed | ModalOffered | Listening


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload with a command; `path` is where its bytes are."""

    filename: str
    path: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A slash command to run: `options` by the bot's option names, files as `File`."""

    application_id: str | None
    name: str
    options: Mapping[str, str | int | float | bool | File]


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A button press on a message, or the choice of `value` in a select menu of it."""

    application_id: str
    message_id: str
    message_flags: int
    custom_id: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ModalSubmit:
    """A modal to submit; `values` by custom id. Other inputs keep their initial values."""

    modal: ModalOffered
    values: Mapping[str, str] = field(default_factory=dict)


Interaction: TypeAlias = SlashCommand | ButtonPress | ModalSubmit


@dataclass(frozen=True, slots=True)
class Channel:
    """The thread or channel in which an account uses the bot."""

    guild: str
    id: str
