"""The fields of each request, as models that validate and describe them."""

# ruff: noqa: N815 - the names are the contract's

from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.config import JsonDict

from bridge.api.contract.fields import (
    INCOMPLETE,
    PROMPT_BUTTONS,
    AccountJobs,
    Button,
    Channel,
    Chosen,
    Flag,
    Jobs,
    Priority,
    Secret,
    Server,
    Text512,
    Text1024,
    Token,
    is_blank,
    shown,
)
from bridge.api.contract.rail_fields import AccountLabels, Labels, Pace, PerDay, QuietHours, Weight
from bridge.api.http.answers import Refusal
from bridge.api.http.form_data import FilePart
from bridge.api.http.request_body import Fields
from bridge.pixverse.profile import DEFAULT
from bridge.verbs.built_in import MOST_TEXT

_ORDER: Final = ("missing", "wrong", "too_long", "unsupported")
_NO_BUTTON: Final = "jobid or button value is missing"
_PROMPT_NEEDS: Final[JsonDict] = {"properties": {"button": {"enum": [*PROMPT_BUTTONS]}}}


class Checked(BaseModel):
    """A model whose errors have the contract's texts. Unknown fields are ignored.

    `FILES` are the formats of the fields that are uploaded. `WORDS` are the texts that the bot is given, with
    their lengths: one without visible characters counts as missing.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    MISSING: ClassVar[Mapping[str, str]] = {}
    FILES: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    WORDS: ClassVar[Mapping[str, int]] = {"prompt": MOST_TEXT}
    TOO_LONG: ClassVar[str] = "{field} is too long"


class Form(Checked):
    """The fields of every submit."""

    discord: Token | None = None
    maxJobs: Jobs | None = None
    replyUrl: Text1024 | None = None
    replyRef: Text1024 | None = None
    priority: Priority | None = None
    labels: Labels | None = None


class AccountForm(Checked):
    """The fields of an account's configuration."""

    MISSING = {
        name: f"Required param {name} is missing or empty"
        for name in ("discord", "server", "channel", "maxJobs")
    }

    discord: Secret
    server: Server
    channel: Channel
    maxJobs: AccountJobs
    paused: Flag | None = None
    maxPerDay: PerDay | None = None
    quietHours: QuietHours | None = None
    pace_s: Pace | None = None
    labels: AccountLabels | None = None
    weight: Weight | None = None


class PauseForm(Checked):
    """The field that pauses or resumes an account, if it comes without those of its configuration."""

    MISSING = {"paused": "Required param paused is missing or empty"}

    paused: Flag


class SettingsForm(Checked):
    """The fields of the caller's own settings; an empty value clears one."""

    name: Text1024 | None = None
    replyUrl: Text1024 | None = None


class SearchForm(Checked):
    """The part of a prompt that a history is searched for; a blank one does not filter."""

    prompt: Text512 | None = None


class CallbackTestForm(Checked):
    """The field of a test callback."""

    MISSING = {"replyUrl": "Required param replyUrl is missing or empty"}

    replyUrl: Text1024


class RedeliverForm(Checked):
    """The fields of `redeliver`."""

    MISSING = {"jobid": "Required param jobid is missing or empty"}

    jobid: Text512


class PlacedForm(Form):
    """Fields of the verbs that may name a place."""

    server: Text512 | None = None
    channel: Text512 | None = None


class ButtonForm(Form):
    """The fields of `button`."""

    model_config = ConfigDict(json_schema_extra={"dependentSchemas": {"prompt": _PROMPT_NEEDS}})

    MISSING = {"jobid": _NO_BUTTON, "button": _NO_BUTTON}
    TOO_LONG = "prompt, replyRef or replyUrl is too long"

    jobid: Text512
    button: Button
    value: Chosen = None
    prompt: Text512 | None = None


AnyForm = TypeVar("AnyForm", bound=Checked)


def read_form(form: type[AnyForm], fields: Fields) -> AnyForm:
    """Validate the fields; raises `Refusal` with the contract's text for the first error.

    A prompt without visible characters counts as missing: the bot would charge for a video of nothing.
    """
    shown_fields = {
        name: value
        for name, value in fields.items()
        if name not in form.WORDS or not is_blank(value, form.WORDS[name])
    }
    try:
        return form.model_validate(shown_fields)
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: _rank(one["type"]))
        raise Refusal(400, _explained(form, first), _detailed(form, first, fields)) from None


def check_prompt_button(form: ButtonForm, prompt_buttons: frozenset[str]) -> None:
    """Check that the button takes a prompt if there is one; raises `Refusal`."""
    if form.prompt is not None and form.button not in prompt_buttons:
        known = [name for name in DEFAULT.buttons if name in prompt_buttons]
        taking = ", ".join([*known, *sorted(prompt_buttons.difference(known))])
        raise Refusal(400, f"button {form.button} does not support prompt", f"A prompt goes with {taking}")


def _rank(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _explained(form: type[Checked], error: Any) -> str:
    field = str(error["loc"][0]) if error["loc"] else "body"
    if error["type"] == "missing":
        text = form.MISSING.get(field, f"{field} is missing or empty")
    elif error["type"] == "too_long":
        text = form.TOO_LONG
    else:
        text = str(error["msg"])
    return text.replace("{field}", field)


def _detailed(form: type[Checked], error: Any, fields: Fields) -> str | None:
    """Return the details of an error: field and limit, or which field is missing, where `error` does not."""
    field = str(error["loc"][0]) if error["loc"] else "body"
    if error["type"] != "missing":
        details: str | None = error.get("ctx", {}).get("details")
        return details.replace("{field}", field) if details else None
    if form.MISSING.get(field) in (INCOMPLETE, _NO_BUTTON):
        return f"{field} is missing or empty"
    if field not in form.FILES:
        return None
    names = [shown(name) for name, value in fields.items() if isinstance(value, FilePart)]
    return f"The file came as {', '.join(names[:3])}" if names else None
