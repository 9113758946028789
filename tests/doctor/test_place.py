"""What is found about an account and its place, whatever Discord sends of them."""

from dataclasses import replace
from typing import Any

import pytest

from bridge.chat import Channel
from bridge.doctor.finding import Level
from bridge.doctor.place import findings_of_place
from bridge.doctor.report import report_on
from bridge.doctor.seen import Seen, SeenUpload, SeenUser, Unseen
from bridge.doctor.wanted import Wanted
from bridge.sessions.selfbot.examined import bits_of, channel_of, member_of, server_of, user_of

PLACE = Channel("323456789012345678", "423456789012345678")
PARENT = "523456789012345678"
USER = "623456789012345678"
ROLE = "723456789012345678"
COMMANDS, HISTORY, MANAGE_THREADS, ADMINISTRATOR = 1 << 31, 1 << 16, 1 << 34, 1 << 3
NONSENSE: tuple[Any, ...] = (
    None,
    True,
    "",
    "x",
    -1,
    1.5,
    10**400,
    [],
    [None, 1, {}],
    {},
    {"id": []},
    "\ud800",
)


def seen(everyone: int = COMMANDS | HISTORY, **more: Any) -> Seen:
    roles = [
        {"id": PLACE.guild, "permissions": str(everyone)},
        {"id": ROLE, "permissions": str(more.pop("role", 0))},
    ]
    server = {"id": PLACE.guild, "name": "PixVerse", "roles": roles, "owner_id": more.pop("owner", "1")}
    state = more.pop("thread", {})
    thread = {
        "id": PLACE.id,
        "guild_id": PLACE.guild,
        "type": 12,
        "parent_id": PARENT,
        "thread_metadata": state,
    }
    overwrites = more.pop("overwrites", [])
    parent = {"id": PARENT, "guild_id": PLACE.guild, "type": 0, "permission_overwrites": overwrites}
    return replace(
        Seen(
            PLACE,
            1_800_000_000_000,
            SeenUser(USER, "me"),
            server=server_of(server, PLACE.guild),
            member=member_of({"roles": [ROLE], **more.pop("member", {})}),
            channel=channel_of(thread),
            holder=channel_of(parent),
            upload=SeenUpload(10, 10),
        ),
        **more,
    )


def codes(what: Seen) -> list[str]:
    return [each.code for each in findings_of_place(what) if each.level is not Level.FINE]


def overwrite(who: str, allow: int = 0, deny: int = 0) -> dict[str, str]:
    return {"id": who, "allow": str(allow), "deny": str(deny)}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (seen(), []),
        (seen(HISTORY), ["no_application_commands"]),
        (seen(HISTORY, role=COMMANDS), []),
        (replace(seen(), server=server_of({"name": "PixVerse"}, PLACE.guild)), ["permissions_unknown"]),
        (replace(seen(), server=server_of({"owner_id": USER}, PLACE.guild)), []),
        (seen(0, role=ADMINISTRATOR), []),
        (seen(0, owner=USER), []),
        (seen(overwrites=[overwrite(PLACE.guild, deny=COMMANDS)]), ["no_application_commands"]),
        (seen(overwrites=[overwrite(PLACE.guild, deny=COMMANDS), overwrite(ROLE, allow=COMMANDS)]), []),
        (
            seen(overwrites=[overwrite(ROLE, allow=COMMANDS), overwrite(USER, deny=COMMANDS)]),
            ["no_application_commands"],
        ),
        (seen(COMMANDS), ["history_unreadable"]),
        (seen(thread={"archived": True}), ["thread_archived"]),
        (seen(thread={"archived": True, "locked": True}), ["thread_locked"]),
        (seen(COMMANDS | HISTORY | MANAGE_THREADS, thread={"locked": True}), []),
        (seen(member={"communication_disabled_until": "2099-01-01T00:00:00+00:00"}), ["timed_out"]),
        (seen(member={"communication_disabled_until": "2001-01-01T00:00:00+00:00"}), []),
        (seen(member={"communication_disabled_until": "some day"}), []),
        (seen(member={"pending": True}), ["rules_not_accepted"]),
        (seen(holder=Unseen("no answer")), ["permissions_unknown"]),
        (seen(history=Unseen("403", 403, 50_001)), ["history_unreadable"]),
        (seen(history=Unseen("no answer")), ["history_unanswered"]),
        (seen(upload=SeenUpload(10, 10, Unseen("too large", 413))), ["upload_limit"]),
        (seen(upload=SeenUpload(None, 10, Unseen("no", 403, 50_013))), ["no_uploads"]),
        (seen(upload=SeenUpload(10, 10, Unseen("no answer"))), ["uploads_unknown"]),
        (seen(user=Unseen("401", 401)), ["token_refused"]),
        (seen(user=Unseen("no answer")), ["token_unanswered"]),
    ],
)
def test_what_an_account_may_do_is_computed_as_discord_documents_it(what: Seen, expected: list[str]) -> None:
    assert codes(what) == expected


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:12])
def test_nothing_that_discord_could_send_of_a_place_ends_the_doctor(value: Any) -> None:
    kept = {"id": value, "guild_id": PLACE.guild, "name": value, "type": value, "parent_id": value}
    of_channel = {**kept, "thread_metadata": value, "permission_overwrites": value, "nsfw": value}
    channels = [
        value,
        of_channel,
        {**kept, "permission_overwrites": [{"id": "1", "allow": value, "deny": value}]},
    ]
    servers = [
        value,
        {"id": value, "owner_id": value, "roles": value},
        {"roles": [{"id": "1", "permissions": value}]},
    ]
    members = [value, {"roles": value, "communication_disabled_until": value, "pending": value}]
    user_of(value)
    user_of({"id": value, "username": value})
    for channel, server, member in zip(channels, servers, [*members, None], strict=True):
        what = replace(
            seen(),
            channel=channel_of(channel),
            holder=channel_of(channel),
            server=server_of(server, PLACE.guild),
            member=member_of(member),
        )
        assert report_on(what, Wanted(()), {}, lambda _rows: True).findings


@pytest.mark.parametrize(
    ("value", "bits"),
    [("2147483648", 1 << 31), (8, 8), ("", None), ("-1", None), (True, None), ("9" * 31, None)],
)
def test_permissions_are_read_as_text_or_as_a_number(value: object, bits: int | None) -> None:
    assert bits_of(value) == bits
