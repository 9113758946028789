"""The fields of a verb as they stand on a command line: `--name value`, by the types that the bridge says."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bridge.cli.client.submitting import picture, text_of
from bridge.client import Verb
from bridge.errors import ConfigurationError

SWITCH: Final[Mapping[str, bool]] = {"yes": True, "true": True, "no": False, "false": False}


def read_fields(verb: Verb, words: Sequence[str], pairs: Sequence[str]) -> Mapping[str, Any]:
    """Return the values of the fields; raises `ConfigurationError` with the fields that there are.

    `words` are what stands behind the verb, `pairs` are texts `name=value`.
    """
    known = {str(field["name"]): field for field in verb.fields}
    given: dict[str, Any] = {}
    for name, text in [*_of_words(verb, words), *_of_pairs(pairs)]:
        field = known.get(_plain(name))
        if field is None:
            raise ConfigurationError(f"{verb.name} has no field {name}: it has {', '.join(known)}")
        if field["name"] in given:
            raise ConfigurationError(f"{flag_of(field)} is given twice")
        given[field["name"]] = _value(field, text)
    missing = [flag_of(field) for name, field in known.items() if field["required"] and name not in given]
    if missing:
        raise ConfigurationError(f"{verb.name} needs {', '.join(missing)}")
    return given


def flag_of(field: Mapping[str, Any]) -> str:
    """Return a field as it is written on a command line."""
    return f"--{field['name'].replace('_', '-')}"


def _of_words(verb: Verb, words: Sequence[str]) -> list[tuple[str, str | None]]:
    """Return the options with their values; None for one without any."""
    found: list[tuple[str, str | None]] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or word == "--":
            raise ConfigurationError(f"what is {word!r}? Fields of {verb.name} are given as --name value")
        name, sign, value = word.removeprefix("--").partition("=")
        if sign:
            found.append((name, value))
        else:
            found.append((name, rest.pop(0) if rest and not rest[0].startswith("--") else None))
    return found


def _of_pairs(pairs: Sequence[str]) -> list[tuple[str, str | None]]:
    split = [pair.partition("=") for pair in pairs]
    for name, sign, _ in split:
        if not sign:
            raise ConfigurationError(f"--field {name}: write it as --field {name}=VALUE")
    return [(name, value) for name, _, value in split]


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _value(field: Mapping[str, Any], text: str | None) -> Any:
    if text is None:
        if field["type"] == "boolean":
            return True
        raise ConfigurationError(f"{flag_of(field)} needs a value")
    return READ.get(field["type"], _text)(field, text)


def _text(_field: Mapping[str, Any], text: str) -> Any:
    return text_of(text)


def _choice(field: Mapping[str, Any], text: str) -> str:
    """Return a choice as the bridge spells it; one that it does not have is refused by the bridge."""
    return next((each for each in field.get("choices", ()) if each.casefold() == text.casefold()), text)


def _switch(field: Mapping[str, Any], text: str) -> bool:
    if text.lower() not in SWITCH:
        raise ConfigurationError(f"{flag_of(field)}: {text!r} is neither yes nor no")
    return SWITCH[text.lower()]


def _number(kind: type[int] | type[float], called: str) -> Callable[[Mapping[str, Any], str], float]:
    def read(field: Mapping[str, Any], text: str) -> float:
        try:
            return kind(text)
        except ValueError:
            raise ConfigurationError(f"{flag_of(field)}: {text!r} is not {called}") from None

    return read


def _file(_field: Mapping[str, Any], text: str) -> Path:
    return picture(Path(text))


READ: Final[Mapping[str, Callable[[Mapping[str, Any], str], Any]]] = {
    "choice": _choice,
    "boolean": _switch,
    "integer": _number(int, "a whole number"),
    "number": _number(float, "a number"),
    "image": _file,
    "video": _file,
}
