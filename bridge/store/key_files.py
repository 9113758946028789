"""Files of secret keys: one key on each line, the newest first; readable by their owner only."""

import errno
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge.errors import DataError
from bridge.store.keys import SHORTEST_KEY, TOO_SHORT, Key
from bridge.store.private_files import give_to_owner

GIVEN: Final = "the setting secret_key (BRIDGE_SECRET_KEY)"


@dataclass(frozen=True, slots=True)
class KeySources:
    """Where the keys are: given texts, then a given file; without both the file that the bridge makes."""

    given: Sequence[str] = field(repr=False)
    file: Path | None
    generated: Path

    def read(self) -> Sequence[Key]:
        """Return the keys, the newest first; raises `DataError` if there is none."""
        keys = [Key(text, GIVEN, text.encode()) for text in self.given]
        if self.file is not None:
            keys += read_key_file(self.file, "secret_key_file")
        return keys or read_key_file(self.generated)

    @property
    def written(self) -> Path:
        """The file that is read, or would be if no key was given."""
        return self.file or self.generated

    @property
    def is_generated(self) -> bool:
        """Whether the bridge makes the key itself."""
        return not self.given and self.file is None

    @property
    def is_missing(self) -> bool:
        """Whether the bridge has yet to make the key."""
        return self.is_generated and not self.generated.exists()


def read_key_file(path: Path, setting: str | None = None) -> Sequence[Key]:
    """Return the keys of a file, which a setting may name, the newest first; raises `DataError`."""
    named = f"key file {path}" if setting is None else f"key file {path} ({setting})"
    try:
        content = path.read_bytes()
        lines = content.decode("ascii").split("\n")
    except OSError as error:
        raise DataError(f"The {named} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"The {named} is not text: write one key on each line.") from error
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise DataError(f"The {named} is empty: put the key back, or delete the file for a new one.")
    if len(texts[0]) < SHORTEST_KEY:
        raise DataError(f"The secret key in {path} {TOO_SHORT}.")
    is_alone = len(texts) == 1
    return [Key(text, str(path), content if is_alone else text.encode()) for text in texts]


def write_key_file(path: Path, texts: Sequence[str]) -> None:
    """Replace a key file atomically: a crash leaves the earlier or the new one; raises `DataError`.

    Its owner stays the same: the bridge may run as another user than the one who rotates its key.
    """
    path = path.resolve()
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            os.fchmod(file.fileno(), 0o600)
            _keep_owner(file.fileno(), path)
            file.write("".join(f"{text}\n" for text in texts))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise DataError(f"The key file {path} cannot be written: {error.strerror}.") from error


def made() -> str:
    """Return a new key of 32 random bytes."""
    return secrets.token_urlsafe(32)


def _keep_owner(descriptor: int, path: Path) -> None:
    """Give a draft the owner of the file that it replaces; raises `OSError` if only the superuser could."""
    if path.exists() and path.stat().st_uid != os.geteuid() != 0:
        raise PermissionError(errno.EPERM, "it belongs to another user")
    give_to_owner(descriptor, path if path.exists() else path.parent)


def _sync(folder: Path) -> None:
    """Make a rename in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
