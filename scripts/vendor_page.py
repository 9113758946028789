"""Bundle the libraries of the page into the package, with their licences, and write down what was bundled.

tests/page/tools/package-lock.json has the versions and the checksums of their packages, and of esbuild, which
bundles them; npm checks those.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "tests/page/tools/package-lock.json"
INSTALLED: Final = ROOT / ".page-tools/node_modules"
VENDOR: Final = ROOT / "bridge/page/static/vendor"
LIST: Final = "vendor.json"
_OPTIONS: Final = ("--bundle", "--format=esm", "--target=es2022", "--minify", "--legal-comments=none")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A module for the page: its name, the packages in it, and what it exports."""

    name: str
    packages: tuple[str, ...]
    exports: str


BUNDLES: Final = (
    Bundle(
        "preact",
        ("preact", "htm", "@preact/signals", "@preact/signals-core"),
        'export { Component, h, html, render } from "htm/preact";\n'
        'export * from "preact/hooks";\n'
        'export * from "@preact/signals";\n',
    ),
    Bundle(
        "eventsource-parser", ("eventsource-parser",), 'export { createParser } from "eventsource-parser";\n'
    ),
)
"""The first is needed before anything is drawn, the second after that."""


def main() -> None:
    """Write the directory anew."""
    if not INSTALLED.is_dir():
        sys.exit("vendor_page: run scripts/setup_page_tools first; it needs npm")
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, text in vendored(INSTALLED).items():
        (VENDOR / name).write_text(text, encoding="utf-8")


def vendored(installed: Path) -> dict[str, str]:
    """Return every file of the directory, by name."""
    locked = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    files: dict[str, str] = {}
    bundles = []
    for bundle in BUNDLES:
        own = _files(bundle, installed)
        files |= own
        bundles.append(
            {
                "module": f"{bundle.name}.js",
                "bundledBy": f"esbuild {locked['node_modules/esbuild']['version']}",
                "packages": [_package(name, locked[f"node_modules/{name}"]) for name in bundle.packages],
                "files": {name: sha256(text.encode()) for name, text in sorted(own.items())},
            }
        )
    files[LIST] = json.dumps(bundles, indent=2) + "\n"
    return files


def sha256(content: bytes) -> str:
    """Return the checksum that the list contains."""
    return hashlib.sha256(content).hexdigest()


def licence_file(package: str) -> str:
    """Return the name of the file with the licence of a package."""
    return f"{package.removeprefix('@').replace('/', '-')}.LICENSE.txt"


def _package(name: str, lock: dict[str, Any]) -> dict[str, str]:
    return {
        "name": name,
        "version": lock["version"],
        "integrity": lock["integrity"],
        "licence": lock["license"],
    }


def _files(bundle: Bundle, installed: Path) -> dict[str, str]:
    """Return the module, its types for tsc, which are those of the installed packages, and the licences."""
    licences = {
        licence_file(package): (installed / package / "LICENSE").read_text(encoding="utf-8")
        for package in bundle.packages
    }
    return {
        f"{bundle.name}.js": _bundled(bundle.exports, installed),
        f"{bundle.name}.d.ts": bundle.exports,
        **licences,
    }


def _bundled(exports: str, installed: Path) -> str:
    """Return one module without imports that exports the given things."""
    done = subprocess.run(  # noqa: S603 - of the lock file
        [installed / ".bin/esbuild", *_OPTIONS],
        cwd=installed.parent,
        input=exports,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    main()
