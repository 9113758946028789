"""The reference of the settings: types and limits out of the code, meanings out of the example file."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from annotated_types import Ge, Gt, Le
from pydantic_core import to_jsonable_python

from bridge.config.settings import Settings, every_key, variable
from bridge.config.types import GREATEST
from scripts.site.markdown import code, table
from scripts.site.places import ROOT, SETTINGS

ABOUT: Final = (
    "# Every setting\n\nEvery key of the configuration file with its variable, its default and its limits. "
    "[Configuration](../configuration.md) tells where values come from and explains the less simple ones; "
    "`pixverse-bridge check --all` prints those that a bridge would use."
)
EXAMPLE: Final = "## The whole file\n\nWith every default, as `config.example.yaml` in the repository:"
GENERAL: Final = "General"
SIMPLE: Final[Mapping[str, str]] = {
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "mapping",
}
LONGEST: Final = 80
"""A longer default is in the file below the tables."""

_LINE: Final = re.compile(r"^#?((?:  )*)#?([a-z_]+):(.*?)(?: # (.*))?$")
_PAGE: Final = re.compile(r"docs/([\w-]+\.md)")
_COMMENT: Final = re.compile(r"^ *# (.*)$")


def setting_page() -> tuple[str, str]:
    """Return the name of the page with every setting, and its text."""
    example = (ROOT / "bridge" / "config" / "example.yaml").read_text(encoding="utf-8")
    told, kinds = _comments(example), _kinds(Settings.model_json_schema())
    sections = [
        f"## {section}\n\n"
        + table(("key", "variable", "value", "default", "meaning"), _rows(keys, told, kinds))
        for section, keys in _sections()
    ]
    return SETTINGS, "\n\n".join([ABOUT, *sections, EXAMPLE, f"```yaml\n{example}```"]) + "\n"


def _sections() -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """Yield the keys by their section; those that stand in none come together, and first."""
    keys = sorted(every_key(), key=lambda one: "." in one[0])
    for section, its in groupby(keys, lambda one: one[0].partition(".")[0] if "." in one[0] else GENERAL):
        yield section, list(its)


def _rows(
    keys: list[tuple[str, Any]], told: Mapping[str, str], kinds: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    for key, field in keys:
        kind = ", ".join([kinds[key], *_limits(field.metadata)])
        meaning = _PAGE.sub(r"[\1](../\1)", told.get(key, ""))
        yield code(key), code(variable(key)), kind, _default(field), meaning


def _default(field: Any) -> str:
    given = field.get_default(call_default_factory=True)
    if given in (None, (), "", {}):
        return "none"
    plain = to_jsonable_python(given)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return code(text) if len(text) <= LONGEST else "[see below](#the-whole-file)"


def _kinds(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return what each key may be."""
    return {key: _kind(field, schema["$defs"]) for key, field in _fields(schema, schema["$defs"], "")}


def _fields(schema: Mapping[str, Any], parts: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name, field in schema["properties"].items():
        section = parts.get(field.get("$ref", "").rpartition("/")[2], {})
        if "properties" in section:
            yield from _fields(section, parts, f"{path}{name}.")
        else:
            yield f"{path}{name}", field


def _kind(field: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """Return what a value may be, in a few words."""
    if "anyOf" in field:
        return _kind(next(one for one in field["anyOf"] if one.get("type") != "null"), parts)
    if "$ref" in field:
        return _kind(parts[field["$ref"].rpartition("/")[2]], parts)
    if "enum" in field:
        return " · ".join(map(code, field["enum"]))
    if "items" in field:
        return f"list of {_kind(field['items'], parts)}"
    return {"path": "path", "password": "text"}.get(
        field.get("format", ""), SIMPLE.get(field.get("type", ""), "text")
    )


def _limits(rules: list[Any]) -> Iterator[str]:
    """Yield the lowest and the highest value; the field's own rules come before those of its type."""
    lowest = [f"{rule.ge} or more" for rule in rules if isinstance(rule, Ge)]
    above = [f"more than {rule.gt}" for rule in rules if isinstance(rule, Gt)]
    highest = [f"at most {rule.le}" for rule in rules if isinstance(rule, Le) and rule.le != GREATEST]
    yield from (above or lowest)[:1]
    yield from highest[:1]


def _comments(example: str) -> dict[str, str]:
    """Return what the example file says of each key: behind it, or in the lines above it."""
    told: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    above: list[str] = []
    for line in example.splitlines():
        if key := _LINE.match(line):
            path = [*(one for one in path if one[0] < len(key[1])), (len(key[1]), key[2])]
            given = f"such as {code(key[3].strip())}" if line.startswith("#") or "  #" in line else ""
            told[".".join(name for _, name in path)] = _meaning(key[4] or "", given) or " ".join(above)
            above = []
        elif comment := _COMMENT.match(line):
            above.append(comment[1])
        else:
            above = []
    return told


def _meaning(comment: str, given: str) -> str:
    """Return what stands behind a key, after the value that a reader would uncomment."""
    return f"{given}{' ' if comment.startswith('or ') else '; '}{comment}" if given and comment else comment
