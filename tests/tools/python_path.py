"""Where a process that a test starts finds modules: in the project first, then where the test itself does."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]


def python_path(code: Path = ROOT) -> str:
    """Return the value of `PYTHONPATH` for a process; `code` is the folder in which `bridge` is."""
    return os.pathsep.join([str(code), *filter(None, [os.environ.get("PYTHONPATH")])])
