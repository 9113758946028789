"""`make release`: what must not be released is refused, and what is built is tried before anybody gets it."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

from bridge.page.files import INDEX, page_files
from scripts.release import ReleaseError, build, checked, git, interpreters
from scripts.release_notes import Section, notes, sections
from scripts.smoke import SmokeError, check_answers, smoke

ROOT = Path(__file__).parents[2]
CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.0] - 2026-02-03

### Added

- Videos are kept, see [media](docs/media.md#where),
  for as long as you like.

## [1.1.0] - 2026-01-02

- Less.
"""
PROJECT = """[project]
version = "1.2.0"
classifiers = ["Programming Language :: Python :: 3 :: Only", "Programming Language :: Python :: 3.11"]
"""
SECTION = "- Videos are kept, see [media](docs/media.md#where),\n  for as long as you like."


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    commit(tmp_path)
    return tmp_path


def commit(clone: Path) -> None:
    git(clone, "add", "--all")
    git(clone, "-c", "user.name=A", "-c", "user.email=a@b.test", "commit", "--quiet", "--message", "Change")


def test_a_clean_clone_with_a_told_version_may_be_released(clone: Path) -> None:
    release = checked(clone)

    assert (release.version, release.section.day, release.pythons) == ("1.2.0", "2026-02-03", ["3.11"])
    assert release.section.text == f"### Added\n\n{SECTION}"


def changed_changelog(old: str, new: str) -> Callable[[Path], None]:
    def change(clone: Path) -> None:
        (clone / "CHANGELOG.md").write_text(CHANGELOG.replace(old, new))
        commit(clone)

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda clone: (clone / "new.py").touch(), "uncommitted changes: new.py"),
        (lambda clone: git(clone, "tag", "v1.2.0"), "has the tag v1.2.0 already"),
        (changed_changelog("1.2.0", "1.3.0"), "says nothing of 1.2.0"),
        (changed_changelog("### Added\n\n" + SECTION, ""), "says nothing of 1.2.0"),
        (changed_changelog(" - 2026-02-03", ""), "has no day"),
        (changed_changelog("[Unreleased]\n", "[Unreleased]\n\n- More.\n"), "changes under 'Unreleased'"),
    ],
)
def test_what_must_not_be_released_is_refused(
    clone: Path, change: Callable[[Path], None], reason: str
) -> None:
    change(clone)

    with pytest.raises(ReleaseError, match=reason):
        checked(clone)


def test_notes_have_the_changes_a_paragraph_a_line_and_the_checksums() -> None:
    written = notes("1.2.0", Section("2026-02-03", SECTION), [("a.whl", "00ff")])

    assert written == (
        "# 1.2.0 (2026-02-03)\n\n"
        "- Videos are kept, see media (`docs/media.md`), for as long as you like.\n\n"
        "### SHA-256\n\n```\n00ff  a.whl\n```\n"
    )


def test_every_version_of_the_changelog_has_a_section() -> None:
    known = sections((ROOT / "CHANGELOG.md").read_text())

    first, *versions = known

    assert first == "Unreleased"
    assert versions
    assert all(known[version].day and known[version].text for version in versions)


def test_a_python_that_does_not_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{sys.version_info.major}.{sys.version_info.minor}"
    broken, working = tmp_path / "broken" / f"python{name}", tmp_path / "working" / f"python{name}"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    working.parent.mkdir()
    working.symlink_to(sys.executable)

    monkeypatch.setenv("PATH", f"{broken.parent}:{working.parent}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))

    assert list(interpreters(name)) == [str(working)]


@contextmanager
def served(bodies: dict[str, bytes]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def all_that_a_bridge_serves() -> dict[str, bytes]:
    files = {f"/page/{name}": file.body for name, file in page_files().items()}
    page = {
        "/": files.pop(f"/page/{INDEX}"),
        "/docs": b"",
        "/openapi.json": b'{"info": {"version": "1.2.0"}}',
    }
    return {**files, **page}


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/", b"another", "/ is another page"),
        ("/page/app.js", None, "/page/app.js is 404"),
        ("/page/app.js", b"another", "/page/app.js is another file"),
        ("/docs", None, "/docs is 404"),
        ("/openapi.json", b'{"info": {"version": "1.1.0"}}', "describes version 1.1.0, not 1.2.0"),
    ],
)
def test_a_bridge_that_serves_something_else_is_not_released(
    path: str, body: bytes | None, reason: str
) -> None:
    bodies = all_that_a_bridge_serves()
    whole = dict(bodies)
    if body is None:
        del bodies[path]
    else:
        bodies[path] = body

    with served(whole) as url:
        check_answers(url, "1.2.0")
    with served(bodies) as url, pytest.raises(SmokeError, match=reason):
        check_answers(url, "1.2.0")


@pytest.mark.thorough
def test_the_wheel_is_built_from_the_sdist_with_every_file_of_the_page(tmp_path: Path) -> None:
    sdist, wheel = build(ROOT, tmp_path)

    packed = set(ZipFile(wheel).namelist())

    assert sdist.name == f"pixverse_bridge-{version('pixverse-bridge')}.tar.gz"
    assert {f"bridge/page/static/{file}" for file in ("index.html", "app.js", "views/board.js")} <= packed


@pytest.mark.thorough
def test_an_installed_bridge_is_started_and_ended() -> None:
    program = Path(sys.executable).with_name("pixverse-bridge")

    smoke(program, version("pixverse-bridge"))

    with pytest.raises(SmokeError, match="not version 9"):
        smoke(program, "9")
