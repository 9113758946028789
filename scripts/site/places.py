"""Where each page stands on the site: four ways in, as rows of titles and files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

Place = str | tuple[str, "str | tuple[Place, ...]"]
"""A file of the repository, or a page that is made at each build; or a title and what stands below it."""

DECISIONS: Final = "decisions"
API: Final = "reference/api"
COMMANDS: Final = "reference/commands.md"
SETTINGS: Final = "reference/settings.md"

PLACES: Final[tuple[Place, ...]] = (
    ("Home", "docs/index.md"),
    ("Tutorial", ("docs/tutorial.md", "docs/real-account.md")),
    (
        "How-to",
        (
            (
                "Use it",
                ("docs/clients.md", "docs/callbacks.md", "docs/page.md", "docs/mcp.md", "docs/migrating.md"),
            ),
            ("Install it", ("docs/install.md", "docs/deploy.md", "docs/postgresql.md", "docs/scaling.md")),
            (
                "Run it",
                (
                    "docs/operations.md",
                    "docs/tokens.md",
                    "docs/keys.md",
                    "docs/probes.md",
                    "docs/tracing.md",
                    "docs/backup.md",
                    "docs/upgrading.md",
                    "docs/media.md",
                    "docs/queue.md",
                    "docs/guard-rails.md",
                    "docs/doctor.md",
                    "docs/bot-changed.md",
                    "docs/verbs.md",
                ),
            ),
            ("Test with it", ("docs/sandbox.md", "docs/commands.md")),
            ("Change it", ("CONTRIBUTING.md",)),
        ),
    ),
    (
        "Reference",
        (
            ("API", ("docs/api.md", API)),
            ("Command line", ("docs/cli.md", COMMANDS)),
            ("Settings", ("docs/configuration.md", SETTINGS)),
            "docs/metrics.md",
            "docs/lifecycle.md",
            "docs/glossary.md",
            "CHANGELOG.md",
        ),
    ),
    (
        "Explanation",
        (
            ("Overview", "README.md"),
            "docs/architecture.md",
            "docs/where.md",
            ("Security", ("docs/security.md", "docs/attacks.md", "docs/ethics.md", "SECURITY.md")),
            ("Evidence", ("docs/benchmarks.md", "docs/chaos.md", "docs/fidelity.md", "docs/fuzz.md")),
            ("Decisions", (DECISIONS,)),
        ),
    ),
)


def files(places: tuple[Place, ...] = PLACES) -> Iterator[str]:
    """Yield every file that has a place, in order."""
    for place in places:
        below = place if isinstance(place, str) else place[1]
        yield from (below,) if isinstance(below, str) else files(below)


def sources() -> list[Path]:
    """Return every document of the repository, but the decisions, which come to the site by themselves."""
    top = (ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"))
    return [*top, *sorted((ROOT / "docs").glob("*.md"))]


def decisions() -> list[Path]:
    """Return the design decisions, by number."""
    return sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


def without_a_place() -> list[str]:
    """Return the documents that nobody would find."""
    placed = set(files())
    named = [page.relative_to(ROOT).as_posix() for page in sources()]
    return [name for name in named if name not in placed]
