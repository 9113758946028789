"""The faults that stand now: asked by the gateway and by REST before they act."""

from dataclasses import dataclass, field

from bridge.sandbox.clock import Clock
from bridge.sandbox.wire import Json

__all__ = ["Fault", "FaultBoard"]

NOWHERE = "//"


@dataclass
class Fault:
    """One fault as it was ordered; `times` counts down, None lasts until it is cleared."""

    name: str
    user_id: int | None = None
    times: int | None = None
    fields: Json = field(default_factory=dict)

    def concerns(self, user_id: int | None) -> bool:
        """Tell whether it is meant for this user."""
        return self.user_id is None or self.user_id == user_id


class FaultBoard:
    """A bounded list of standing faults."""

    MOST = 1000

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._standing: list[Fault] = []

    def put_up(self, fault: Fault, seconds: float | None = None) -> None:
        """Let a fault stand, for a time or until it is cleared or used up."""
        self._standing = [*self._standing, fault][-self.MOST :]
        if seconds is not None:
            self._clock.later(seconds, lambda: self.take_down(fault))

    def take_down(self, fault: Fault) -> None:
        """End one fault."""
        self._standing = [each for each in self._standing if each is not fault]

    def clear(self) -> None:
        """End them all."""
        self._standing = []

    def stands(self, name: str, user_id: int | None) -> bool:
        """Tell whether a fault is in force, without using it up."""
        return self.standing(name, user_id) is not None

    def standing(self, name: str, user_id: int | None) -> Fault | None:
        """Return a fault that is in force, without using it up."""
        return next((each for each in self._standing if each.name == name and each.concerns(user_id)), None)

    def all_named(self, name: str) -> list[Fault]:
        """Return all faults with that name."""
        return [each for each in self._standing if each.name == name]

    def strikes(self, name: str, user_id: int | None) -> Fault | None:
        """Return a fault that is in force now, one time less of it being left."""
        fault = self.standing(name, user_id)
        return self._use(fault) if fault is not None else None

    def strikes_path(self, path: str, user_id: int | None, spared: str | None = None) -> Fault | None:
        """Return the REST fault that concerns a path behind `/api/vN`, none of the name that is spared."""
        for fault in self._standing:
            is_meant = fault.concerns(user_id) and fault.name != spared
            if is_meant and path.startswith(fault.fields.get("route", NOWHERE)):
                return self._use(fault)
        return None

    def listed(self) -> list[Json]:
        """Show what stands now."""
        return [{"fault": each.name, "times": each.times, **each.fields} for each in self._standing]

    def _use(self, fault: Fault) -> Fault:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.take_down(fault)
        return fault
