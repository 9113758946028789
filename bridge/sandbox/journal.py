"""Every `POST /interactions` in order, whatever became of it: how often was a command really sent?"""

from collections import deque
from dataclasses import dataclass, field

from bridge.sandbox.wire import Json, as_snowflake, timestamp

__all__ = ["Entry", "Journal"]

MOST_ENTRIES = 100_000
KINDS = {2: "command", 3: "component", 5: "modal"}


@dataclass
class Entry:
    """One request; `interaction_id` is set when it ran, `status` is what was answered (0: nothing)."""

    received_at: str
    user_id: int | None
    asked: Json
    interaction_id: int | None = None
    status: int | None = None

    def view(self) -> Json:
        """Show it to the control API."""
        return {
            "id": str(self.interaction_id) if self.interaction_id is not None else None,
            **self.asked,
            "user_id": str(self.user_id) if self.user_id is not None else None,
            "received_at": self.received_at,
            "accepted": self.interaction_id is not None,
            "status": self.status,
        }


@dataclass
class Journal:
    """The entries; the oldest are forgotten when there are too many."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=MOST_ENTRIES))

    def open(self, now_ms: int, user_id: int | None, body: Json) -> Entry:
        """Write down a request."""
        entry = Entry(timestamp(now_ms), user_id, _asked(body))
        self.entries.append(entry)
        return entry

    def view(self) -> list[Json]:
        """Show all entries."""
        return [entry.view() for entry in self.entries]


def _asked(body: Json) -> Json:
    data = body.get("data")
    return {
        "nonce": body.get("nonce"),
        "kind": KINDS.get(as_snowflake(body.get("type")) or 0, "unknown"),
        **_ordered(data if isinstance(data, dict) else {}),
        "channel_id": body.get("channel_id"),
    }


def _ordered(data: Json) -> Json:
    if "custom_id" in data:
        return {"custom_id": data["custom_id"], "options": dict(_fields(data.get("components")))}
    options = data.get("options")
    rows = [row for row in options if isinstance(row, dict)] if isinstance(options, list) else []
    return {"command": data.get("name"), "options": {str(row.get("name")): row.get("value") for row in rows}}


def _fields(components: object) -> list[tuple[str, object]]:
    """Read what was typed into a modal: rows of inputs, or labels with one each."""
    found: list[tuple[str, object]] = []
    for each in components if isinstance(components, list) else []:
        if isinstance(each, dict):
            inner = each.get("components") or [each.get("component")]
            found.extend(_fields(inner))
            if as_snowflake(each.get("type")) == 4:
                found.append((str(each.get("custom_id")), each.get("value")))
    return found
