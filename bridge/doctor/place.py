"""What an account can do where it works: token, server, thread, permissions, history, uploads."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bridge.accounts import remedies
from bridge.doctor.finding import Finding, error, fine, note, warning
from bridge.doctor.permissions import (
    MANAGE_THREADS,
    READ_MESSAGE_HISTORY,
    USE_APPLICATION_COMMANDS,
    Permissions,
    permissions,
)
from bridge.doctor.seen import Seen, SeenChannel, SeenMember, SeenServer, SeenUpload, SeenUser, Unseen

MISSING_PERMISSIONS: Final = 50_013
UNKNOWN_CHANNEL: Final = 10_003
TOO_LARGE: Final = 413
MIB: Final = 1024 * 1024


def findings_of_place(seen: Seen) -> Iterator[Finding]:
    """Yield what was found, in the order in which it was looked at."""
    yield _token(seen)
    if isinstance(seen.user, Unseen):
        return
    who = held_permissions(seen)
    if seen.server is not None:
        yield _server(seen.server, seen.place.guild)
    if seen.channel is not None:
        yield from _channel(seen, seen.channel, who)
    if isinstance(seen.server, SeenServer) and _is_here(seen):
        yield from _permissions(seen, who)
        yield _history(seen, who)
        if seen.upload is not None:
            yield _upload(seen.upload)


def held_permissions(seen: Seen) -> Permissions | None:
    """Return the account's permissions in its channel, None if they are not known: the roles are needed."""
    if not (
        isinstance(seen.user, SeenUser)
        and isinstance(seen.server, SeenServer)
        and isinstance(seen.member, SeenMember)
        and isinstance(seen.holder, SeenChannel)
    ):
        return None
    if seen.server.id not in seen.server.roles and seen.user.id != seen.server.owner:
        return None
    return permissions(seen.user.id, seen.server, seen.member, seen.holder)


def _token(seen: Seen) -> Finding:
    if isinstance(seen.user, Unseen):
        code = "token_refused" if seen.user.status == 401 else "token_unanswered"
        return error("token", code, seen.user.reason, seen.user.remedy or remedies.LATER)
    named = f"{seen.user.name} ({seen.user.id})" if seen.user.name else seen.user.id
    return fine("token", f"Discord accepts it: it is of the user {named}")


def _server(server: SeenServer | Unseen, wanted: str) -> Finding:
    if isinstance(server, SeenServer):
        return fine("server", f"the account is in {_named(server.name, wanted)}")
    if server.is_refused:
        return error(
            "server", "not_a_member", f"the account is in no server with the id {wanted}", remedies.JOIN
        )
    return error("server", "server_unanswered", server.reason, server.remedy or remedies.LATER)


def _channel(seen: Seen, channel: SeenChannel | Unseen, who: Permissions | None) -> Iterator[Finding]:
    if isinstance(channel, Unseen):
        yield _unseen(channel, seen.place.id)
    elif channel.server != seen.place.guild:
        yield _elsewhere(channel, seen.place.guild)
    elif channel.is_locked and not (who is not None and who.has(MANAGE_THREADS)):
        found = f"the thread {_named(channel.name, channel.id)} is locked"
        yield error("channel", "thread_locked", found, remedies.UNLOCK)
    elif channel.is_archived:
        found = f"the thread {_named(channel.name, channel.id)} is archived"
        yield warning("channel", "thread_archived", found, remedies.REOPEN)
    else:
        yield fine("channel", f"the account sees {_named(channel.name, channel.id)}")


def _unseen(channel: Unseen, wanted: str) -> Finding:
    if not channel.is_refused:
        return error("channel", "channel_unanswered", channel.reason, channel.remedy or remedies.LATER)
    remedy = remedies.COPY_THREAD if channel.code == UNKNOWN_CHANNEL else remedies.ADD_TO_THREAD
    found = f"the account sees no channel or thread with the id {wanted}"
    return error("channel", "channel_unseen", found, remedy)


def _elsewhere(channel: SeenChannel, wanted: str) -> Finding:
    if channel.server is None:
        found = f"{channel.id} is not in a server but a private conversation"
        return error("channel", "channel_elsewhere", found, remedies.ADD_TO_THREAD)
    return error(
        "channel",
        "channel_elsewhere",
        f"{_named(channel.name, channel.id)} is in the server {channel.server}, not in {wanted}",
        f"Write {channel.server} as the server, or the id of a channel of {wanted}.",
    )


def _is_here(seen: Seen) -> bool:
    return isinstance(seen.channel, SeenChannel) and seen.channel.server == seen.place.guild


def _permissions(seen: Seen, who: Permissions | None) -> Iterator[Finding]:
    member = seen.member
    found = False
    if isinstance(member, SeenMember):
        if _is_timed_out(member, seen.now_ms):
            found = True
            told = f"a moderator has timed the account out until {member.timed_out_until}"
            yield error("permissions", "timed_out", told, remedies.WAIT_OUT)
        if member.is_pending:
            found = True
            told = "the account has not accepted the rules of the server yet"
            yield error("permissions", "rules_not_accepted", told, remedies.ACCEPT_RULES)
    if who is None:
        yield note("permissions", "permissions_unknown", f"they could not be looked up: {_why(seen)}")
    elif not who.has(USE_APPLICATION_COMMANDS):
        told = "the account may not use application commands here"
        yield error("permissions", "no_application_commands", told, remedies.MAY_RUN)
    elif not found:
        yield fine("permissions", "the account may use application commands here")


def _why(seen: Seen) -> str:
    looked = (seen.member, seen.holder)
    return next((each.reason for each in looked if isinstance(each, Unseen)), "nothing was shown")


def _is_timed_out(member: SeenMember, now_ms: int) -> bool:
    if member.timed_out_until is None:
        return False
    try:
        return datetime.fromisoformat(member.timed_out_until).timestamp() * 1000 > now_ms
    except (ValueError, OverflowError, OSError):
        return False


def _history(seen: Seen, who: Permissions | None) -> Finding:
    if seen.history is not None and not seen.history.is_refused:
        reason, remedy = seen.history.reason, seen.history.remedy or remedies.LATER
        return error("history", "history_unanswered", reason, remedy)
    if seen.history is not None:
        found = f"the account may not read the channel {seen.place.id}"
        return error("history", "history_unreadable", found, remedies.READ)
    if who is not None and not who.has(READ_MESSAGE_HISTORY):
        found = "the account may not read older messages: what it misses while it is away is lost"
        return warning("history", "history_unreadable", found, remedies.READ)
    return fine("history", "the account may read older messages")


def _upload(upload: SeenUpload) -> Finding:
    tried = _bytes(upload.tried)
    if upload.refusal is None:
        return fine("uploads", f"Discord takes files of {tried} from this account here")
    if upload.refusal.status == TOO_LARGE:
        known = f", although its limit should be {_bytes(upload.limit)}" if upload.limit is not None else ""
        found = f"Discord takes no file of {tried} from this account here{known}"
        remedy = "Set uploads.max_bytes to what Discord takes, so that larger pictures are refused at once."
        return warning("uploads", "upload_limit", found, remedy)
    if upload.refusal.code == MISSING_PERMISSIONS:
        found = "the account may not upload files here: animate and meme_face cannot work"
        return warning("uploads", "no_uploads", found, remedies.MAY_UPLOAD)
    return note("uploads", "uploads_unknown", upload.refusal.reason)


def _bytes(size: int | None) -> str:
    if size is None:
        return "an unknown size"
    return f"{size // MIB} MiB" if size % MIB == 0 else f"{size} bytes"


def _named(name: str | None, its_id: str) -> str:
    return f"{name} ({its_id})" if name else its_id
