"""Discord's OpenAPI description: which answer is described, and whether one is as it says."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FILE: Final = Path(__file__).resolve().parents[2].parent / "shared" / "discord" / "openapi.json"
URI: Final = "urn:discord"
NUMBERED: Final = re.compile(r"\{(\w*_id|which)\}")
PLACEHOLDER: Final = re.compile(r"\{\w+\}")

# Where Discord's prose says otherwise than its description, the prose is right: it has recorded answers.
# "Error Messages" shows string codes for the errors of a form; "Rate Limits" shows a 429 without a code.
THROTTLED: Final = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}
FORM_ERROR: Final = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
}


@dataclass(frozen=True)
class Answer:
    """What was answered to a request; `body` is the JSON, None for nothing."""

    method: str
    path: str
    status: int
    body: Any


@dataclass(frozen=True)
class Description:
    """The document, asked about one answer at a time."""

    document: dict[str, Any]

    def faults_of(self, answer: Answer) -> list[str] | None:
        """Return what is wrong with an answer, None where the document does not describe it."""
        found = self._response(answer)
        if found is None:
            return None
        pointer, response = found
        if "content" not in response:
            return [] if answer.body is None else ["a body where none is described"]
        errors = self._validator(f"{pointer}/content/application~1json/schema").iter_errors(answer.body)
        return [told for error in errors for told in _told(error)]

    def _response(self, answer: Answer) -> tuple[str, dict[str, Any]] | None:
        for template, pattern in self._patterns:
            operation = self.document["paths"][template].get(answer.method.lower())
            if operation is None or not pattern.fullmatch(answer.path):
                continue
            for status in (str(answer.status), f"{answer.status // 100}XX"):
                if status in operation["responses"]:
                    place = f"/paths/{_escaped(template)}/{answer.method.lower()}/responses/{status}"
                    return self._followed(place, operation["responses"][status])
        return None

    def _followed(self, place: str, response: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if "$ref" not in response:
            return place, response
        place = response["$ref"].removeprefix("#")
        _, _, group, name = place.split("/")
        return place, self.document["components"][group][name]

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        """Return the paths, those with fewer placeholders first: `@me` is no id."""
        ordered = sorted(self.document["paths"], key=lambda each: each.count("{"))
        return [
            (each, re.compile(PLACEHOLDER.sub("[^/]+", NUMBERED.sub("[0-9]+", each)))) for each in ordered
        ]

    @cached_property
    def _registry(self) -> Registry[Any]:
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        registry: Registry[Any] = Registry().with_resource(URI, resource)
        return registry

    @cached_property
    def _validators(self) -> dict[str, Draft202012Validator]:
        return {}

    def _validator(self, pointer: str) -> Draft202012Validator:
        if pointer not in self._validators:
            schema = {"$ref": f"{URI}#{pointer}"}
            self._validators[pointer] = Draft202012Validator(schema, registry=self._registry)
        return self._validators[pointer]


@cache
def described() -> Description | None:
    """Return the description, None where the file is not."""
    if not FILE.exists():
        return None
    document = json.loads(FILE.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    schemas["InnerErrors"]["properties"]["_errors"]["items"] = FORM_ERROR
    schemas["RatelimitedResponse"]["allOf"][0] = THROTTLED
    return Description(document)


def _told(error: Any, depth: int = 0) -> Iterator[str]:
    """Say where and what; of alternatives, what was wrong with the nearest one."""
    if not error.context or depth > 8:
        yield f"{error.json_path}: {error.message[:200]}"
        return
    groups: dict[int, list[Any]] = {}
    for each in error.context:
        groups.setdefault(each.schema_path[0], []).append(each)
    best = min(
        groups.values(), key=lambda group: (any(each.validator == "type" for each in group), len(group))
    )
    for each in best:
        yield from _told(each, depth + 1)


def _escaped(template: str) -> str:
    return template.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
