"""From raw payloads to the bridge's words: nothing is invented, nothing malformed gets through."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.chat import (
    Attachment,
    Button,
    Embed,
    EmbedImage,
    InteractionCreated,
    InteractionFailed,
    Message,
    ModalInput,
    ModalOffered,
    Select,
    SelectOption,
)
from bridge.sessions.selfbot.translate import history_row, translate

EVENTS = (
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "INTERACTION_CREATE",
    "INTERACTION_FAILURE",
    "INTERACTION_MODAL_CREATE",
    "TYPING_START",
)
FIELDS = (
    *("id", "channel_id", "content", "flags", "nonce", "components", "type", "custom_id", "label", "emoji"),
    *(
        "accessory",
        "component",
        "interaction_metadata",
        "interaction",
        "user",
        "author",
        "attachments",
        "file",
    ),
    *("embeds", "message_reference", "application", "url", "size", "title", "items", "media", "options"),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=20,
)


@given(st.sampled_from(EVENTS), json_values)
def test_no_payload_raises(event: str, payload: object) -> None:
    translate(event, payload)
    history_row(payload)


def message(event: str = "MESSAGE_CREATE", **fields: Any) -> Message:
    heard = translate(event, {"id": "1", "channel_id": "2", **fields})
    assert isinstance(heard, Message)
    return heard


def test_a_partial_edit_says_only_what_it_carries() -> None:
    embeds = [{"type": "image", "image": {"url": "u", "width": 3}}]

    edit = message("MESSAGE_UPDATE", embeds=embeds)

    assert edit == Message("1", "2", is_edit=True, embeds=(Embed("image", image=EmbedImage("u", width=3)),))


def test_a_whole_message_is_read() -> None:
    file = {
        "id": "7",
        "filename": "a.mp4",
        "url": "https://cdn/a.mp4",
        "size": 3,
        "content_type": "video/mp4",
    }

    heard = message(
        author={"id": "9", "bot": True},
        application_id="4",
        content="hello",
        timestamp="2026-01-01T00:00:00+00:00",
        flags=64,
        nonce=12,
        attachments=[file],
        embeds=[],
        interaction_metadata={"id": "5", "user": {"id": "6"}, "interacted_message_id": "8"},
        message_reference={"message_id": "3"},
    )

    assert heard == Message(
        "1",
        "2",
        author_id="9",
        author_is_bot=True,
        application_id="4",
        content="hello",
        timestamp="2026-01-01T00:00:00+00:00",
        flags=64,
        attachments=(Attachment("7", "a.mp4", "https://cdn/a.mp4", 3, content_type="video/mp4"),),
        embeds=(),
        nonce="12",
        interaction_id="5",
        interaction_user_id="6",
        interacted_message_id="8",
        reference_id="3",
    )


def test_the_older_interaction_field_is_read_as_well() -> None:
    heard = message(interaction={"id": "5", "user": {"id": "6"}})

    assert (heard.interaction_id, heard.interaction_user_id) == ("5", "6")


def test_a_follow_up_belongs_to_the_application_of_its_webhook() -> None:
    assert message(webhook_id="4", interaction_metadata={"id": "5"}).application_id == "4"
    assert message(webhook_id="4").application_id is None


def test_a_modals_answer_points_at_the_message_whose_button_was_pressed() -> None:
    metadata = {"id": "5", "triggering_interaction_metadata": {"interacted_message_id": "8"}}

    assert message(interaction_metadata=metadata).interacted_message_id == "8"


def test_components_v2_are_read_at_any_depth() -> None:
    press = {"type": 2, "style": 1, "custom_id": "up", "label": "Upscale"}
    emoji = {"type": 2, "custom_id": "again", "emoji": {"name": "🔁"}, "disabled": True}
    link = {"type": 2, "style": 5, "url": "https://example.org", "label": "Open"}
    media = {"attachment_id": "7", "url": "https://cdn/7/a.mp4?ex=1", "content_type": "video/mp4"}
    container = {
        "type": 17,
        "components": [
            {"type": 10, "content": "first"},
            {"type": 9, "components": [{"type": 10, "content": "second"}], "accessory": press},
            {"type": 12, "items": [{"media": media}]},
            {"type": 1, "components": [emoji, link]},
        ],
    }

    heard = message(content="", flags=32768, components=[container])

    assert heard.content == "first\nsecond"
    assert heard.buttons == (Button("Upscale", "up"), Button("🔁", "again", is_disabled=True))
    assert heard.attachments == (
        Attachment("7", "a.mp4", "https://cdn/7/a.mp4?ex=1", 0, content_type="video/mp4"),
    )


def test_a_video_that_the_bot_has_only_linked_is_a_file_with_an_id_of_its_own() -> None:
    linked = [
        {"id": "9", "url": f"https://media.example/{name}?token=1", "content_type": "video/mp4"}
        for name in ("a.mp4", "b.mp4", "c.mp4")
    ]
    gallery = {"type": 12, "items": [{"media": media} for media in linked]}
    file = {"type": 13, "file": {"url": "https://media.example/d.mp4"}, "size": 12}

    heard = message(flags=32768, components=[gallery, file])
    edited = message(flags=32768, components=[gallery, file])

    assert heard.attachments == edited.attachments
    assert [(one.filename, one.size) for one in heard.attachments or ()] == [
        ("a.mp4", 0),
        ("b.mp4", 0),
        ("c.mp4", 0),
        ("d.mp4", 12),
    ]
    assert len({one.id for one in heard.attachments or ()}) == 4


def test_a_file_that_stands_in_two_places_comes_once() -> None:
    media = {"attachment_id": "7", "id": "7", "url": "https://cdn/7/a.mp4", "content_type": "video/mp4"}
    shown = [{"type": 12, "items": [{"media": media}, {"media": media}]}, {"type": 13, "file": media}]
    listed = {"id": "7", "filename": "a.mp4", "size": 5, "url": "https://cdn/7/a.mp4"}

    only_shown, also_listed = message(components=shown), message(attachments=[listed], components=shown)

    assert [one.size for one in only_shown.attachments or ()] == [0]
    assert [one.size for one in also_listed.attachments or ()] == [5]


def test_a_row_of_the_history_and_an_edit_have_what_the_message_has() -> None:
    media = {"attachment_id": "7", "url": "https://cdn/7/a.mp4", "content_type": "video/mp4"}
    inside = [{"type": 10, "content": "done"}, {"type": 12, "items": [{"media": media}]}]
    raw = {"id": "1", "channel_id": "2", "flags": 32768, "components": [{"type": 17, "components": inside}]}

    new, edited, row = translate("MESSAGE_CREATE", raw), translate("MESSAGE_UPDATE", raw), history_row(raw)

    assert isinstance(new, Message)
    assert new.attachments
    assert edited == replace(new, is_edit=True)
    assert row == replace(new, is_history=True)


def test_a_thumbnail_is_a_picture_and_no_result() -> None:
    thumbnail = {"type": 11, "media": {"id": "3", "url": "https://cdn/3/turning.gif", "width": 9}}
    section = {"type": 9, "components": [{"type": 10, "content": "We are at it"}], "accessory": thumbnail}

    heard = message(components=[section])

    assert heard.attachments is None
    assert heard.embeds == (Embed("image", image=EmbedImage("https://cdn/3/turning.gif", width=9)),)


def test_of_select_menus_those_of_texts_are_read() -> None:
    options = [{"label": "Realistic", "value": "r"}, {"label": "Anime", "value": "a"}]
    style = {"type": 3, "custom_id": "s", "placeholder": "Style", "options": options}
    nameless = {"type": 3, "custom_id": "n", "options": options[:1], "disabled": True}
    several = {"type": 3, "custom_id": "m", "placeholder": "Two", "options": options, "min_values": 2}
    users = {"type": 5, "custom_id": "u", "placeholder": "Share with"}
    rows = [{"type": 1, "components": [menu]} for menu in (style, nameless, several, users)]

    heard = message(components=[{"type": 17, "components": rows}])

    both = SelectOption("Realistic", "r"), SelectOption("Anime", "a")
    assert heard.selects == (
        Select("Style", "s", both),
        Select("Select 2", "n", both[:1], is_disabled=True),
    )
    assert message(content="").selects is None


def test_interaction_events_are_read() -> None:
    assert translate("INTERACTION_CREATE", {"id": "1", "nonce": "2", "more": 3}) == InteractionCreated(
        "1", "2"
    )
    assert translate("INTERACTION_FAILURE", {"id": "1", "nonce": "2", "reason_code": 2}) == InteractionFailed(
        "1", "2", 2
    )
    assert translate("INTERACTION_SUCCESS", {"id": "1", "nonce": "2"}) is None


def test_a_modal_keeps_its_rows_and_shows_its_inputs() -> None:
    row = {
        "type": 1,
        "components": [{"type": 4, "custom_id": "p", "label": "Prompt", "max_length": 9, "required": False}],
    }
    label = {"type": 18, "label": "Seed", "component": {"type": 4, "custom_id": "s", "value": "3"}}
    payload = {
        "id": "1",
        "nonce": "2",
        "channel_id": "3",
        "application": {"id": "4"},
        "custom_id": "edit",
        "title": "Edit",
        "components": [row, label],
    }

    heard = translate("INTERACTION_MODAL_CREATE", payload)

    inputs = (
        ModalInput("p", label="Prompt", max_length=9),
        ModalInput("s", "3", label="Seed", is_required=True),
    )
    assert heard == ModalOffered("1", "2", "3", "4", "edit", "Edit", inputs, (row, label))


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("MESSAGE_CREATE", {"id": "1"}),
        ("INTERACTION_CREATE", {"id": "1"}),
        ("INTERACTION_MODAL_CREATE", {}),
        ("X", {}),
    ],
)
def test_what_lacks_its_ids_is_nothing(event: str, payload: dict[str, Any]) -> None:
    assert translate(event, payload) is None


def test_half_a_surrogate_pair_is_replaced_in_every_text() -> None:
    embed = {"type": "rich", "title": "\udc00", "description": "\ud83d!"}

    heard = message(content="a cat \ud83d and \U0001f431", embeds=[embed])

    assert heard.content == "a cat \ufffd and \U0001f431"
    assert heard.embeds == (Embed("rich", "\ufffd", "\ufffd!", None),)


@pytest.mark.parametrize("id_", ["\ud800", "x", "-1", "9" * 21, "\u0663", -1, 2**63, True])
def test_what_is_no_id_is_none(id_: object) -> None:
    assert translate("MESSAGE_CREATE", {"id": id_, "channel_id": "2"}) is None
    assert message(application_id=id_).application_id is None


def test_the_rows_of_a_modal_can_be_stored() -> None:
    rows = [{"type": 1, "components": [{"type": 4, "custom_id": "a", "\ud800": ["\udfff"]}]}]

    heard = translate(
        "INTERACTION_MODAL_CREATE", {"id": "1", "nonce": 2, "custom_id": "3", "components": rows}
    )

    assert isinstance(heard, ModalOffered)
    assert str(heard.rows).encode()


def test_a_number_that_the_database_does_not_take_is_none() -> None:
    assert [message(flags=flags).flags for flags in (2**63, -(10**400), 1e308, 2**62)] == [
        None,
        None,
        None,
        2**62,
    ]
