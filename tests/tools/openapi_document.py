"""The description of the API, as the bridge writes it."""

import json
from typing import Any, Final

from scripts.write_openapi import described

DOCUMENT: Final[dict[str, Any]] = json.loads(described())
