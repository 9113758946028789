"""A request of each operation, as a command of curl."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

FORM: Final = "multipart/form-data"
PICTURES: Final = {"image": "picture.png", "face": "picture.png"}


def command_for(operation: Mapping[str, Any]) -> str:
    """Return the command: the address and the token are those of the environment, the rest are examples."""
    path = operation["paths"][-1]
    query = []
    for one in operation.get("parameters", ()):
        value = _example(one["schema"])
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", value)
        elif one["in"] == "query" and one["name"] == "jobid":
            query.append(f"jobid={value}")
    address = path + ("?" + "&".join(query) if query else "")
    parts = [
        f'curl -sS "$BRIDGE_URL{address}"',
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


def _example(schema: Mapping[str, Any]) -> str:
    return str(next((one for one in schema.get("examples", ()) if one != ""), ""))
