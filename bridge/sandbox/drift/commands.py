"""Drifts of the bot's commands, on their definitions as Discord keeps them."""

from collections.abc import Callable, Mapping

from bridge.sandbox.drift.orders import BadDrift
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json

__all__ = ["COMMAND_DRIFTS"]

SUB_COMMAND = 1


def _command(sim: Simulation, order: Json) -> Json:
    owner = str(next(iter(sim.world.applications), ""))
    for each in sim.world.commands.values():
        if each["application_id"] == owner and order["command"] in sim.drift.names_of(each["name"]):
            return each
    raise BadDrift(f"the bot has no command {order['command']}")


def _option(sim: Simulation, order: Json) -> Json:
    for each in _command(sim, order)["options"]:
        if order["option"] in sim.drift.names_of(each["name"]):
            found: Json = each
            return found
    raise BadDrift(f"{order['command']} has no option {order['option']}")


def _rename_command(sim: Simulation, order: Json) -> None:
    command = _command(sim, order)
    sim.drift.note_command(command["name"], order["to"])
    command["name"] = order["to"]


def _remove_command(sim: Simulation, order: Json) -> None:
    del sim.world.commands[int(_command(sim, order)["id"])]


def _add_command(sim: Simulation, order: Json) -> None:
    template = next(iter(sim.world.commands.values()))
    new = {"id": str(sim.ids.next()), "name": order["command"], "options": list(order["options"])}
    sim.world.commands[int(new["id"])] = {**template, **new}


def _change_command(sim: Simulation, order: Json) -> None:
    _command(sim, order).update(order["set"])


def _nest_command(sim: Simulation, order: Json) -> None:
    command = _command(sim, order)
    inner = {"type": SUB_COMMAND, "name": command["name"], "description": command["description"]}
    command.update(name=order["to"], options=[{**inner, "options": command["options"]}])


def _translate_command(sim: Simulation, order: Json) -> None:
    command = _command(sim, order)
    sim.drift.shown[command["id"]] = order["to"]


def _copy_command(sim: Simulation, order: Json) -> None:
    _, other, *_ = sim.world.applications
    new = {**_command(sim, order), "id": str(sim.ids.next()), "application_id": str(other)}
    sim.world.commands[int(new["id"])] = new


def _forbid_command(sim: Simulation, order: Json) -> None:
    _command(sim, order)["permissions"] = {"user": False}


def _rename_option(sim: Simulation, order: Json) -> None:
    option = _option(sim, order)
    sim.drift.note_option(option["name"], order["to"])
    option["name"] = order["to"]


def _remove_option(sim: Simulation, order: Json) -> None:
    _command(sim, order)["options"].remove(_option(sim, order))


def _add_option(sim: Simulation, order: Json) -> None:
    command = _command(sim, order)
    option = {"type": 3, "name": order["option"], "description": "New", "required": False, **order["set"]}
    command["options"] = sorted([*command["options"], option], key=lambda each: not each["required"])


def _change_option(sim: Simulation, order: Json) -> None:
    option = _option(sim, order)
    option.update(order["set"])
    for name in [name for name, value in order["set"].items() if value is None]:
        del option[name]


def _add_choice(sim: Simulation, order: Json) -> None:
    option = _option(sim, order)
    new = {"name": str(order["value"]), "value": order["value"]}
    option["choices"] = [*option.get("choices", []), new]


def _remove_choice(sim: Simulation, order: Json) -> None:
    option = _option(sim, order)
    option["choices"] = [each for each in option.get("choices", []) if each["value"] != order["value"]]


COMMAND_DRIFTS: Mapping[str, Callable[[Simulation, Json], None]] = {
    "rename_command": _rename_command,
    "remove_command": _remove_command,
    "add_command": _add_command,
    "change_command": _change_command,
    "nest_command": _nest_command,
    "translate_command": _translate_command,
    "copy_command": _copy_command,
    "forbid_command": _forbid_command,
    "rename_option": _rename_option,
    "remove_option": _remove_option,
    "add_option": _add_option,
    "change_option": _change_option,
    "add_choice": _add_choice,
    "remove_choice": _remove_choice,
}
