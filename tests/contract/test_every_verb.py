"""A verb of the API is known to the clients, the command line, the page, the simulated bot and the docs."""

import re

import pytest

from bridge.api.submitting import FORMS
from bridge.cli.client.commands import submits
from bridge.client import Client, SyncClient
from bridge.config.verbs import verbs_of
from bridge.pixverse.profile import DEFAULT
from bridge.sandbox.bot.buttons import SETS
from bridge.sandbox.world.commands import COMMANDS
from tests.docs.pages import DOCS, ROOT
from tests.tools.own_verbs import OWN_VERBS, own_commands, own_rows

VERBS = [verb.removeprefix("pixverse-") for verb in FORMS]
PAGE = ROOT / "bridge" / "page" / "static"


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_a_method_of_both_clients_and_a_command(verb: str) -> None:
    assert callable(getattr(Client, verb))
    assert callable(getattr(SyncClient, verb))
    assert callable(getattr(submits, verb))


def test_the_page_offers_and_names_every_verb() -> None:
    listed = re.search(r"export const VERBS = .*?\(\[(.*?)\]\)", (PAGE / "api" / "rules.js").read_text())
    names = (PAGE / "texts" / "en.js").read_text()
    forms = (PAGE / "texts" / "en_jobs.js").read_text()

    assert listed is not None
    assert re.findall(r'"(\w+)"', listed[1]) == VERBS
    assert [verb for verb in VERBS if f'"pixverse-{verb}": ' not in names] == []
    assert [verb for verb in VERBS if f"    {verb}: {{ name: " not in forms] == []


def test_the_profile_and_the_simulated_bot_have_a_command_for_every_verb() -> None:
    assert [slash.verb for slash in DEFAULT.slashes] == list(FORMS)
    assert [name for name, *_ in COMMANDS] == VERBS
    assert list(SETS) == VERBS


def test_the_simulated_bot_has_every_option_of_the_verbs_that_the_documents_add() -> None:
    commands = {each.name: {option["name"] for option in each.form["options"]} for each in own_commands()}
    rows = {row.path: row for row in verbs_of(own_rows().commands) if row.path in OWN_VERBS}

    assert list(rows) == list(OWN_VERBS)
    for row in rows.values():
        assert commands[str(row.command)] == {field.option.replace("_", "-") for field in row.fields}


@pytest.mark.parametrize("page", ["api.md", "clients.md", "configuration.md"])
def test_the_docs_name_every_verb(page: str) -> None:
    text = (DOCS / page).read_text()

    assert [verb for verb in VERBS if not re.search(rf"\b{verb}\b", text)] == []
