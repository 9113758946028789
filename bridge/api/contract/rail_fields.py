"""The types of the fields that are guard rails of accounts, or choose accounts by their labels."""

from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from bridge.accounts.guard_rails import (
    MOST_PACE_S,
    MOST_PER_DAY,
    MOST_WEIGHT,
    OFF,
    BadGuardRail,
    read_labels,
    read_quiet_hours,
)
from bridge.api.contract.fields import as_text, schema, shown, whole


def _guard_rail(read: Callable[[str], object], off: object = None) -> Callable[[object], object]:
    def check(value: object) -> object:
        text = as_text(value)
        if off is not None and text.strip().lower() == OFF:
            return off
        try:
            return read(text)
        except BadGuardRail as error:
            raise PydanticCustomError("unsupported", f"{{field}} {error}") from None

    return check


def _quiet(text: str) -> str:
    read_quiet_hours(text)
    return text.strip()


def _pace(value: object) -> float:
    is_number = isinstance(value, str | int | float) and not isinstance(value, bool)
    try:
        seconds = float(str(value)) if is_number else -1.0
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MOST_PACE_S:
        text = f"{{field}} {shown(value)} not supported, must be 0…{MOST_PACE_S}"
        raise PydanticCustomError("unsupported", text)
    return seconds


QuietHours = Annotated[str, BeforeValidator(_guard_rail(_quiet, OFF)), schema("string", maxLength=80)]
AccountLabels = Annotated[
    tuple[str, ...], BeforeValidator(_guard_rail(read_labels, ())), schema("string", maxLength=1024)
]
Labels = Annotated[
    tuple[str, ...], BeforeValidator(_guard_rail(read_labels)), schema("string", maxLength=1024)
]
Pace = Annotated[float, BeforeValidator(_pace), schema("number", minimum=0, maximum=MOST_PACE_S)]
PerDay = Annotated[
    int, BeforeValidator(whole(0, MOST_PER_DAY)), schema("integer", minimum=0, maximum=MOST_PER_DAY)
]
Weight = Annotated[
    int, BeforeValidator(whole(1, MOST_WEIGHT)), schema("integer", minimum=1, maximum=MOST_WEIGHT)
]
