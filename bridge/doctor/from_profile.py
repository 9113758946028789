"""What the bridge needs of the bot, by its profile."""

from collections.abc import Mapping
from typing import Final

from bridge.doctor import wanted
from bridge.doctor.wanted import Wanted, WantedChoice, WantedCommand, WantedField
from bridge.pixverse.profile import Profile
from bridge.verbs.row import FieldRow, Kind, VerbRow

KINDS: Final[Mapping[Kind, wanted.Kind]] = {
    Kind.STRING: wanted.Kind.TEXT,
    Kind.CHOICE: wanted.Kind.TEXT,
    Kind.INTEGER: wanted.Kind.WHOLE,
    Kind.NUMBER: wanted.Kind.NUMBER,
    Kind.BOOLEAN: wanted.Kind.SWITCH,
    Kind.IMAGE: wanted.Kind.FILE,
    Kind.VIDEO: wanted.Kind.FILE,
}


def wanted_by(profile: Profile) -> Wanted:
    """Return the commands of all verbs, with what the API takes for them."""
    commands = (_command(verb, verb.command) for verb in profile.verbs if verb.command is not None)
    return Wanted(tuple(commands), profile.application_id)


def _command(verb: VerbRow, name: str) -> WantedCommand:
    return WantedCommand(verb.path, name, tuple(map(_field, verb.fields)))


def _field(field: FieldRow) -> WantedField:
    return WantedField(
        name=field.name,
        option=field.option,
        kind=KINDS[field.kind],
        is_required=field.is_required,
        least=field.least,
        most=field.most,
        choices=tuple(WantedChoice(choice.value, choice.sent) for choice in field.choices),
    )
