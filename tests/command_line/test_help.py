"""What the commands that talk to a bridge offer, and what the documents say of it."""

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import typer

from bridge.cli.client.commands import app, submits
from bridge.cli.client.outcomes import EXIT_CODES, MEANINGS
from tests.command_line.conftest import Call
from tests.docs.pages import DOCS, table

CLI = DOCS / "cli.md"
FORMS: dict[str, tuple[str, Callable[..., object]]] = {
    "create": ("CreateForm", submits.create),
    "create_single": ("CreateSingleForm", submits.create_single),
    "animate": ("AnimateForm", submits.animate),
    "meme_face": ("MemeFaceForm", submits.meme_face),
    "button": ("ButtonForm", submits.button),
}
OTHER_NAMES = {"job": "jobid", "label": "button", "discord_file": "discord"}
OTHER_NAMES |= {"max_jobs": "maxJobs", "reply_url": "replyUrl", "reply_ref": "replyRef"}
OF_THE_COMMAND = {"idempotency_key", "wait_for_slot", "wait", "out", "open_it", "timeout"}
OF_THE_COMMAND |= {"url", "token", "profile", "as_json"}


@pytest.mark.parametrize("verb", FORMS)
def test_a_command_has_every_field_of_its_verb_with_its_choices_and_limits(verb: str) -> None:
    form, command = FORMS[verb]
    described = json.loads((DOCS / "openapi.json").read_text())["components"]["schemas"][form]["properties"]

    offered = inspect.signature(command).parameters
    fields = {
        OTHER_NAMES.get(name, name): each for name, each in offered.items() if name not in OF_THE_COMMAND
    }

    assert fields.keys() == described.keys()
    for name, each in fields.items():
        assert choices_of(each.annotation) in ([], described[name].get("enum")), name
        assert limits_of(each.annotation) == limits_in(described[name]), name


def choices_of(annotation: Any) -> list[str]:
    """Return the choices of an option, which may be one that need not be given."""
    inner = [part for each in get_args(annotation) for part in get_args(each)]
    kinds = [annotation, *get_args(annotation), *inner]
    return [choice for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]


def limits_of(annotation: Any) -> tuple[float | None, float | None]:
    [info] = [each for each in annotation.__metadata__ if isinstance(each, typer.models.ParameterInfo)]
    return (info.min, info.max)


def limits_in(described: dict[str, Any]) -> tuple[float | None, float | None]:
    return (described.get("minimum"), described.get("maximum"))


def test_the_exit_codes_in_the_documents_and_in_help_are_those_of_the_table(call: Call) -> None:
    told = {int(code): meaning for code, meaning in table(CLI, "exit code", "meaning")}
    page = " ".join(call("show", "--help").out.split())

    assert told == {int(code): meaning for code, meaning in MEANINGS.items()}
    assert EXIT_CODES in page


def test_every_command_is_in_the_documents() -> None:
    told = " ".join(name for name, _ in table(CLI, "command", "what it does"))
    group = typer.main.get_group(app)

    assert [name for name in group.commands if f"`{name}" not in told] == []


def test_help_loads_no_part_of_a_client(tmp_path: Path) -> None:
    look = "import sys, bridge.cli; print({'aiohttp', 'asyncio', 'rich', 'bridge.client'} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", look], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("cre", ["create", "create-single"]), ("create x --style R", ["Realistic"]), ("accounts pa", ["pause"])],
)
def test_a_shell_completes_commands_and_values(
    call: Call, monkeypatch: pytest.MonkeyPatch, typed: str, offered: list[str]
) -> None:
    words = ["pixverse-bridge", *typed.split()]
    monkeypatch.setenv("_PIXVERSE_BRIDGE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))

    done = call()

    assert done.out.split() == offered
