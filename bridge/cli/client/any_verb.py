"""`run`: submits any verb that the running bridge has, or lists them with their fields."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.cli.client.ending import After
from bridge.cli.client.given_fields import flag_of, read_fields
from bridge.cli.client.output import Output
from bridge.cli.client.submitting import key_of, submit_with, those_given
from bridge.cli.client.talking import talk
from bridge.cli.client.target import Given
from bridge.client import Client, Verb
from bridge.errors import ConfigurationError


def run_verb(
    given: Given,
    name: str,
    words: tuple[Sequence[str], Sequence[str]],
    options: Mapping[str, Any],
    after: After,
) -> None:
    """Submit the verb with its fields, which are options behind its name, or texts `name=value`."""
    key = key_of(options)
    wanted = those_given({**options, "idempotency_key": key})

    async def work(client: Client, output: Output) -> None:
        verb = _verb(await client.verbs(), name)
        fields = read_fields(verb, *words)
        await submit_with(client, output, lambda: client.run(verb.name, **fields, **wanted), key, after)

    talk(given, work)


def list_verbs(given: Given, name: str | None) -> None:
    """List the verbs, or the fields of one."""

    async def work(client: Client, output: Output) -> None:
        verbs = await client.verbs()
        shown = verbs if name is None else [_verb(verbs, name)]
        if output.as_json:
            for each in shown:
                output.json(dict(each.raw))
        elif name is None:
            output.table(("VERB", "WHAT IT DOES"), [(each.name, each.about) for each in verbs])
            output.note("The fields of one: pixverse-bridge run VERB --fields")
        else:
            _show_fields(output, shown[0])

    talk(given, work)


def _verb(verbs: Sequence[Verb], name: str) -> Verb:
    for each in verbs:
        if each.name.replace("_", "-") == name.replace("_", "-"):
            return each
    raise ConfigurationError(
        f"the bridge has no verb {name}: it has {', '.join(each.name for each in verbs)}"
    )


def _show_fields(output: Output, verb: Verb) -> None:
    output.text(f"{verb.name}: {verb.about}", style="bold")
    rows = [(flag_of(each), _needed(each), _takes(each)) for each in verb.fields]
    output.table(("FIELD", "", "VALUE"), rows)
    needed = [each for each in verb.fields if each["required"]]
    words = [f"{flag_of(each)} {shlex.quote(_sample(each))}" for each in needed]
    output.note(f"For example: {' '.join(['pixverse-bridge run', verb.name, *words, '--out videos'])}")


def _needed(field: Mapping[str, Any]) -> str:
    return "required" if field["required"] else ""


def _takes(field: Mapping[str, Any]) -> str:
    """Return what a field takes, in a few words."""
    kind = str(field["type"])
    words = [", ".join(field.get("choices") or field.get("formats") or ()), _limits(field)]
    told = " ".join(filter(None, (kind, *words)))
    return f"{told}: {field['about']}" if field.get("about") else told


def _limits(field: Mapping[str, Any]) -> str:
    least, most = field.get("min"), field.get("max")
    unit = " characters" if field["type"] == "string" else ""
    if least is not None and most is not None:
        return f"{least:g} to {most:g}{unit}"
    if most is not None:
        return f"at most {most:g}{unit}"
    return "" if least is None else f"at least {least:g}{unit}"


def _sample(field: Mapping[str, Any]) -> str:
    if field.get("choices"):
        return str(field["choices"][0])
    if field["type"] in ("image", "video"):
        return f"{field['name']}.{(field.get('formats') or ['png'])[0]}"
    return {"boolean": "yes", "integer": f"{field.get('min', 1):g}", "number": "1"}.get(field["type"], "…")
