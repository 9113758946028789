"""Drifts of the server, of the first account's thread and of the account itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bridge.sandbox.drift.orders import PERMISSIONS
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json, timestamp
from bridge.sandbox.world.guilds import TextChannel
from bridge.sandbox.world.threads import Thread
from bridge.sandbox.world_view import account_threads

__all__ = ["PLACE_DRIFTS"]


def _thread(sim: Simulation) -> Thread:
    return account_threads(sim)[0]


def _account(sim: Simulation) -> int:
    return next(iter(sim.world.account_tokens))


def _bot(sim: Simulation) -> int:
    return next(iter(sim.world.applications))


def _rename_bot(sim: Simulation, order: Json) -> None:
    bot = _bot(sim)
    sim.world.applications[bot] = replace(sim.world.applications[bot], name=order["to"])


def _remove_bot(sim: Simulation, _order: Json) -> None:
    sim.world.guild_members[_thread(sim).guild_id].discard(_bot(sim))


def _deny_permission(sim: Simulation, order: Json) -> None:
    parent = sim.world.channels[_thread(sim).parent_id]
    if isinstance(parent, TextChannel):
        denied = parent.denied | PERMISSIONS[order["permission"]]
        sim.world.channels[parent.id] = replace(parent, denied=denied)


def _archive_thread(sim: Simulation, _order: Json) -> None:
    thread = _thread(sim)
    sim.world.channels[thread.id] = replace(thread, is_archived=True)


def _lock_thread(sim: Simulation, _order: Json) -> None:
    thread = _thread(sim)
    sim.world.channels[thread.id] = replace(thread, is_locked=True)


def _leave_thread(sim: Simulation, _order: Json) -> None:
    thread = _thread(sim)
    sim.world.channels[thread.id] = replace(thread, member_ids=thread.member_ids - {thread.owner_id})


def _leave_server(sim: Simulation, order: Json) -> None:
    _leave_thread(sim, order)
    sim.world.guild_members[_thread(sim).guild_id].discard(_account(sim))


def _time_out(sim: Simulation, order: Json) -> None:
    until = timestamp(sim.clock.now_ms() + order["seconds"] * 1000)
    sim.drift.memberships[_account(sim)] = {"communication_disabled_until": until}


def _ask_for_rules(sim: Simulation, _order: Json) -> None:
    sim.drift.memberships[_account(sim)] = {"pending": True}


def _refuse_token(sim: Simulation, _order: Json) -> None:
    sim.refused_tokens.add(sim.world.account_tokens[_account(sim)])


def _limit_uploads(sim: Simulation, order: Json) -> None:
    sim.uploads.most_bytes = order["bytes"]


PLACE_DRIFTS: Mapping[str, Callable[[Simulation, Json], None]] = {
    "rename_bot": _rename_bot,
    "remove_bot": _remove_bot,
    "deny_permission": _deny_permission,
    "archive_thread": _archive_thread,
    "lock_thread": _lock_thread,
    "leave_thread": _leave_thread,
    "leave_server": _leave_server,
    "time_out": _time_out,
    "ask_for_rules": _ask_for_rules,
    "refuse_token": _refuse_token,
    "limit_uploads": _limit_uploads,
}
