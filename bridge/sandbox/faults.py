"""What can be made to go wrong, a row for each fault: which fields it takes and what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.sandbox.acts.commands import tell_of_new_index
from bridge.sandbox.fault_board import Fault
from bridge.sandbox.refusals import ask_captcha, demand_nothing_more, deny, require_action, stand, strike_once
from bridge.sandbox.rest.cloudflare import block
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.tokens import new_token
from bridge.sandbox.wire import Json

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
    demand_nothing_more(sim)
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


def _fall_silent(sim: Simulation, fault: Fault) -> Json:
    """Let open sockets say nothing for ever; with `seconds` those that open meanwhile too."""
    lines = [each.line for each in sim.hub.of_user(fault.user_id) if each.line is not None]
    for line in lines:
        line.silence()
    if "seconds" in fault.fields:
        stand(sim, fault)
    return {"sessions": len(lines)}


def _stale_command(sim: Simulation, fault: Fault) -> Json:
    """Give every command a new version; `quietly` says nothing of it to the sessions."""
    for command in sim.world.commands.values():
        command["version"] = str(sim.ids.next())
    tell_of_new_index(sim, quietly=bool(fault.fields.get("quietly")))
    return {"version": str(sim.world.index_version)}


def _hold_events(sim: Simulation, fault: Fault) -> Json:
    seconds = fault.fields.get("seconds")
    stand(sim, fault)
    if seconds is not None:
        sim.clock.later(seconds + 0.001, sim.hub.release)
    return {}


def _break_rest(sim: Simulation, fault: Fault) -> Json:
    if "hang_s" not in fault.fields:
        fault.fields.setdefault("status", 500)
    return strike_once(sim, fault)


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


WHO = frozenset({"user_id"})
LASTING = frozenset({"times", "seconds"})
STANDING = WHO | LASTING
REST = STANDING | {"route", "status", "retry_after", "after_acceptance", "hang_s"}
FAULTS: Mapping[str, FaultKind] = {
    "drop_gateway": FaultKind(_drop_gateway, WHO | {"forget", "refuse_s"}),
    "invalid_session": FaultKind(_invalid_session, WHO | {"resumable"}),
    "reconnect": FaultKind(_reconnect, WHO),
    "close": FaultKind(_close, WHO | {"code", "forget"}, needed=frozenset({"code"})),
    "stale_command": FaultKind(_stale_command, frozenset({"quietly"})),
    "no_heartbeat_ack": FaultKind(stand, STANDING),
    "hold_events": FaultKind(_hold_events, WHO | {"seconds"}),
    "duplicate_events": FaultKind(stand, STANDING),
    "reorder_events": FaultKind(stand, STANDING),
    "revoke_token": FaultKind(_revoke_token, WHO),
    "replace_token": FaultKind(strike_once, STANDING),
    "captcha": FaultKind(ask_captcha, STANDING | {"route"}),
    "required_action": FaultKind(require_action, STANDING | {"action"}),
    "missing_permission": FaultKind(deny, STANDING | {"channel_id", "missing"}),
    "disallowed_intents": FaultKind(stand, STANDING),
    "blackhole": FaultKind(_fall_silent, WHO | {"seconds"}),
    "slow_frames": FaultKind(stand, STANDING | {"delay_s"}, needed=frozenset({"delay_s"})),
    "cut_upload": FaultKind(strike_once, STANDING),
    "slow_upload": FaultKind(strike_once, STANDING | {"delay_s"}, needed=frozenset({"delay_s"})),
    "cut_download": FaultKind(strike_once, LASTING),
    "missing_download": FaultKind(strike_once, LASTING),
    "short_download": FaultKind(strike_once, LASTING),
    "slow_download": FaultKind(strike_once, LASTING | {"delay_s"}, needed=frozenset({"delay_s"})),
    "cloudflare": FaultKind(block, STANDING | {"route", "status", "retry_after", "after_acceptance"}),
    "rest": FaultKind(_break_rest, REST, needed=frozenset({"route"})),
}
