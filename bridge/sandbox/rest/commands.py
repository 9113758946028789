"""Commands of an application, everywhere or in one guild (Discord's docs, "Application Commands")."""

from bridge.sandbox.acts.commands import Scope, define, redefine, remove, replace_all
from bridge.sandbox.errors import (
    MISSING_ACCESS,
    NOT_YOUR_APPLICATION,
    UNKNOWN_COMMAND,
    UNKNOWN_GUILD,
    ApiError,
    form_error,
)
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.rest.command_forms import LOCALIZATIONS, read_changes, read_command, read_commands
from bridge.sandbox.wire import Json

__all__ = [
    "create_command",
    "delete_command",
    "get_command",
    "list_commands",
    "list_permissions",
    "patch_command",
    "replace_commands",
]

TRUE = frozenset({"true", "1", "True"})


async def list_commands(call: Call) -> Reply:
    """GET …/commands: with the words of other languages only if asked for."""
    has_words = call.query.get("with_localizations") in TRUE
    return Reply(200, [_view(each, with_words=has_words) for each in _scope(call).commands(call.sim)])


async def replace_commands(call: Call) -> Reply:
    """PUT …/commands: these are all from now on; a name that stays keeps its id."""
    scope, forms = _scope(call), read_commands(call.body)
    return Reply(200, [_view(each) for each in replace_all(call.sim, scope, forms)])


async def create_command(call: Call) -> Reply:
    """POST …/commands: a command of that name is overwritten."""
    scope, form = _scope(call), read_command(call.fields, [])
    command, is_new = define(call.sim, scope, form)
    return Reply(201 if is_new else 200, _view(command))


async def get_command(call: Call) -> Reply:
    """GET …/commands/{command_id}."""
    return Reply(200, _view(_found(call, _scope(call))))


async def patch_command(call: Call) -> Reply:
    """PATCH …/commands/{command_id}."""
    scope = _scope(call)
    old = _found(call, scope)
    changes = read_changes(old, call.fields)
    names = {(each["type"], each["name"]) for each in scope.commands(call.sim) if each["id"] != old["id"]}
    if (old["type"], changes.get("name")) in names:
        message = "Application command names must be unique"
        raise form_error(["name"], "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
    return Reply(200, _view(redefine(call.sim, old, changes)))


async def delete_command(call: Call) -> Reply:
    """DELETE …/commands/{command_id}."""
    remove(call.sim, _found(call, _scope(call)))
    return Reply(204)


async def list_permissions(call: Call) -> Reply:
    """GET …/guilds/{guild_id}/commands/permissions: everybody may use everything."""
    _scope(call)
    return Reply(200, [])


def _scope(call: Call) -> Scope:
    application_id = call.number("application_id")
    if application_id != call.author.id or application_id not in call.sim.world.applications:
        raise ApiError(NOT_YOUR_APPLICATION)
    if "guild_id" not in call.params:
        return Scope(application_id, None)
    guild_id = call.number("guild_id")
    if guild_id not in call.sim.world.guilds:
        raise ApiError(UNKNOWN_GUILD)
    if application_id not in call.sim.world.guild_members[guild_id]:
        raise ApiError(MISSING_ACCESS)
    return Scope(application_id, guild_id)


def _found(call: Call, scope: Scope) -> Json:
    wanted = call.params["command_id"]
    for command in scope.commands(call.sim):
        if command["id"] == wanted:
            return command
    raise ApiError(UNKNOWN_COMMAND)


def _view(command: Json, *, with_words: bool = True) -> Json:
    return command if with_words else {key: command[key] for key in command if key not in LOCALIZATIONS}
