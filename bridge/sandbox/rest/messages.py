"""Messages of a channel: history, one, post, edit, delete (Discord's docs, "Message")."""

from collections.abc import Callable

from bridge.sandbox.acts.posting import delete, edit, post
from bridge.sandbox.errors import BOTS_ONLY, UNKNOWN_MESSAGE, ApiError, form_error
from bridge.sandbox.message_view import view_message
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.rest.files import uploads_of
from bridge.sandbox.wire import as_snowflake
from bridge.sandbox.world.guilds import READ_MESSAGE_HISTORY
from bridge.sandbox.world.messages import History, Message

__all__ = ["delete_message", "get_message", "list_messages", "patch_message", "post_message"]

LEAST, MOST, USUAL = 1, 100, 50
Search = Callable[[History, int, int], list[Message]]
SEARCHES: dict[str, Search] = {"around": History.around, "before": History.before, "after": History.after}


async def list_messages(call: Call) -> Reply:
    """GET /channels/{channel_id}/messages: newest first, whatever the parameter."""
    channel = call.channel()
    if call.sim.world.denies(channel, READ_MESSAGE_HISTORY):
        return Reply(200, [])
    history = call.sim.world.histories[channel.id]
    limit = _limit(call.query.get("limit", str(USUAL)))
    found = history.newest(limit)
    for name, search in SEARCHES.items():
        if name in call.query:
            found = search(history, _id_in(call, name), limit)
            break
    return Reply(200, [view_message(call.sim, each) for each in found])


async def get_message(call: Call) -> Reply:
    """GET /channels/{channel_id}/messages/{message_id}: for bots only."""
    if not call.author.is_bot:
        raise ApiError(BOTS_ONLY)
    message = call.sim.world.histories[call.channel().id].find(call.number("message_id"))
    if message is None:
        raise ApiError(UNKNOWN_MESSAGE)
    return Reply(200, view_message(call.sim, message))


async def post_message(call: Call) -> Reply:
    """POST /channels/{channel_id}/messages."""
    channel = call.channel()
    return Reply(
        200, view_message(call.sim, post(call.sim, call.author, channel, call.fields, uploads_of(call)))
    )


async def patch_message(call: Call) -> Reply:
    """PATCH /channels/{channel_id}/messages/{message_id}."""
    message_id = call.number("message_id")
    changed = edit(call.sim, call.author, call.channel(), message_id, call.fields, uploads_of(call))
    return Reply(200, view_message(call.sim, changed))


async def delete_message(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}."""
    delete(call.sim, call.author, call.channel(), call.number("message_id"))
    return Reply(204)


def _limit(given: str) -> int:
    limit = int(given) if given.isascii() and given.isdigit() else 0
    if not LEAST <= limit <= MOST:
        code = "NUMBER_TYPE_MAX" if limit > MOST else "NUMBER_TYPE_MIN"
        raise form_error(["limit"], code, f"int value should be between {LEAST} and {MOST}.")
    return limit


def _id_in(call: Call, name: str) -> int:
    found = as_snowflake(call.query[name])
    if found is None:
        raise form_error([name], "NUMBER_TYPE_COERCE", f'Value "{call.query[name]}" is not snowflake.')
    return found
