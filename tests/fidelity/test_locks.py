"""What the libraries run with is pinned to the byte, and no lock file names an address."""

import json
import re
from typing import Any

import pytest

from tests.fidelity.environments import HERE

PYTHON = sorted(HERE.glob("*/requirements.lock"))
NODE = sorted(HERE.glob("*/package-lock.json"))


@pytest.mark.parametrize("lock", PYTHON, ids=lambda path: path.parent.name)
def test_a_python_library_is_pinned_with_hashes_and_no_address(lock: Any) -> None:
    text = lock.read_text()

    name, version = lock.with_suffix(".in").read_text().strip().split("==")
    assert f"\n{name.replace('.', '-')}=={version} " in text
    assert not re.search(r"://|file:|--(?!hash=sha256:[0-9a-f]{64})", text)
    for entry in re.split(r"\n(?=[a-z])", text)[1:]:
        assert re.match(r"[a-z0-9.-]+==[^ ]+ ", entry)
        assert "--hash=" in entry


@pytest.mark.parametrize("lock", NODE, ids=lambda path: path.parent.name)
def test_a_node_library_is_pinned_with_hashes_and_no_address(lock: Any) -> None:
    packages = json.loads(lock.read_text())["packages"]

    wanted = json.loads((lock.parent / "package.json").read_text())["dependencies"]
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    for name, package in packages.items():
        assert "resolved" not in package
        assert not name or package["integrity"].startswith("sha512-")
