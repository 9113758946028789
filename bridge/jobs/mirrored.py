"""Which files of a job a mirror keeps, and a job's files with their addresses in the mirror; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from bridge.chat import Attachment
from bridge.jobs.job import Job, State

TYPES: Final[Mapping[str, str]] = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
}
"""The types that are mirrored, and served, by the ending of the name."""
_ENDINGS: Final = {kind: ending for ending, kind in TYPES.items()}


@dataclass(frozen=True, slots=True)
class MirroredAttachment(Attachment):
    """A file that is in the mirror too. Only records have such files: they are never stored."""

    mirror_url: str = ""


@dataclass(frozen=True, slots=True)
class Video:
    """A video of a completed job: the id of its file, its announced size, and the ending of its type."""

    file: str
    size: int
    ending: str


def videos_of(job: Job) -> Sequence[Video]:
    """Return the videos that a job has as its result."""
    files = job.said.attachments if job.said and job.state is State.COMPLETED else ()
    return [Video(file.id, file.size, ending) for file in files if (ending := _ending(file)) is not None]


def with_mirrors(job: Job, addresses: Mapping[str, str]) -> Job:
    """Return a job whose files have their addresses in the mirror, by the id of the file."""
    if job.said is None or not addresses:
        return job
    files = tuple(_mirrored(file, addresses.get(file.id)) for file in job.said.attachments)
    return replace(job, said=replace(job.said, attachments=files))


def _mirrored(file: Attachment, address: str | None) -> Attachment:
    if address is None:
        return file
    known = {field.name: getattr(file, field.name) for field in fields(Attachment)}
    return MirroredAttachment(**known, mirror_url=address)


def _ending(file: Attachment) -> str | None:
    """Return the ending of a video's type; if Discord names no type, that of its own name."""
    if file.content_type is not None:
        return _ENDINGS.get(file.content_type.partition(";")[0].strip().lower())
    ending = file.filename.rpartition(".")[2].lower()
    return ending if ending in TYPES else None
