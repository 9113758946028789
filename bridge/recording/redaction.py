"""Redacts raw events for a recording: known keys only, without signatures of links, secrets and people.

A person's id is replaced by `<user-1>` and so on, consistently while it is cached, and the account's own by
`<self>`. Ids of bots, channels and messages are kept: they are public, and a reader needs them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bridge.recording.recent import Recent

SELF: Final = "<self>"
KEPT: Final = frozenset(
    """
    accessory application application_id attachment_id attachments author bot channel_id
    command_type component components content content_type custom_id description disabled
    edited_timestamp embeds emoji fields file filename flags footer guild_id height id image inline
    interacted_message_id interaction interaction_metadata items label max_length media message_id
    message_reference min_length min_values name nonce options original_response_message_id
    placeholder proxy_url reason_code required size spoiler style text thumbnail timestamp title
    triggering_interaction_metadata type url user user_id value video webhook_id width
    """.split()  # noqa: SIM905 - a table of words
)
"""Keys that are kept at any depth: none of them names a person or contains a token."""
PEOPLE: Final = frozenset({"author", "user"})

_SIGNATURE: Final = re.compile(r"(https?://[^\s?#\"'<>)\]]+)[?#][^\s\"'<>)\]]*")
_NEARLY_AN_ID: Final = r"\d{15,20}"
"""Also matches numbers that only look like ids: they are treated as people's ids."""
_MENTION: Final = re.compile(rf"<@!?({_NEARLY_AN_ID})>")
_ID: Final = re.compile(rf"(?<!\d){_NEARLY_AN_ID}(?!\d)")


class Redaction:
    """Redacts events so that they can be shared; remembers the names of people."""

    def __init__(self, without_secrets: Callable[[str], str]) -> None:
        self._without_secrets = without_secrets
        self._self: str | None = None
        self._names: Recent[str] = Recent()
        self._bots: Recent[str] = Recent()
        self._met = 0

    def cleaned(self, own_id: str | None, payload: Mapping[str, object]) -> dict[str, object]:
        """Return the redacted payload of an event that the account `own_id` received."""
        self._self = own_id
        for bot in _bots(payload):
            self._bots.put(bot, bot)
        for person in _people(payload):
            self._meet(person)
        return {key: self._clean(value) for key, value in payload.items() if key in KEPT}

    def _meet(self, person: str) -> None:
        if person in self._bots or person == self._self or self._names.get(person) is not None:
            return
        self._met += 1
        self._names.put(person, f"<user-{self._met}>")

    def _name(self, person: str) -> str:
        return SELF if person == self._self else self._names.get(person) or person

    def _clean(self, value: object) -> object:
        if isinstance(value, Mapping):
            return {key: self._clean(inner) for key, inner in value.items() if key in KEPT}
        if isinstance(value, list | tuple):
            return [self._clean(inner) for inner in value]
        if isinstance(value, str):
            return self._clean_text(value)
        is_id = isinstance(value, int) and _ID.fullmatch(str(value))
        return self._name(str(value)) if is_id else value

    def _clean_text(self, text: str) -> str:
        unsigned = _SIGNATURE.sub(r"\1", self._without_secrets(text))
        return _ID.sub(lambda found: self._name(found[0]), unsigned)


def _bots(payload: object) -> Iterator[str]:
    for key, person in _every(payload):
        if key in PEOPLE and isinstance(person, Mapping) and person.get("bot") is True:
            yield str(person.get("id"))


def _people(payload: object) -> Iterator[str]:
    """Yield the ids of people in the kept keys, in order."""
    for key, value in _every(payload):
        if key in PEOPLE and isinstance(value, Mapping) and value.get("id"):
            yield str(value["id"])
        elif key == "user_id" and isinstance(value, str | int):
            yield str(value)
        elif isinstance(value, str):
            yield from _MENTION.findall(value)


def _every(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value at every depth with its key."""
    yield key, value
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _every(inner, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _every(inner, key)
