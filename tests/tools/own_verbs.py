"""The verbs that docs/commands.md adds: the rows of a bridge, and the commands of the simulated bot."""

import re
from pathlib import Path
from typing import Any

import yaml

from bridge.config.overrides import Overrides
from bridge.sandbox import OwnCommand, read_own_commands
from tests.docs.pages import DOCS

OWN_VERBS = ("effects", "extend", "lip_sync", "transition")


def write_own_verbs(folder: Path) -> tuple[str, ...]:
    """Write both files of the page, and return the options of a sandbox that uses them."""
    for name, text in _files().items():
        (folder / name).write_text(text)
    return "--bot", str(folder / "bot.yaml"), "--bot-commands", str(folder / "commands.yaml")


def own_rows() -> Overrides:
    """Return the section `bot` of the page."""
    content: Any = yaml.safe_load(_files()["bot.yaml"])
    return Overrides.model_validate(content["bot"])


def own_commands() -> tuple[OwnCommand, ...]:
    """Return the commands of the page."""
    return read_own_commands(yaml.safe_load(_files()["commands.yaml"]))


def _files() -> dict[str, str]:
    page = (DOCS / "commands.md").read_text()
    return dict(re.findall(r"^cat > (\S+) <<'END'\n(.*?)^END$", page, re.MULTILINE | re.DOTALL))
