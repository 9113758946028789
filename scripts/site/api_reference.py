"""The reference of the API, made of its description: a page for each resource, and one for the bodies."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scripts.site.api_examples import command_for
from scripts.site.api_fields import bodies, fields_table, form_of, link_to, type_of
from scripts.site.markdown import anchor, code, table
from scripts.site.places import API, ROOT

METHODS: Final = ("get", "post", "delete")
ABOUT: Final = (
    "# Every operation\n\n[The API](../../api.md) tells how the operations work together. The pages of the "
    "resources have each with its fields, its answers and its errors; [bodies](bodies.md) has what is in the "
    "answers. All of it is made of [openapi.json](../../openapi.json), which a running bridge serves too."
)
EVERYWHERE: Final = (
    "## Errors of every operation\n\nEach operation has these, besides those that it lists itself. "
    "A word in `<…>` stands for a value."
)

Error = tuple[str, str, str]
"""The status, the text and the details of an error."""


def api_pages() -> Iterator[tuple[str, str]]:
    """Yield the names of the pages and their texts."""
    document = _document()
    operations = list(_operations(document))
    shared = set.intersection(*(set(_errors(one)) for one in operations if one["security"]))
    yield f"{API}/index.md", _index(operations, shared)
    for tag in (tag["name"] for tag in document["tags"]):
        sections = [_section(one, document, shared) for one in operations if tag in one["tags"]]
        yield f"{API}/{_page_of(tag)}", "\n\n".join([f"# {tag}", *sections]) + "\n"
    yield f"{API}/bodies.md", bodies(document)


def requests() -> list[dict[str, Any]]:
    """Return what a program can ask of the bridge: each operation with its method and its paths."""
    return [one for one in _operations(_document()) if one["paths"]]


def page_names() -> list[str]:
    """Return the files of the pages, in the order in which the site shows them."""
    return [name for name, _ in api_pages()]


def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    return document


def _page_of(tag: str) -> str:
    return f"{tag.lower()}.md"


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each operation with its method and its paths; one that two paths lead to comes once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path, item in document["paths"].items():
        for method in filter(item.__contains__, METHODS):
            one = {**item[method], "method": method.upper(), "paths": []}
            found.setdefault((method, one["summary"]), one)["paths"].append(path)
    yield from found.values()
    ended = document["paths"]["/v1/pixverse/create"]["post"]["callbacks"]["ended"]
    told = {"tags": ["Callbacks"], **next(iter(ended.values()))["post"]}
    for one in (told, document["webhooks"]["accountChanged"]["post"]):
        yield {**one, "method": "POST", "paths": []}


def _index(operations: list[dict[str, Any]], shared: set[Error]) -> str:
    rows = [
        (
            code(f"{one['method']} {path}"),
            f"[{one['summary']}]({_page_of(one['tags'][0])}#{anchor(one['summary'])})",
            _scopes(one),
        )
        for one in operations
        for path in one["paths"]
    ]
    errors = table(("status", "`error`", "`errorDetails`"), _error_rows(sorted(shared)))
    return "\n\n".join([ABOUT, table(("request", "what it does", "scope"), rows), EVERYWHERE, errors]) + "\n"


def _section(operation: Mapping[str, Any], document: Mapping[str, Any], shared: set[Error]) -> str:
    own = [one for one in _errors(operation) if one not in shared]
    return "\n\n".join(
        filter(
            None,
            [
                f"## {operation['summary']}",
                _request_line(operation),
                operation.get("description", ""),
                *_parameters(operation),
                *_body(operation, document),
                "**Answers**",
                table(("status", "what it means", "body"), _answers(operation)),
                *(
                    _folded("Errors", table(("status", "`error`", "`errorDetails`"), _error_rows(own)))
                    if own
                    else ()
                ),
                *(_folded("Example", f"```sh\n{command_for(operation)}\n```") if operation["paths"] else ()),
            ],
        )
    )


def _request_line(operation: Mapping[str, Any]) -> str:
    if not operation["paths"]:
        return "The bridge sends this to you."
    lines = "\n".join(f"{operation['method']} {path}" for path in operation["paths"])
    scope = _scopes(operation)
    return f"```http\n{lines}\n```\n\n" + (f"Scope: {scope}." if scope else "Any API token may ask for this.")


def _scopes(operation: Mapping[str, Any]) -> str:
    return ", ".join(code(scope) for one in operation["security"] for scope in one["bearer"])


def _parameters(operation: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        (
            code(one["name"]),
            one["in"],
            type_of(one["schema"], is_required=one["required"]),
            one.get("description", ""),
        )
        for one in operation.get("parameters", ())
    ]
    if rows:
        yield "**Parameters**"
        yield table(("name", "in", "value", "meaning"), rows)


def _body(operation: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        name, schema = form_of(content, document)
        yield f"**Body** as {', '.join(map(code, content))}"
        yield f"A {link_to(name)}." if not operation["paths"] else fields_table(schema)


def _answers(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for status, answer in operation["responses"].items():
        shapes = [f"{code(kind)}: {_shape(one['schema'])}" for kind, one in answer.get("content", {}).items()]
        headers = ", ".join(map(code, answer.get("headers", {})))
        told = answer["description"] + (f" (headers {headers})" if headers else "")
        yield code(status), told, "; ".join(shapes).replace("`application/json`: ", "")


def _shape(schema: Mapping[str, Any]) -> str:
    if "additionalProperties" in schema:
        return f"an object of {_shape(schema['additionalProperties'])}"
    if "items" in schema:
        return f"a list of {_shape(schema['items'])}"
    return link_to(schema["$ref"].rpartition("/")[2]) if "$ref" in schema else str(schema.get("type", ""))


def _errors(operation: Mapping[str, Any]) -> Iterator[Error]:
    """Yield each error of an operation once."""
    for status, answer in operation["responses"].items():
        examples = answer.get("content", {}).get("application/json", {}).get("examples", {})
        for value in (one["value"] for one in examples.values()):
            yield status, value["error"], str(value.get("errorDetails", ""))


def _error_rows(errors: list[Error]) -> Iterator[tuple[str, str, str]]:
    for status, error, details in errors:
        yield code(status), code(error), code(details)


def _folded(title: str, text: str) -> Iterator[str]:
    """Yield a block that a reader opens."""
    yield "\n".join([f'??? note "{title}"', "", *(f"    {line}".rstrip() for line in text.splitlines())])
