"""The verbs that a bridge has, as programs learn them: a page, a command line, a form."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, WithJsonSchema

from bridge.verbs.built_in import MOST_TEXT
from bridge.verbs.row import FieldRow, Kind, VerbRow

KindName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(Kind)})]


class AppliesView(BaseModel):
    """The field, and the values of it, with which another field applies."""

    name: str
    values: list[str]


class FieldView(BaseModel):
    """A field: `min` and `max` limit the length of a string, or a number; `formats` are endings of files."""

    name: str
    type: KindName
    required: bool
    min: float | None = None
    max: float | None = None
    choices: list[str] | None = None
    formats: list[str] | None = None
    appliesTo: AppliesView | None = None  # noqa: N815 - the house style of the API
    about: str | None = None


class VerbView(BaseModel):
    """A verb: it is POSTed to `/v1/pixverse/` and its path, and a result has so many files."""

    verb: str
    path: str
    command: str | None = None
    about: str
    files: int
    buttons: list[str]
    fields: list[FieldView]


class VerbsBody(BaseModel):
    """The verbs, the built-in ones first."""

    verbs: list[VerbView]
    code: int = 200


def verbs_body(verbs: Sequence[VerbRow]) -> VerbsBody:
    """Return the verbs of a bridge."""
    return VerbsBody(verbs=[_verb(verb) for verb in verbs])


def _verb(verb: VerbRow) -> VerbView:
    return VerbView(
        verb=verb.name,
        path=verb.path,
        command=verb.command,
        about=verb.about,
        files=verb.files,
        buttons=list(verb.buttons),
        fields=[*(_PRESS if verb.command is None else ()), *map(_field, verb.fields)],
    )


def _field(field: FieldRow) -> FieldView:
    applies = field.applies_to
    return FieldView(
        name=field.name,
        type=field.kind,
        required=field.is_required,
        min=field.least,
        max=field.most,
        choices=list(field.values) or None,
        formats=list(field.formats) or None,
        appliesTo=AppliesView(name=applies.field, values=list(applies.values)) if applies else None,
        about=field.about or None,
    )


_PRESS = (
    FieldView(name="jobid", type=Kind.STRING, required=True, max=MOST_TEXT),
    FieldView(name="button", type=Kind.STRING, required=True),
    FieldView(name="value", type=Kind.STRING, required=False),
)
"""What a press has instead of a place: the job and the button, and of a menu what is chosen."""
