"""The fields of requests and answers as tables: their names, types, limits and meanings."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scripts.site.markdown import code, table

ABOUT: Final = (
    "# Bodies\n\nWhat is in the answers, the callbacks and the events. A field that is not marked as "
    "required is left out where there is nothing to say. An example has all fields, also those that exclude "
    "one another."
)


def bodies(document: Mapping[str, Any]) -> str:
    """Return the page with every body that the bridge sends."""
    schemas = document["components"]["schemas"]
    sections = [
        "\n\n".join(
            [
                f"## {name}",
                schema.get("description", ""),
                fields_table(schema),
                f"```json\n{json.dumps(example_of(schema, schemas), indent=2, ensure_ascii=False)}\n```",
            ]
        )
        for name, schema in sorted(schemas.items())
        if not name.endswith("Form")
    ]
    return "\n\n".join([ABOUT, *sections]) + "\n"


def form_of(content: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the name and the schema of the body of a request, which is the same in all its forms."""
    name = next(iter(content.values()))["schema"]["$ref"].rpartition("/")[2]
    return name, document["components"]["schemas"][name]


def fields_table(schema: Mapping[str, Any]) -> str:
    """Return the table of the fields of an object."""
    required = schema.get("required", ())
    rows = [
        (code(name), type_of(field, is_required=name in required), _meaning(field))
        for name, field in schema.get("properties", {}).items()
    ]
    return table(("field", "value", "meaning"), rows) if rows else "An object."


def type_of(schema: Mapping[str, Any], *, is_required: bool) -> str:
    """Return what a value may be, in a few words."""
    return ", ".join([*_kinds(schema), *_limits(schema), *(["**required**"] if is_required else [])])


def link_to(name: str) -> str:
    """Return a link to the section of a body."""
    return f"[{name}](bodies.md#{name.lower()})"


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Return an example of a value, made of those of its parts."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if schema.get("examples"):
        return next((one for one in schema["examples"] if one != ""), schema["examples"][0])
    if "properties" in schema:
        return {name: example_of(field, schemas) for name, field in schema["properties"].items()}
    if "items" in schema:
        return [example_of(schema["items"], schemas)]
    return schema.get("default", schema.get("enum", [None])[0])


def _kinds(schema: Mapping[str, Any]) -> Iterator[str]:
    if "anyOf" in schema:
        yield " or ".join(kind for one in schema["anyOf"] for kind in _kinds(one))
    elif "$ref" in schema:
        yield link_to(schema["$ref"].rpartition("/")[2])
    elif "enum" in schema:
        yield " · ".join(code(str(one)) for one in schema["enum"] if one != "")
    elif "items" in schema:
        yield f"list of {''.join(_kinds(schema['items']))}"
    elif schema.get("format") == "date-time":
        yield "time"
    else:
        yield {"integer": "whole number", "string": "text"}.get(
            schema.get("type", ""), schema.get("type", "any")
        )


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    if "minimum" in schema and "maximum" in schema:
        yield f"{schema['minimum']} to {schema['maximum']}"
    elif "minimum" in schema:
        yield f"{schema['minimum']} or more"
    if "maxLength" in schema:
        yield f"at most {schema['maxLength']} characters"


def _meaning(field: Mapping[str, Any]) -> str:
    return str(field.get("description", ""))
