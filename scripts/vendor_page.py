"""Copy the libraries of the page into the package, with their licences, and write down what was copied.

tests/page/tools/package-lock.json has their versions and the checksums of their packages, which npm checks.
"""

import hashlib
import json
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "tests/page/tools/package-lock.json"
INSTALLED: Final = ROOT / ".page-tools/node_modules"
VENDOR: Final = ROOT / "bridge/page/static/vendor"
LIST: Final = "vendor.json"
_SOURCE_MAP: Final = re.compile(r"\n?//# sourceMappingURL=\S+\s*")
_IMPORTED: Final = re.compile(r"""(\bfrom\s*)(["'])([^"'\n]+)\2""")


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a package: its file there, its name here, and what other modules import it as."""

    package: str
    file: str
    name: str
    imported_as: str


MODULES: Final = (
    Module("preact", "dist/preact.mjs", "preact.js", "preact"),
    Module("preact", "hooks/dist/hooks.mjs", "hooks.js", "preact/hooks"),
    Module("@preact/signals-core", "dist/signals-core.mjs", "signals-core.js", "@preact/signals-core"),
    Module("@preact/signals", "dist/signals.mjs", "signals.js", "@preact/signals"),
    Module("htm", "dist/htm.mjs", "htm.js", "htm"),
    Module("htm", "preact/index.mjs", "html.js", "htm/preact"),
    Module("eventsource-parser", "dist/parse.js", "eventsource-parser.js", "eventsource-parser"),
    Module("eventsource-parser", "dist/errors.js", "eventsource-parser-errors.js", "./errors.js"),
)
TYPES: Final = {
    "preact": 'export * from "preact";\n',
    "preact/hooks": 'export * from "preact/hooks";\n',
    "@preact/signals-core": 'export * from "@preact/signals-core";\n',
    "@preact/signals": 'export * from "@preact/signals";\n',
    "htm": 'export { default } from "htm";\n',
    "htm/preact": 'export { Component, h, html, render } from "htm/preact";\n',
    "eventsource-parser": 'export * from "eventsource-parser";\n',
}
"""Declarations for tsc, which name those of the installed packages; they are not served."""
NAMES: Final = {module.imported_as: f"./{module.name}" for module in MODULES}


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
    packages = []
    for package in dict.fromkeys(module.package for module in MODULES):
        own = _files(package, installed)
        files |= own
        lock = locked[f"node_modules/{package}"]
        packages.append(
            {
                "name": package,
                "version": lock["version"],
                "integrity": lock["integrity"],
                "licence": lock["license"],
                "files": {name: sha256(text.encode()) for name, text in sorted(own.items())},
            }
        )
    files[LIST] = json.dumps(packages, indent=2) + "\n"
    return files


def sha256(content: bytes) -> str:
    """Return the checksum that the list contains."""
    return hashlib.sha256(content).hexdigest()


def _files(package: str, installed: Path) -> dict[str, str]:
    """Return the modules of a package, their types, and the licence."""
    files = {
        f"{package.removeprefix('@').replace('/', '-')}.LICENSE.txt": _text(installed / package / "LICENSE")
    }
    for module in MODULES:
        if module.package == package:
            files[module.name] = _relative(_text(installed / package / module.file))
        if module.package == package and module.imported_as in TYPES:
            files[module.name.removesuffix(".js") + ".d.ts"] = TYPES[module.imported_as]
    return files


def _relative(code: str) -> str:
    """Return a module whose imports are relative, without the address of its source map."""

    def here(found: re.Match[str]) -> str:
        start, quote, name = found.groups()
        return f"{start}{quote}{NAMES[name]}{quote}"

    return _IMPORTED.sub(here, _SOURCE_MAP.sub("\n", code))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
