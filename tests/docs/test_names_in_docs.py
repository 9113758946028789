"""A module that a page or a docstring names is there: a renamed one takes its mentions with it."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT

PACKAGES = sorted(path.parent.name for path in ROOT.glob("bridge/*/__init__.py"))
NAMED = re.compile(rf"`(?:bridge/)?((?:{'|'.join(PACKAGES)})(?:/\w+)+)(?:\.py)?`")


def test_modules_that_pages_and_docstrings_name_are_there() -> None:
    texts = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("bridge/**/*.py")]
    named = {(text.relative_to(ROOT).as_posix(), name) for text in texts for name in named_in(text)}

    assert {name for _, name in named} >= {"flows/send/next_job", "flows/hear/strays"}
    assert sorted((text, name) for text, name in named if not is_there(name)) == []


def named_in(text: Path) -> Iterator[str]:
    """Yield the paths below `bridge` that a text sets in backticks, but those of HTTP (sandbox)."""
    return iter(() if text.name == "sandbox.md" else NAMED.findall(text.read_text("utf-8")))


def is_there(name: str) -> bool:
    """Tell whether a path is a module or a package."""
    return (ROOT / "bridge" / name).is_dir() or (ROOT / "bridge" / f"{name}.py").is_file()
