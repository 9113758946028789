"""The section of a version in CHANGELOG.md, and the notes that a release has of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_HEADING = re.compile(r"^## \[(?P<name>[^\]]+)\](?: - (?P<day>\d{4}-\d\d-\d\d))?$", re.MULTILINE)
_CONTINUED = re.compile(r"\n +(?=\S)")
_RELATIVE_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Section:
    """What has changed in a version; `day` is when it was released, None while it was not."""

    day: str | None
    text: str


def sections(changelog: str) -> Mapping[str, Section]:
    """Return the sections of a changelog by the name of their version, in its order."""
    headings = list(_HEADING.finditer(changelog))
    ends = [*(heading.start() for heading in headings[1:]), len(changelog)]
    return {
        heading["name"]: Section(heading["day"], changelog[heading.end() : end].strip())
        for heading, end in zip(headings, ends, strict=True)
    }


def notes(version: str, section: Section, checksums: Iterable[tuple[str, str]]) -> str:
    """Return the notes of a release: its changes, and the SHA-256 of each of its files.

    Where they are shown, each line break counts and no link finds a file of the repository: paragraphs become
    one line, and a link to a file becomes its path.
    """
    changes = _RELATIVE_LINK.sub(_named, _CONTINUED.sub(" ", section.text))
    sums = "\n".join(f"{digest}  {name}" for name, digest in checksums)
    return f"# {version} ({section.day})\n\n{changes}\n\n### SHA-256\n\n```\n{sums}\n```\n"


def _named(link: re.Match[str]) -> str:
    text, path = link[1], link[2].partition("#")[0]
    return f"`{path}`" if path.endswith(text.strip("`")) else f"{text} (`{path}`)"
