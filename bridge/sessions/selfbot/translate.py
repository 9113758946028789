"""Translates Discord's raw payloads to the types of `chat`; pure, never raises."""

from typing import Final

import structlog

from bridge.chat import (
    Attachment,
    Embed,
    Heard,
    InteractionCreated,
    InteractionFailed,
    Message,
    ModalOffered,
)
from bridge.sessions.selfbot import components
from bridge.sessions.selfbot.raw_json import (
    Raw,
    inner,
    mapping,
    nonce,
    objects,
    snowflake,
    storable,
    text,
    truth,
    whole,
)

log = structlog.get_logger(__name__)

FAILURES: Final = frozenset({"INTERACTION_FAILURE", "INTERACTION_FAILED"})
MODALS: Final = frozenset({"INTERACTION_MODAL_CREATE", "INTERACTION_IFRAME_MODAL_CREATE"})


def translate(event: str, payload: object) -> Heard | None:
    """Return the translated `event`, None if it is malformed or not relevant."""
    try:
        return _heard(event, mapping(payload) or {})
    except Exception as error:  # noqa: BLE001 - one event: the next ones must be read
        log.warning("event_not_understood", event_type=event, error=type(error).__name__)
        return None


def history_row(payload: object) -> Message | None:
    """Return a row of the message history, or None if it is malformed."""
    try:
        return _message(mapping(payload) or {}, is_edit=False, is_history=True)
    except Exception as error:  # noqa: BLE001 - one row: the others must be read
        log.warning("history_row_not_understood", error=type(error).__name__)
        return None


def _heard(event: str, raw: Raw) -> Heard | None:
    if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
        return _message(raw, is_edit=event == "MESSAGE_UPDATE", is_history=False)
    if event == "INTERACTION_CREATE":
        return _created(raw)
    if event in FAILURES:
        return _failed(raw)
    return _modal(raw) if event in MODALS else None


def _created(raw: Raw) -> InteractionCreated | None:
    interaction_id, said = snowflake(raw, "id"), nonce(raw)
    if interaction_id is None or said is None:
        _complain("INTERACTION_CREATE")
        return None
    return InteractionCreated(interaction_id, said)


def _failed(raw: Raw) -> InteractionFailed | None:
    said = nonce(raw)
    if said is None:
        _complain("INTERACTION_FAILURE")
        return None
    return InteractionFailed(snowflake(raw, "id"), said, whole(raw, "reason_code"))


def _modal(raw: Raw) -> ModalOffered | None:
    modal_id, said, custom_id = snowflake(raw, "id"), nonce(raw), text(raw, "custom_id")
    if modal_id is None or said is None or custom_id is None:
        _complain("INTERACTION_MODAL_CREATE")
        return None
    rows = objects({"components": storable(raw.get("components"))}, "components")
    return ModalOffered(
        id=modal_id,
        nonce=said,
        channel=snowflake(raw, "channel_id"),
        application_id=snowflake(inner(raw, "application"), "id") or snowflake(raw, "application_id"),
        custom_id=custom_id,
        title=text(raw, "title") or "",
        inputs=components.inputs(rows),
        rows=rows,
    )


def _message(raw: Raw, *, is_edit: bool, is_history: bool) -> Message | None:
    message_id, channel = snowflake(raw, "id"), snowflake(raw, "channel_id")
    if message_id is None or channel is None:
        _complain("MESSAGE_UPDATE" if is_edit else "MESSAGE_CREATE")
        return None
    author = inner(raw, "author")
    metadata = inner(raw, "interaction_metadata") or inner(raw, "interaction")
    return Message(
        id=message_id,
        channel=channel,
        is_edit=is_edit,
        is_history=is_history,
        author_id=snowflake(author, "id"),
        author_is_bot=None if author is None else truth(author, "bot"),
        application_id=_application(raw, metadata),
        content=_content(raw),
        timestamp=text(raw, "timestamp"),
        edited_timestamp=text(raw, "edited_timestamp"),
        flags=whole(raw, "flags"),
        attachments=_attachments(raw),
        embeds=_embeds(raw),
        buttons=components.buttons(objects(raw, "components")) if _is_there(raw, "components") else None,
        selects=components.selects(objects(raw, "components")) if _is_there(raw, "components") else None,
        nonce=nonce(raw),
        interaction_id=snowflake(metadata, "id"),
        interaction_user_id=_interaction_user(metadata),
        interacted_message_id=_interacted_message(metadata),
        reference_id=snowflake(inner(raw, "message_reference"), "message_id"),
    )


def _is_there(raw: Raw, key: str) -> bool:
    return isinstance(raw.get(key), list | tuple)


def _application(raw: Raw, metadata: Raw | None) -> str | None:
    """Return the application of a message; a webhook that answers interactions has its application's id."""
    return snowflake(raw, "application_id") or (snowflake(raw, "webhook_id") if metadata else None)


def _content(raw: Raw) -> str | None:
    shown = components.texts(objects(raw, "components"))
    written = text(raw, "content")
    if written is None:
        return shown or None
    return f"{written}\n{shown}" if written and shown else written or shown


def _attachments(raw: Raw) -> tuple[Attachment, ...] | None:
    shown = components.files(objects(raw, "components"))
    if not _is_there(raw, "attachments"):
        return shown or None
    listed = tuple(a for a in map(_attachment, objects(raw, "attachments")) if a is not None)
    known = {attachment.id for attachment in listed}
    return listed + tuple(attachment for attachment in shown if attachment.id not in known)


def _attachment(raw: Raw) -> Attachment | None:
    return components.attachment(raw, snowflake(raw, "id"), text(raw, "filename") or "")


def _embeds(raw: Raw) -> tuple[Embed, ...] | None:
    shown = components.pictures(objects(raw, "components"))
    if not _is_there(raw, "embeds"):
        return shown or None
    return tuple(map(_embed, objects(raw, "embeds"))) + shown


def _embed(raw: Raw) -> Embed:
    image = components.picture(inner(raw, "image"))
    return Embed(text(raw, "type"), text(raw, "title"), text(raw, "description"), image)


def _interaction_user(metadata: Raw | None) -> str | None:
    if metadata is None:
        return None
    return snowflake(inner(metadata, "user"), "id") or snowflake(metadata, "user_id")


def _interacted_message(metadata: Raw | None) -> str | None:
    """Return the message whose button was pressed; for a modal it is in the triggering interaction."""
    if metadata is None:
        return None
    triggering = inner(metadata, "triggering_interaction_metadata")
    return snowflake(metadata, "interacted_message_id") or snowflake(triggering, "interacted_message_id")


def _complain(event: str) -> None:
    log.warning(
        "event_not_understood", event_type=event, error="a required field is absent or of another type"
    )
