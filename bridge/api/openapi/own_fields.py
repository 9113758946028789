"""What the configuration of a bridge adds to the description: fields of verbs, in requests and records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bridge.api.contract.verb_forms import form_of
from bridge.api.contract.views import JobRecord
from bridge.api.openapi.examples import good_value
from bridge.api.openapi.fields import Field
from bridge.verbs.built_in import BUILT_IN
from bridge.verbs.row import FieldRow, Kind, VerbRow

RECORD: Final = JobRecord.__name__
_TYPES: Final[Mapping[Kind, str]] = {
    Kind.STRING: "string",
    Kind.CHOICE: "string",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
}


def own_fields(verbs: Sequence[VerbRow]) -> Mapping[str, Field]:
    """Return the sentences about fields that are not as the built-in verbs have them, by `Schema.field`."""
    found = {}
    for verb, field in _own(verbs):
        examples = () if field.is_file else (good_value(field),)
        about = field.about or f"The option `{field.option}` of the bot's command"
        found[f"{form_of(verb).__name__}.{field.name}"] = Field(about, examples)
        if field.name not in JobRecord.model_fields:
            found[f"{RECORD}.{field.name}"] = Field("As it was asked for", examples)
    return found


def with_own_fields(schema: Mapping[str, Any], verbs: Sequence[VerbRow]) -> dict[str, Any]:
    """Return the schema of a record with the verbs of a bridge, and their fields."""
    properties = dict(schema["properties"])
    properties["verb"] = {**properties["verb"], "enum": [verb.name for verb in verbs]}
    types: dict[str, list[str]] = {}
    for _, field in _own(verbs):
        if field.is_file:
            properties.setdefault(field.name, {"$ref": "#/components/schemas/UploadView"})
        elif field.name not in JobRecord.model_fields:
            types.setdefault(field.name, []).append(_TYPES[field.kind])
    for name, several in types.items():
        kinds = list(dict.fromkeys(several))
        properties.setdefault(name, {"type": kinds if len(kinds) > 1 else kinds[0]})
    return {**schema, "properties": properties}


def _own(verbs: Sequence[VerbRow]) -> Iterator[tuple[VerbRow, FieldRow]]:
    """Yield the fields that a configuration has added, or changed in more than the bot's name of them."""
    built_in = {verb.name: verb for verb in BUILT_IN}
    for verb in verbs:
        for field in verb.fields:
            other = built_in[verb.name].field(field.name) if verb.name in built_in else None
            if other is None or replace(field, option=other.option) != other:
                yield verb, field
