"""The libraries in the package are bundled from those of the lock file, with their licences."""

import json
import re

import pytest

from scripts.vendor_page import INSTALLED, LIST, LOCK, VENDOR, licence_file, sha256, vendored

BUNDLES = json.loads((VENDOR / LIST).read_text())
PACKAGES = [package for bundle in BUNDLES for package in bundle["packages"]]
LOCKED = json.loads(LOCK.read_text())["packages"]
FREE = {"MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0", "MIT OR Apache-2.0"}


def is_installed() -> bool:
    made_from = INSTALLED.parent / "made-from"
    return made_from.is_file() and made_from.read_text() == LOCK.read_text()


def test_every_file_has_the_checksum_of_the_list_and_is_listed() -> None:
    told = {name: checksum for bundle in BUNDLES for name, checksum in bundle["files"].items()}

    found = {file.name: sha256(file.read_bytes()) for file in VENDOR.iterdir() if file.name != LIST}

    assert found == told, "run: make vendor"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_every_package_is_of_the_lock_file_and_has_its_licence(package: dict[str, str]) -> None:
    locked = LOCKED[f"node_modules/{package['name']}"]

    assert (package["version"], package["integrity"]) == (locked["version"], locked["integrity"])
    assert package["licence"] == locked["license"]
    assert (VENDOR / licence_file(package["name"])).is_file()


def test_all_that_the_lock_file_names_is_under_a_free_licence() -> None:
    assert {lock["license"] for name, lock in LOCKED.items() if name} <= FREE


def test_a_module_imports_only_files_beside_it() -> None:
    for module in VENDOR.glob("*.js"):
        imported = re.findall(r"""(?:from|import)\s*\(?["']([^"']+)["']""", module.read_text())
        assert {name for name in imported if not (VENDOR / name).is_file()} == set(), module.name
        assert "sourceMappingURL" not in module.read_text()


@pytest.mark.skipif(not is_installed(), reason="no npm here, or .page-tools is of another lock file")
def test_the_packages_give_the_same_files_again() -> None:
    again = vendored(INSTALLED)

    assert {name: (VENDOR / name).read_text() for name in again} == again
