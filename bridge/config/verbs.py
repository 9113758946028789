"""The verbs that a bridge has: the built-in ones as the configuration changes them, and those it adds.

A mistake is a `ValueError` with a sentence that names the row and the key.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bridge.config.verb_rows import LONGEST_NAME, CommandRow, FieldSettings
from bridge.verbs.built_in import BUILT_IN, MOST_TEXT
from bridge.verbs.formats import OF_KIND, USUAL
from bridge.verbs.reserved import FIELDS, PATHS
from bridge.verbs.row import PREFIX, Choice, FieldRow, Kind, VerbRow

LONGEST_TEXT: Final = 6_000
"""The longest text that an option of a slash command takes."""
MOST_FIELDS: Final = 25
"""The most options that a slash command has."""
MOST_FILES: Final = 10
MOST_CHOICES: Final = 500
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NAMED: Final = f"1 to {LONGEST_NAME} of a-z, 0-9 and _, beginning with a letter"
_LIMITED: Final = frozenset({Kind.STRING, Kind.INTEGER, Kind.NUMBER})
_IN_RECORDS: Final[Mapping[Kind, str]] = {
    Kind.STRING: "a text",
    Kind.CHOICE: "a text",
    Kind.INTEGER: "a whole number",
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "a switch",
    Kind.IMAGE: "a file",
    Kind.VIDEO: "a file",
}
"""What a field is in records: a name of the built-in verbs is the same in all of them."""


def verbs_of(commands: Mapping[str, CommandRow]) -> tuple[VerbRow, ...]:
    """Return the built-in verbs, with what has changed, and the new ones."""
    known = {verb.path: verb for verb in BUILT_IN}
    changeable = [path for path, verb in known.items() if verb.command is not None]
    for path, row in commands.items():
        if path not in changeable:
            _check_new(path, row, changeable, [*known, *commands])
    changed = [_changed(verb, commands[path]) if path in commands else verb for path, verb in known.items()]
    added = [_added(path, row) for path, row in commands.items() if path not in known]
    refuse_one_name_for_two({verb.path: verb.command for verb in (*changed, *added) if verb.command})
    return (*changed, *added)


def refuse_unknown(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raise when a name is none of those that there are."""
    allowed = list(known)
    for name in names:
        if name not in allowed:
            raise ValueError(f"{name!r} is no {kind}: known are {', '.join(allowed)}")


def refuse_one_name_for_two(names: Mapping[str, str]) -> None:
    """Raise when two have names that are one to the bot."""
    owners: dict[str, str] = {}
    for owner, name in names.items():
        other = owners.setdefault(name.casefold().replace("-", "_"), owner)
        if other != owner:
            raise ValueError(f"{other} and {owner} would both be called {name!r}")


def _check_new(path: str, row: CommandRow, changeable: Sequence[str], all_paths: Sequence[str]) -> None:
    if path == "button" or row.fields is None:
        known = ", ".join(changeable)
        raise ValueError(f"{path!r} is no command: known are {known}; a new one has to say its fields")
    if not _NAME.fullmatch(path):
        raise ValueError(f"{path!r} is not the name of a verb: {_NAMED}")
    if path in PATHS:
        raise ValueError(f"{path!r} cannot be a verb: the API has something else of that name")
    alike = [other for other in all_paths if other != path and _plain(other) == _plain(path)]
    if alike:
        raise ValueError(f"{path!r} is too like {alike[0]!r}, another verb")


def _plain(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")


def _changed(verb: VerbRow, row: CommandRow) -> VerbRow:
    return replace(
        verb,
        command=row.name or verb.command,
        fields=_fields(verb.path, verb.fields, row),
        about=row.about or verb.about,
        files=row.files or verb.files,
        buttons=row.buttons or verb.buttons,
    )


def _added(path: str, row: CommandRow) -> VerbRow:
    command = row.name or path
    return VerbRow(
        name=PREFIX + path,
        command=command,
        fields=_fields(path, (), row),
        about=row.about or f"Run /{command}",
        files=row.files or 1,
        buttons=row.buttons,
    )


def _fields(path: str, built_in: Sequence[FieldRow], row: CommandRow) -> tuple[FieldRow, ...]:
    given, known = row.fields or {}, {field.name: field for field in built_in}
    names = list(dict.fromkeys([*known, *given]))
    refuse_unknown(f"option of {path}", row.options, names)
    fields = []
    for name in names:
        said = given.get(name)
        try:
            field = _field(name, known.get(name), said) if said is not None else known[name]
        except ValueError as error:
            raise ValueError(f"{path}.fields.{name} {error}") from None
        fields.append(replace(field, option=row.options.get(name, field.option)))
    if len(fields) > MOST_FIELDS:
        raise ValueError(f"{path}.fields has {len(fields)}: a command takes at most {MOST_FIELDS}")
    if sum(field.is_file for field in fields) > MOST_FILES:
        raise ValueError(f"{path}.fields has more than {MOST_FILES} files")
    refuse_one_name_for_two({field.name: field.option for field in fields})
    return tuple(fields)


def _field(name: str, built_in: FieldRow | None, said: FieldSettings) -> FieldRow:
    """Return a field as it is given; of a built-in one what is not given stays."""
    base = built_in or _new_field(name, said.type)
    kind = said.type or base.kind
    if kind is not base.kind:
        base = replace(base, kind=kind, least=None, most=None, choices=(), formats=(), applies_to=None)
    _check_meaning(name, kind)
    choices = base.choices if said.choices is None else _choices(said.choices)
    field = replace(
        base,
        option=said.option or base.option,
        is_required=base.is_required if said.required is None else said.required,
        least=base.least if said.min is None else said.min,
        most=base.most if said.max is None else said.max,
        choices=choices,
        formats=said.formats or base.formats or USUAL.get(kind, ()),
        about=said.about or base.about,
    )
    _check_keys(field, said)
    if kind is Kind.STRING and field.most is None:
        return replace(field, most=MOST_TEXT)
    return field


def _new_field(name: str, kind: Kind | None) -> FieldRow:
    if not _NAME.fullmatch(name):
        raise ValueError(f"is not the name of a field: {_NAMED}")
    if name in FIELDS or name.startswith("model_"):
        raise ValueError(
            "cannot be a field: requests, records or the program have something else of that name"
        )
    if kind is None:
        raise ValueError("has no type")
    return FieldRow(name=name, kind=kind, option=name)


def _choices(said: Mapping[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(value, sent) for value, sent in said.items())


def _check_meaning(name: str, kind: Kind) -> None:
    built_in = next((field for verb in BUILT_IN for field in verb.fields if field.name == name), None)
    if built_in is not None and _IN_RECORDS[built_in.kind] != _IN_RECORDS[kind]:
        raise ValueError(f"is {_IN_RECORDS[built_in.kind]} in records, and cannot have type {kind}")


def _check_keys(field: FieldRow, said: FieldSettings) -> None:
    """Refuse keys that mean nothing with the type, and limits that nothing can keep."""
    kind = field.kind
    if (said.min is not None or said.max is not None) and kind not in _LIMITED:
        raise ValueError(f"has type {kind}, which takes neither min nor max")
    if said.choices is not None and kind is not Kind.CHOICE:
        raise ValueError(f"has type {kind}, which takes no choices")
    if kind is Kind.CHOICE and not 1 <= len(field.choices) <= MOST_CHOICES:
        raise ValueError(f"has type choice, and needs 1 to {MOST_CHOICES} choices")
    if said.formats is not None and not field.is_file:
        raise ValueError(f"has type {kind}, which takes no formats")
    if field.is_file:
        refuse_unknown(f"format of type {kind}", field.formats, OF_KIND[kind])
    _check_limits(field)


def _check_limits(field: FieldRow) -> None:
    limits = [limit for limit in (field.least, field.most) if limit is not None]
    if limits != sorted(limits):
        raise ValueError("has a min that is more than its max")
    if field.kind is not Kind.NUMBER and any(limit != int(limit) for limit in limits):
        raise ValueError("has a limit that is not a whole number")
    if field.kind is Kind.STRING and not all(0 <= limit <= LONGEST_TEXT for limit in limits):
        raise ValueError(f"has a limit that is not a length of 0 to {LONGEST_TEXT}")
