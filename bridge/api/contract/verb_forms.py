"""The forms of the verbs: models that validate a request and describe it, made from the rows of the verbs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, isfinite
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

from bridge.api.contract.fields import (
    as_flag,
    as_text,
    as_whole_number,
    at_least,
    at_most,
    not_one_of,
    one_of,
    schema,
    shown,
)
from bridge.api.contract.requests import PlacedForm, read_form
from bridge.api.http.answers import Refusal
from bridge.api.http.request_body import Fields
from bridge.jobs.command import Upload
from bridge.verbs.row import AppliesTo, FieldRow, Kind, VerbRow

_REFS: Final = "replyRef or replyUrl"


@cache
def form_of(verb: VerbRow) -> type[PlacedForm]:
    """Return the form of a verb that runs a command of the bot."""
    fields: dict[str, Any] = {field.name: _definition(field) for field in verb.fields}
    form: type[PlacedForm] = create_model(
        _name(verb),
        __base__=PlacedForm,
        __doc__=f"The fields of `{verb.path}`.",
        __module__=__name__,
        **fields,
    )
    words = {field.name: int(field.most or 0) for field in verb.fields if field.kind is Kind.STRING}
    form.MISSING = {field.name: field.missing for field in verb.fields if field.missing}
    form.FILES = {field.name: field.formats for field in verb.file_fields}
    form.WORDS = words
    form.TOO_LONG = f"{', '.join([*words, _REFS])} is too long"
    return form


@dataclass(frozen=True, slots=True)
class VerbForm:
    """The form of a verb, which is made once: it reads the fields of each request."""

    verb: VerbRow
    form: type[PlacedForm]

    def read(self, fields: Fields) -> PlacedForm:
        """Validate the fields of a request; raises `Refusal`."""
        form = read_form(self.form, fields)
        for field in self.verb.fields:
            if field.applies_to is not None:
                _check_applying(form, field, field.applies_to)
        return form


def reader_of(verb: VerbRow) -> VerbForm:
    """Return the form of a verb that reads requests."""
    return VerbForm(verb, form_of(verb))


def _check_applying(form: PlacedForm, field: FieldRow, applies_to: AppliesTo) -> None:
    """Check a choice that applies to some values of another field only."""
    value, other = getattr(form, field.name), getattr(form, applies_to.field)
    if value is not None and other in applies_to.values and value not in field.values:
        raise Refusal(400, not_one_of(field.name, shown(value), field.values))


def _name(verb: VerbRow) -> str:
    """Return the name of the form's schema, such as `CreateSingleForm`."""
    return "".join(part.capitalize() for part in verb.path.split("_")) + "Form"


def _definition(field: FieldRow) -> tuple[Any, Any]:
    """Return the type of a field, and its default: a required one has none."""
    kind = _TYPES[field.kind](field)
    return (kind, ...) if field.is_required else (kind | None, None)


def _string(field: FieldRow) -> Any:
    limits: list[Any] = [AfterValidator(at_most(int(field.most)))] if field.most is not None else []
    limits += [AfterValidator(at_least(int(field.least)))] if field.least is not None else []
    said = _limits(field, "minLength", "maxLength")
    return _annotated(str, [BeforeValidator(as_text), *limits, schema("string", **said)])


def _integer(field: FieldRow) -> Any:
    check = BeforeValidator(_within(field, as_whole_number, "a whole number"))
    return _annotated(int, [check, schema("integer", **_limits(field, "minimum", "maximum"))])


def _number(field: FieldRow) -> Any:
    check = BeforeValidator(_within(field, _as_number, "a number"))
    return _annotated(float, [check, schema("number", **_limits(field, "minimum", "maximum"))])


def _boolean(_field: FieldRow) -> Any:
    return _annotated(bool, [BeforeValidator(as_flag), schema("boolean")])


def _choice(field: FieldRow) -> Any:
    """Return the type of a choice; one that applies with another field only is checked when that is known."""
    said: dict[str, Any] = {"enum": list(field.values)}
    checks: list[Any] = [BeforeValidator(as_text)]
    if field.applies_to is None:
        checks.append(AfterValidator(one_of(*field.values)))
    else:
        said["x-applies-to"] = {field.applies_to.field: list(field.applies_to.values)}
    return _annotated(str, [*checks, schema("string", **said)])


def _file(_field: FieldRow) -> Any:
    """Return the type of a file: not `Upload`, whose own schema would be described too."""
    return _annotated(object, [BeforeValidator(_uploaded), schema("string", format="binary")])


_TYPES: Final[dict[Kind, Callable[[FieldRow], Any]]] = {
    Kind.STRING: _string,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
    Kind.IMAGE: _file,
    Kind.VIDEO: _file,
}


def _annotated(kind: type, checks: Sequence[BeforeValidator | AfterValidator | WithJsonSchema]) -> Any:
    annotated: Any = Annotated
    return annotated[(kind, *checks)]


def _limits(field: FieldRow, least: str, most: str) -> dict[str, Any]:
    given = ((least, field.least), (most, field.most))
    return {name: _in_short(value) for name, value in given if value is not None}


def _within(field: FieldRow, read: Callable[[object], float | None], what: str) -> Callable[[object], float]:
    """Return the check of a number that is given as a number or text."""
    least, most = field.least, field.most
    rule = f"must be {_range(least, most) or what}"

    def check(value: object) -> float:
        number = read(value)
        low, high = -inf if least is None else least, inf if most is None else most
        if number is None or not low <= number <= high:
            raise PydanticCustomError("unsupported", f"{{field}} {shown(value)} not supported, {rule}")
        return number

    return check


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f"{_in_short(least)}…{_in_short(most)}"
    if least is not None:
        return f"at least {_in_short(least)}"
    return "" if most is None else f"at most {_in_short(most)}"


def _in_short(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _as_number(value: object) -> float | None:
    """Return a number given as a number or text, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value) if len(str(value)) <= 40 else inf
    except ValueError:
        return None
    return number if isfinite(number) else None


def _uploaded(value: object) -> Upload:
    if not isinstance(value, Upload):
        raise PydanticCustomError("wrong", "{field} must be a file")
    return value
