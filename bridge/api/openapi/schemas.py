"""The JSON schemas of requests and answers: those of the models, without `null` where none is sent."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

TEMPLATE: Final = "#/components/schemas/{model}"


class Schemas:
    """Schemas by type, and the components that they refer to."""

    def __init__(self, forms: Sequence[Any], answers: Sequence[Any]) -> None:
        modes: tuple[tuple[Sequence[Any], JsonSchemaMode], ...] = (
            (forms, "validation"),
            (answers, "serialization"),
        )
        inputs = [(str(kind), mode, TypeAdapter(kind)) for kinds, mode in modes for kind in kinds]
        found, more = TypeAdapter.json_schemas(
            inputs, ref_template=TEMPLATE, schema_generator=_WithoutNull, union_format="any_of"
        )
        self._by_kind: Mapping[str, Any] = {str(key): schema for (key, _), schema in found.items()}
        self.components: Mapping[str, Any] = more.get("$defs", {})

    def of(self, kind: Any) -> Any:
        """Return the schema of a type."""
        return self._by_kind[str(kind)]


class _WithoutNull(GenerateJsonSchema):
    """What has the default None is left out when it is None; everything else is always there."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = schema["schema"]
        if schema.get("default") is None and inner["type"] == "nullable":
            return self.generate_inner(inner["schema"])
        return super().default_schema(schema)

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ARG002, FBT001 - the library's
        inner = field["schema"]
        return inner["type"] != "default" or inner.get("default") is not None

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - a field's name is enough
        return False
