"""Uploads ahead of a request, as to Discord's storage bucket (discord-userdoccers, "Cloud Uploads")."""

from collections import OrderedDict
from dataclasses import dataclass

from bridge.sandbox.files import Upload
from bridge.sandbox.world.guilds import PREMIUM_TIER
from bridge.sandbox.world.users import User

__all__ = ["HELD_FILE_BYTES", "Slot", "UploadDesk", "most_file_bytes"]

MIB = 1024 * 1024
HELD_FILE_BYTES = 100 * MIB
"""What the simulator itself holds of one file: everything is in memory."""
BY_PREMIUM_TYPE = {0: 10 * MIB, 1: 50 * MIB, 2: 500 * MIB, 3: 50 * MIB}
BY_PREMIUM_TIER = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}
MOST_SLOTS = 1000


@dataclass(frozen=True)
class Slot:
    """A promise to take one file; `content` is None until it has been put there."""

    name: str
    filename: str
    size: int
    user_id: int
    content: bytes | None = None


def most_file_bytes(user: User) -> int:
    """Return how large a file of a user may be, by its subscription or by the boosts of the guild."""
    own = BY_PREMIUM_TYPE.get(user.premium_type, 10 * MIB)
    return min(max(own, BY_PREMIUM_TIER[PREMIUM_TIER]), HELD_FILE_BYTES)


class UploadDesk:
    """The slots by the name that a later request gives as `uploaded_filename`."""

    def __init__(self) -> None:
        self._slots: OrderedDict[str, Slot] = OrderedDict()
        self.most_bytes: int | None = None
        """How large a file may be, if Discord takes less than it says; None: as it says."""

    def keep(self, slot: Slot) -> None:
        """Open a slot, or store it with its bytes."""
        self._slots[slot.name] = slot
        if len(self._slots) > MOST_SLOTS:
            self._slots.popitem(last=False)

    def find(self, name: str) -> Slot | None:
        """Return the slot with that name."""
        return self._slots.get(name)

    def take(self, name: object, user_id: int) -> Upload | None:
        """Hand over a file that its owner uploaded."""
        slot = self._slots.get(name) if isinstance(name, str) else None
        if slot is None or slot.content is None or slot.user_id != user_id:
            return None
        return Upload(slot.filename, slot.content)
