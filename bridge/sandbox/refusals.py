"""Faults that stand until they are used up, cleared or over; those with which Discord turns a user away."""

from bridge.sandbox.audience import tell_user
from bridge.sandbox.errors import MISSING_ACCESS, MISSING_PERMISSIONS, VERIFY_ACCOUNT
from bridge.sandbox.fault_board import Fault
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json

__all__ = ["ask_captcha", "demand_nothing_more", "deny", "require_action", "stand", "strike_once"]

ACTION = "REQUIRE_VERIFIED_PHONE"
ACTION_UPDATE = "USER_REQUIRED_ACTION_UPDATE"
MISSING = {"access": MISSING_ACCESS, "permission": MISSING_PERMISSIONS}


def stand(sim: Simulation, fault: Fault) -> Json:
    """Let a fault stand for its time, or until it is cleared."""
    sim.faults.put_up(fault, fault.fields.get("seconds"))
    return {}


def strike_once(sim: Simulation, fault: Fault) -> Json:
    """Let a fault stand for one time, unless it was ordered for more or for a while."""
    if fault.times is None and "seconds" not in fault.fields:
        fault.times = 1
    return stand(sim, fault)


def ask_captcha(sim: Simulation, fault: Fault) -> Json:
    """Ask for a captcha (discord-userdoccers, "CAPTCHA Handling"); a request that brings a key passes."""
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
    return strike_once(sim, fault)


def require_action(sim: Simulation, fault: Fault) -> Json:
    """Demand something of users: told by an event and in READY, and no interaction is taken meanwhile."""
    action = fault.fields.setdefault("action", ACTION)
    fault.fields.update(route="/interactions", status=VERIFY_ACCOUNT.status)
    fault.fields["body"] = {"message": VERIFY_ACCOUNT.message, "code": VERIFY_ACCOUNT.code}
    stand(sim, fault)
    _tell_action(sim, fault, action)
    return {"action": action}


def demand_nothing_more(sim: Simulation) -> None:
    """Tell those who were asked for an action that it is done."""
    for fault in sim.faults.all_named("required_action"):
        _tell_action(sim, fault, None)


def deny(sim: Simulation, fault: Fault) -> Json:
    """Refuse what is done in channels: 50001 when `access` is missing, else 50013."""
    problem = MISSING[fault.fields.setdefault("missing", "permission")]
    channel_id = fault.fields.get("channel_id")
    everywhere = ("/channels/", "/interactions")
    fault.fields["route"] = everywhere if channel_id is None else f"/channels/{channel_id}"
    fault.fields["status"] = problem.status
    fault.fields["body"] = {"message": problem.message, "code": problem.code}
    return stand(sim, fault)


def _tell_action(sim: Simulation, fault: Fault, action: str | None) -> None:
    for user_id in sim.world.account_tokens:
        if fault.concerns(user_id):
            tell_user(sim, user_id, ACTION_UPDATE, {"required_action": action})
