"""The operator's overrides of the built-in rows about the bot, with validation."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    field_validator,
    model_validator,
)

from bridge.accounts.notice import NoticeKind
from bridge.config.types import Snowflake, read_json, refuse_a_repeat
from bridge.jobs.command import BUILT_IN
from bridge.pixverse.patterns import usable
from bridge.pixverse.profile import DEFAULT, EchoField, Meaning, NoticeRow, Phrase, Profile
from bridge.verbs.row import VerbRow

LONGEST_NAME: Final = 32
LONGEST_LABEL: Final = 80


def overridden(profile: Profile, overrides: "Overrides") -> Profile:
    """Return the profile with the operator's rows: phrases first, others replace the built-in ones."""
    phrases = (Phrase(row.meaning, row.pattern) for row in overrides.phrases)
    notices = (NoticeRow(NoticeKind(row.meaning), row.pattern) for row in overrides.notices)
    return replace(
        profile,
        verbs=tuple(_verb(row, overrides.commands) for row in profile.verbs),
        phrases=(*phrases, *profile.phrases),
        notices=(*notices, *profile.notices),
        echo_fields=tuple(EchoField(row.key, row.field, row.in_completion) for row in overrides.echo),
        echo_end=overrides.echo_end,
        labels=tuple(overrides.buttons.items()),
        prompt_buttons=frozenset(overrides.prompt_buttons),
        application_id=overrides.application_id,
        completions_carry_ids=overrides.completions_carry_ids,
    )


def _verb(row: VerbRow, commands: Mapping[str, "CommandRow"]) -> VerbRow:
    said = commands.get(row.path)
    if said is None:
        return row
    fields = (replace(field, option=said.options.get(field.name, field.option)) for field in row.fields)
    return replace(row, command=said.name or row.command, fields=tuple(fields))


def _read_text(value: object) -> object:
    """Return the JSON value of an environment variable."""
    return read_json(value) if isinstance(value, str) else value


def _is_name(name: str) -> str:
    if len(name) > LONGEST_NAME or not name.replace("-", "_").isidentifier():
        raise ValueError(f"{name!r} is not a name of 1 to {LONGEST_NAME} letters, digits, - and _")
    return name


def _is_echo_key(key: str) -> str:
    if len(key) > LONGEST_NAME or not key.strip(" ():") or key != key.strip():
        raise ValueError(
            f"{key!r} is not a word of 1 to {LONGEST_NAME} characters (the colon is not part of it)"
        )
    return key


Name = Annotated[str, AfterValidator(_is_name)]
EchoKey = Annotated[str, AfterValidator(_is_echo_key)]
COMMAND_FIELDS: Final = tuple(name for name in BUILT_IN if name not in ("button", "value"))


class Row(BaseModel):
    """A row about the bot; immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PhraseRow(Row):
    """The meaning of a text of the bot whose own words, without what it repeats, match the pattern."""

    meaning: Meaning
    pattern: Annotated[str, AfterValidator(usable)]


class ToldRow(Row):
    """What the bot tells of credits: the group `value` of the pattern is kept as it is read."""

    meaning: Literal["credits", "limit", "out_of_credits"]
    pattern: Annotated[str, AfterValidator(usable)]

    @model_validator(mode="after")
    def read_a_value(self) -> "ToldRow":
        """Refuse a pattern of credits or a limit that reads nothing."""
        if self.meaning != "out_of_credits" and "(?P<value>" not in self.pattern:
            raise ValueError("its pattern has no group (?P<value>…)")
        return self


class CommandRow(Row):
    """The bot's name of a slash command, and its option names by the API's fields."""

    name: Name | None = None
    options: dict[str, Name] = {}


class EchoRow(Row):
    """One field that the bot repeats: its key, and whether the last message shows it."""

    field: str
    key: EchoKey
    in_completion: bool = True


class Overrides(Row):
    """All overrides; the defaults are built in."""

    application_id: Snowflake | None = None
    completions_carry_ids: bool = DEFAULT.completions_carry_ids
    phrases: Annotated[tuple[PhraseRow, ...], BeforeValidator(_read_text)] = ()
    notices: Annotated[tuple[ToldRow, ...], BeforeValidator(_read_text)] = ()
    commands: Annotated[dict[str, CommandRow], BeforeValidator(_read_text)] = {}
    buttons: Annotated[dict[str, str], BeforeValidator(_read_text)] = {}
    prompt_buttons: Annotated[tuple[str, ...], BeforeValidator(_read_text)] = tuple(
        name for name in DEFAULT.buttons if name in DEFAULT.prompt_buttons
    )
    echo: Annotated[tuple[EchoRow, ...], BeforeValidator(_read_text)] = tuple(
        EchoRow(field=row.field, key=row.key, in_completion=row.is_in_completion)
        for row in DEFAULT.echo_fields
    )
    echo_end: EchoKey = DEFAULT.echo_end

    @field_validator("phrases")
    @classmethod
    def say_each_pattern_once(cls, rows: tuple[PhraseRow, ...]) -> tuple[PhraseRow, ...]:
        """Refuse a duplicate pattern: only the first would ever match."""
        refuse_a_repeat("pattern", [row.pattern for row in rows])
        return rows

    @field_validator("commands")
    @classmethod
    def name_known_commands(cls, rows: dict[str, CommandRow]) -> dict[str, CommandRow]:
        """Refuse unknown commands and options, and two with the same name."""
        verbs = {verb.path: verb for verb in DEFAULT.verbs if verb.command is not None}
        _refuse_unknown("command", rows, verbs)
        changed = {path: _verb(verb, rows) for path, verb in verbs.items()}
        _refuse_one_name_for_two({path: verb.command or "" for path, verb in changed.items()})
        for path, row in rows.items():
            _refuse_unknown(f"option of {path}", row.options, [field.name for field in verbs[path].fields])
            _refuse_one_name_for_two({field.name: field.option for field in changed[path].fields})
        return rows

    @field_validator("buttons")
    @classmethod
    def label_known_buttons(cls, labels: dict[str, str]) -> dict[str, str]:
        """Refuse unknown buttons, and two with the same label."""
        _refuse_unknown("button", labels, DEFAULT.buttons)
        for name, label in labels.items():
            if not label.strip() or len(label) > LONGEST_LABEL:
                raise ValueError(f"the label of {name} is not a text of 1 to {LONGEST_LABEL} characters")
        _refuse_one_name_for_two({name: labels.get(name, name) for name in DEFAULT.buttons})
        return labels

    @field_validator("prompt_buttons")
    @classmethod
    def ask_at_buttons_with_a_label(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what is no label, and duplicates; the bot may have buttons that no row names."""
        for name in names:
            if not name.strip() or len(name) > LONGEST_LABEL:
                raise ValueError(f"{name!r} is not a label of 1 to {LONGEST_LABEL} characters")
        refuse_a_repeat("name", names)
        return names

    @field_validator("echo")
    @classmethod
    def begin_with_the_prompt(cls, rows: tuple[EchoRow, ...]) -> tuple[EchoRow, ...]:
        """Refuse unknown and duplicate fields, and an echo that does not start with the prompt."""
        _refuse_unknown("field", [row.field for row in rows], COMMAND_FIELDS)
        refuse_a_repeat("field", [row.field for row in rows])
        refuse_a_repeat("key", [row.key.casefold() for row in rows])
        if not rows or rows[0].field != "prompt":
            raise ValueError("entry 1 is not the field prompt, with which the bot begins")
        return rows


def _refuse_unknown(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    allowed = list(known)
    for name in names:
        if name not in allowed:
            raise ValueError(f"{name!r} is no {kind}: known are {', '.join(allowed)}")


def _refuse_one_name_for_two(names: Mapping[str, str]) -> None:
    owners: dict[str, str] = {}
    for owner, name in names.items():
        other = owners.setdefault(name.casefold().replace("-", "_"), owner)
        if other != owner:
            raise ValueError(f"{other} and {owner} would both be called {name!r}")
