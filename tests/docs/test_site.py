"""The documentation site: each page has a place, the references are whole, and no link leads nowhere."""

import json
from pathlib import Path
from textwrap import dedent

from bridge.config.settings import every_key
from scripts.site.api_reference import api_pages
from scripts.site.checking import faults
from scripts.site.command_reference import command_page
from scripts.site.diagrams import DRAWINGS, diagrams, drawing_of
from scripts.site.dialect import translated
from scripts.site.outside import addresses_in, cut_off
from scripts.site.places import API, COMMANDS, DECISIONS, SETTINGS, files, without_a_place
from scripts.site.setting_reference import setting_page
from tests.docs.pages import DOCS, ROOT, table

MADE = {API, COMMANDS, SETTINGS, DECISIONS}


def test_every_document_has_one_place_on_the_site() -> None:
    placed = [name for name in files() if name not in MADE]

    assert without_a_place() == [], "give it one in scripts/site/places.py"
    assert [name for name in placed if not (ROOT / name).is_file()] == []
    assert len(placed) == len(set(placed))


def test_every_operation_is_in_the_reference_of_the_api() -> None:
    described = json.loads((DOCS / "openapi.json").read_text("utf-8"))["paths"]

    told = "".join(text for _, text in api_pages())

    wanted = [f"\n{method.upper()} {path}\n" for path, item in described.items() for method in item]
    assert [line for line in wanted if line not in told] == []


def test_every_command_is_in_the_reference_of_the_command_line() -> None:
    cells = [row[0].replace("`", "") for row in table(DOCS / "cli.md", "command", "what it does")]
    names = [name for cell in cells if not cell.startswith("-") for name in commands_of(cell)]

    _, told = command_page()

    assert {"serve", "token create", "accounts pause"} <= set(names)
    assert [name for name in names if f"\n## {name}\n" not in told] == []
    assert "| `--style <realistic|anime|3d animation>` |" in told


def test_every_setting_is_in_the_reference_of_the_settings() -> None:
    _, told = setting_page()

    assert [key for key, _ in every_key() if f"| `{key}` |" not in told] == []


def test_every_diagram_has_its_drawing() -> None:
    wanted = {drawing_of(diagram) for diagram in diagrams()}

    assert set(DRAWINGS.glob("*.svg")) == wanted, "make diagrams"


def test_lists_and_links_are_translated_and_code_is_not() -> None:
    document = dedent("""\
        1. Run [this](other.md):

           ```sh
           echo "[this](other.md)"
           ```

           - and `[this](other.md)`
           - below
        """)

    site = translated(document, str.upper)

    assert site == dedent("""\
        1. Run [this](OTHER.MD):

            ```sh
            echo "[this](other.md)"
            ```

            - and `[this](other.md)`
            - below
        """)


def test_what_leads_nowhere_or_to_another_host_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<a href="other.html#there"></a> <a href="https://example.com"></a>'
        '<a href="other.html#gone"></a> <a href="gone.html"></a> <img src="https://example.com/a.png">'
    )
    (tmp_path / "other.html").write_text('<p id="there"></p>')
    (tmp_path / "style.css").write_text("@font-face { src: url(https://fonts.example/a.woff2) }")

    found = set(faults(tmp_path))

    assert found == {
        "index.html: <a> other.html#gone",
        "index.html: <a> gone.html",
        "index.html: <img> https://example.com/a.png",
        "style.css: https://fonts.example",
    }


def test_scripts_are_cut_off_from_other_hosts(tmp_path: Path) -> None:
    script = tmp_path / "bundle.js"
    script.write_text(
        'load("https://unpkg.example/a.js"); ns="http://www.w3.org/2000/svg"; f(`https://${e}/api`)'
    )

    cut_off(tmp_path)

    assert list(addresses_in(script)) == []
    assert script.read_text() == (
        'load("about:invalid/a.js"); ns="http://www.w3.org/2000/svg"; f(`about:invalid/api`)'
    )


def commands_of(cell: str) -> list[str]:
    """Return the commands that a cell of the table names, without their arguments."""
    names = [" ".join(word for word in part.split() if word.islower()) for part in cell.split(", ")]
    group = names[0].partition(" ")[0] if names[0].startswith("accounts ") else ""
    return [names[0], *(f"{group} {name}".strip() for name in names[1:])]
