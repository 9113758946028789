"""What tests of several files share lives in tests/tools: a test file is read alone, and moved alone."""

import re
from typing import Final

from tests.docs.pages import ROOT

OUT_OF_A_TEST_FILE: Final = re.compile(
    r"^\s*(?:from|import) (?:tests)?\.(?:[\w.]*\.)?test_\w+.*"
    r"|^\s*from (?:tests)?\.[\w.]* import .*\btest_\w+.*",
    re.MULTILINE,
)


def test_nothing_is_taken_out_of_a_test_file() -> None:
    files = [path for folder in ("tests", "bench", "scripts") for path in (ROOT / folder).rglob("*.py")]

    taken = {
        f"{path.relative_to(ROOT)}: {found[0].strip()}"
        for path in files
        for found in OUT_OF_A_TEST_FILE.finditer(path.read_text(encoding="utf-8"))
    }

    assert len(files) > 300
    assert taken == set()
