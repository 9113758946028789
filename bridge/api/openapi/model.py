"""The description of a route, besides its handler."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.access.scopes import Scope
from bridge.api.contract.requests import Checked
from bridge.api.http.answers import Refusal
from bridge.api.http.request_body import FORM, JSON, URLENCODED
from bridge.verbs.row import VerbRow

TEXT: Final[Mapping[str, Any]] = {"type": "string"}
CHANNEL: Final = "1198543296534728704"
JOB: Final = "01a2242ea224ace169bdf21a18d04af7"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query, or a request header if `place` says so."""

    name: str
    about: str
    example: str | int
    schema: Mapping[str, Any] = field(default_factory=lambda: TEXT)
    place: str = "query"
    is_required: bool = False


PATH: Final[Mapping[str, Parameter]] = {
    "channel": Parameter(
        "channel", "The Discord channel of the account", CHANNEL, place="path", is_required=True
    )
}
"""The parameters of paths, by name."""


@dataclass(frozen=True, slots=True)
class Success:
    """The successful answer: its content by media type; none for 204."""

    about: str
    contents: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation; the handler validates `form` from a body of `types`. Without `scope` any token may.

    `verb` is what a submit asks for.
    """

    name: str
    tag: str
    summary: str
    success: Success
    scope: Scope | None
    about: str = ""
    parameters: tuple[Parameter, ...] = ()
    form: type[Checked] | None = None
    types: tuple[str, ...] = (JSON, FORM, URLENCODED)
    refusals: tuple[Refusal, ...] = ()
    is_submit: bool = False
    verb: VerbRow | None = None
