"""What can be made to go wrong, a row for each fault: which fields it takes and what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.sandbox.audience import tell_guild
from bridge.sandbox.fault_board import Fault
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json
from bridge.sandbox.world.build import new_token

__all__ = ["FAULTS", "FaultKind", "clear_faults"]

RECONNECT, INVALID_SESSION, AUTHENTICATION_FAILED = 7, 9, 4004


@dataclass(frozen=True)
class FaultKind:
    """One row; `begin` returns what the control API answers besides the fault itself."""

    begin: Callable[[Simulation, Fault], Json]
    fields: frozenset[str]
    needed: frozenset[str] = frozenset()


def clear_faults(sim: Simulation) -> None:
    """End all standing faults: held events are sent, revoked tokens work again."""
    sim.faults.clear()
    sim.refused_tokens.clear()
    sim.hub.release()


def _drop_gateway(sim: Simulation, fault: Fault) -> Json:
    sessions = sim.hub.of_user(fault.user_id)
    if fault.fields.get("refuse_s"):
        sim.faults.put_up(Fault("refuse_gateway"), fault.fields["refuse_s"])
    for session in sessions:
        if session.line is not None:
            session.line.cut()
        if fault.fields.get("forget"):
            sim.hub.end(session)
    return {"sessions": len(sessions)}


def _reconnect(sim: Simulation, fault: Fault) -> Json:
    return _say_to_all(sim, fault, RECONNECT, None)


def _invalid_session(sim: Simulation, fault: Fault) -> Json:
    resumable = bool(fault.fields.get("resumable"))
    said = _say_to_all(sim, fault, INVALID_SESSION, resumable)
    for session in [] if resumable else sim.hub.of_user(fault.user_id):
        sim.hub.end(session)
    return said


def _say_to_all(sim: Simulation, fault: Fault, op: int, data: object) -> Json:
    sessions = [each for each in sim.hub.of_user(fault.user_id) if each.line is not None]
    for session in sessions:
        if session.line is not None:
            session.line.say(op, data)
    return {"sessions": len(sessions)}


def _close(sim: Simulation, fault: Fault) -> Json:
    sessions = [each for each in sim.hub.of_user(fault.user_id) if each.line is not None]
    for session in sessions:
        if session.line is not None:
            session.line.end(fault.fields["code"])
        if fault.fields.get("forget"):
            sim.hub.end(session)
    return {"sessions": len(sessions)}


def _stale_command(sim: Simulation, fault: Fault) -> Json:
    """Give every command a new version; `quietly` says nothing of it to the sessions."""
    for command in sim.world.commands.values():
        command["version"] = str(sim.ids.next())
    sim.world.index_version = sim.ids.next()
    for guild in [] if fault.fields.get("quietly") else sim.world.guilds.values():
        tell_guild(sim, guild, "GUILD_APPLICATION_COMMAND_INDEX_UPDATE", {"guild_id": str(guild.id)})
    return {"version": str(sim.world.index_version)}


def _hold_events(sim: Simulation, fault: Fault) -> Json:
    seconds = fault.fields.get("seconds")
    _stand(sim, fault)
    if seconds is not None:
        sim.clock.later(seconds + 0.001, sim.hub.release)
    return {}


def _stand(sim: Simulation, fault: Fault) -> Json:
    sim.faults.put_up(fault, fault.fields.get("seconds"))
    return {}


def _strike_once(sim: Simulation, fault: Fault) -> Json:
    if fault.times is None and "seconds" not in fault.fields:
        fault.times = 1
    return _stand(sim, fault)


def _break_rest(sim: Simulation, fault: Fault) -> Json:
    if "hang_s" not in fault.fields:
        fault.fields.setdefault("status", 500)
    return _strike_once(sim, fault)


def _revoke_token(sim: Simulation, fault: Fault) -> Json:
    """Refuse the present tokens; each user is given a new one, as after a change of password."""
    chosen = [each for each in sim.world.account_tokens if fault.concerns(each)]
    sim.refused_tokens |= {token for token, owner in sim.world.tokens.items() if owner in chosen}
    new_tokens = []
    for user_id in chosen:
        token = new_token(user_id, sim.rng)
        sim.world.tokens[token] = user_id
        new_tokens.append({"user_id": str(user_id), "token": token})
        for session in sim.hub.of_user(user_id):
            sim.hub.end(session)
            if session.line is not None:
                session.line.end(AUTHENTICATION_FAILED)
    return {"new_tokens": new_tokens}


def _ask_captcha(sim: Simulation, fault: Fault) -> Json:
    fault.fields.setdefault("route", "/interactions")
    fault.fields["status"] = 400
    fault.fields["body"] = {
        "captcha_key": ["captcha-required"],
        "captcha_sitekey": "a9b5fb07-92ff-493f-86fe-352a2803b3df",
        "captcha_service": "hcaptcha",
        "captcha_session_id": "sandbox",
        "captcha_rqdata": "sandbox",
        "captcha_rqtoken": "sandbox",
    }
    return _strike_once(sim, fault)


WHO = frozenset({"user_id"})
STANDING = WHO | {"times", "seconds"}
REST = STANDING | {"route", "status", "retry_after", "after_acceptance", "hang_s"}
FAULTS: Mapping[str, FaultKind] = {
    "drop_gateway": FaultKind(_drop_gateway, WHO | {"forget", "refuse_s"}),
    "invalid_session": FaultKind(_invalid_session, WHO | {"resumable"}),
    "reconnect": FaultKind(_reconnect, WHO),
    "close": FaultKind(_close, WHO | {"code", "forget"}, needed=frozenset({"code"})),
    "stale_command": FaultKind(_stale_command, frozenset({"quietly"})),
    "no_heartbeat_ack": FaultKind(_stand, STANDING),
    "hold_events": FaultKind(_hold_events, WHO | {"seconds"}),
    "duplicate_events": FaultKind(_stand, STANDING),
    "reorder_events": FaultKind(_stand, STANDING),
    "revoke_token": FaultKind(_revoke_token, WHO),
    "replace_token": FaultKind(_strike_once, STANDING),
    "captcha": FaultKind(_ask_captcha, STANDING | {"route"}),
    "rest": FaultKind(_break_rest, REST, needed=frozenset({"route"})),
}
