"""The operator's overrides of the built-in rows about the bot, with validation."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, field_validator, model_validator

from bridge.accounts.notice import NoticeKind
from bridge.config.types import Snowflake, read_json, refuse_a_repeat
from bridge.config.verb_rows import LONGEST_LABEL, LONGEST_NAME, CommandRow, Row
from bridge.config.verbs import refuse_one_name_for_two, refuse_unknown, verbs_of
from bridge.pixverse.patterns import usable
from bridge.pixverse.profile import DEFAULT, EchoField, Meaning, NoticeRow, Phrase, Profile
from bridge.verbs.row import VerbRow


def overridden(profile: Profile, overrides: "Overrides") -> Profile:
    """Return the profile with the operator's rows: phrases first, others replace the built-in ones."""
    phrases = (Phrase(row.meaning, row.pattern) for row in overrides.phrases)
    notices = (NoticeRow(NoticeKind(row.meaning), row.pattern) for row in overrides.notices)
    verbs = verbs_of(overrides.commands)
    return replace(
        profile,
        verbs=verbs,
        buttons=button_names(verbs),
        phrases=(*phrases, *profile.phrases),
        notices=(*notices, *profile.notices),
        echo_fields=tuple(EchoField(row.key, row.field, row.in_completion) for row in overrides.echo),
        echo_end=overrides.echo_end,
        labels=tuple(overrides.buttons.items()),
        prompt_buttons=frozenset(overrides.prompt_buttons),
        application_id=overrides.application_id,
        completions_carry_ids=overrides.completions_carry_ids,
    )


def button_names(verbs: Iterable[VerbRow]) -> tuple[str, ...]:
    """Return the names of all buttons: those that every result can have, and those of verbs."""
    return tuple(dict.fromkeys((*DEFAULT.buttons, *(name for verb in verbs for name in verb.buttons))))


def _read_text(value: object) -> object:
    """Return the JSON value of an environment variable."""
    return read_json(value) if isinstance(value, str) else value


def _is_echo_key(key: str) -> str:
    if len(key) > LONGEST_NAME or not key.strip(" ():") or key != key.strip():
        raise ValueError(
            f"{key!r} is not a word of 1 to {LONGEST_NAME} characters (the colon is not part of it)"
        )
    return key


EchoKey = Annotated[str, AfterValidator(_is_echo_key)]


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
    commands: Annotated[dict[str, CommandRow], BeforeValidator(_read_text)] = {}  # noqa: RUF012 - pydantic copies it
    buttons: Annotated[dict[str, str], BeforeValidator(_read_text)] = {}  # noqa: RUF012 - pydantic copies it
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
        """Refuse rows that are no verbs, unknown fields and options, and two with the same name."""
        verbs_of(rows)
        return rows

    @field_validator("buttons")
    @classmethod
    def label_known_buttons(cls, labels: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        """Refuse unknown buttons, and two with the same label."""
        known = button_names(_verbs(info))
        refuse_unknown("button", labels, known)
        for name, label in labels.items():
            if not label.strip() or len(label) > LONGEST_LABEL:
                raise ValueError(f"the label of {name} is not a text of 1 to {LONGEST_LABEL} characters")
        refuse_one_name_for_two({name: labels.get(name, name) for name in known})
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
    def begin_with_the_prompt(cls, rows: tuple[EchoRow, ...], info: ValidationInfo) -> tuple[EchoRow, ...]:
        """Refuse unknown and duplicate fields, and an echo that does not start with the prompt."""
        refuse_unknown("field", [row.field for row in rows], _fields(_verbs(info)))
        refuse_a_repeat("field", [row.field for row in rows])
        refuse_a_repeat("key", [row.key.casefold() for row in rows])
        if not rows or rows[0].field != "prompt":
            raise ValueError("entry 1 is not the field prompt, with which the bot begins")
        return rows


def _verbs(info: ValidationInfo) -> tuple[VerbRow, ...]:
    """Return the verbs, the built-in ones if there is a mistake in the rows of the others."""
    return verbs_of(info.data.get("commands", {}))


def _fields(verbs: Iterable[VerbRow]) -> Iterable[str]:
    """Return the names of the fields that the bot may repeat."""
    return dict.fromkeys(field.name for verb in verbs for field in verb.fields)
