"""Every REST answer that the simulators of this process gave, and what was wrong with it."""

import json
import re
from dataclasses import dataclass, field
from typing import Final

from tests.openapi.description import Answer, Description, described

VERSION: Final = re.compile(r"^/api(/v\d+)?(?=/)")


@dataclass
class Recorder:
    """Counts the answers that were checked; equal answers are checked once."""

    checked: int = 0
    undescribed: int = 0
    faults: list[str] = field(default_factory=list)
    _seen: set[tuple[str, str, int, bytes]] = field(default_factory=set)

    def hear(self, method: str, path: str, status: int, body: bytes) -> None:
        """Check one answer as it went over the wire."""
        description = described()
        path = VERSION.sub("", path)
        if description is None or status == 0:
            return
        self.checked += 1
        key = (method, path, status, body)
        if key not in self._seen:
            self._seen.add(key)
            self._check(description, Answer(method, path, status, json.loads(body) if body else None))

    def _check(self, description: Description, answer: Answer) -> None:
        found = description.faults_of(answer)
        if found is None:
            self.checked -= 1
            self.undescribed += 1
        else:
            self.faults += [f"{answer.method} {answer.path} {answer.status} {each}" for each in found]

    def taken(self) -> list[str]:
        """Return the faults since the last time."""
        found, self.faults = self.faults, []
        return found
