"""A request of each operation, as a command of curl."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

FORM: Final = "multipart/form-data"
STREAM: Final = "text/event-stream"


def command_for(operation: Mapping[str, Any]) -> str:
    """Return the command: the address and the token are those of the environment, the rest are examples."""
    path = operation["paths"][-1]
    query = []
    for one in operation.get("parameters", ()):
        value = _example(one["schema"])
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", value)
        elif one["in"] == "query" and one["required"]:
            query.append(f"{one['name']}={value}")
    address = path + ("?" + "&".join(query) if query else "")
    parts = [
        f'curl -sS{_unbuffered(operation)} "$BRIDGE_URL{address}"',
        '-H "Authorization: Bearer $BRIDGE_TOKEN"',
        *(["-X DELETE"] if operation["method"] == "DELETE" else []),
        *_body(operation.get("requestBody", {}).get("content", {})),
    ]
    return " \\\n  ".join(parts)


def _body(content: Mapping[str, Any]) -> Iterator[str]:
    given = content.get("application/json", {}).get("example")
    if given is not None:
        yield "-H 'Content-Type: application/json'"
        yield f"-d '{json.dumps(given, ensure_ascii=False)}'"
    elif FORM in content:
        for field in content[FORM]["encoding"]:
            yield f"-F {field}=@picture.png"
        yield "-F 'prompt=a cat on a skateboard'"


def _unbuffered(operation: Mapping[str, Any]) -> str:
    """Return the option that shows a stream as it comes."""
    return " -N" if STREAM in operation["responses"].get("200", {}).get("content", {}) else ""


def _example(schema: Mapping[str, Any]) -> str:
    return str(next((one for one in schema.get("examples", ()) if one != ""), ""))
