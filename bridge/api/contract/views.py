"""A job as the contract's record; absent values are left out, never null."""

# ruff: noqa: N815 - the names are the contract's

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from bridge.chat import Attachment, Embed
from bridge.flows.send.next_job import Wait, WaitReason
from bridge.jobs.command import Upload, Value, Verb
from bridge.jobs.job import STATUS, Job, Menu
from bridge.jobs.mirrored import MirroredAttachment

STATUSES: Final = tuple(dict.fromkeys(STATUS.values()))
Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
StatusName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(STATUSES)})]
ReasonName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(WaitReason)})]
VerbName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(Verb)})]


class AttachmentView(BaseModel):
    """A file of the bot's message; `mirror_url` is where the bridge itself keeps it, if it does."""

    id: str
    content_type: str | None = None
    filename: str
    url: str
    mirror_url: str | None = None
    proxy_url: str | None = None
    size: int
    width: int | None = None
    height: int | None = None


class ImageView(BaseModel):
    """The picture of an embed."""

    url: str
    proxy_url: str | None = None
    width: int | None = None
    height: int | None = None


class EmbedView(BaseModel):
    """An embed of the bot's message."""

    type: str | None = None
    description: str | None = None
    image: ImageView | None = None


class UploadView(BaseModel):
    """An uploaded picture: its size in bytes and the type found in its bytes."""

    size: int
    type: str


class WaitView(BaseModel):
    """What an unsent job waits for: `jobid` is the other job, `until` the latest end of the wait.

    `position`: its place in the queue, 1 for the first.
    """

    reason: ReasonName
    details: str | None = None
    jobid: str | None = None
    until: Instant | None = None
    position: int | None = None


class SelectView(BaseModel):
    """A select menu of the bot: its name, and what can be chosen."""

    name: str
    options: list[str]


def _said_to_be_closed(schema: dict[str, Any]) -> None:
    """Leave out of the description that a record may have other fields: it names those that there are."""
    schema.pop("additionalProperties", None)


class JobRecord(BaseModel):
    """One command and its outcome; `test` is true in a test callback only.

    `position` is there while the job waits in the queue: then it has no account, and if its request names
    none, its `discord`, `server` and `channel` are empty.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra=_said_to_be_closed)

    jobid: str
    parentJobId: str | None = None
    verb: VerbName
    status: StatusName
    created: Instant
    updated: Instant
    prompt: str | None = None
    negative_prompt: str | None = None
    motion: int | None = None
    seed_value: int | None = None
    hd_quality: str | None = None
    image: UploadView | None = None
    face: UploadView | None = None
    button: str | None = None
    value: str | None = None
    buttons: list[str] | None = None
    otherButtons: list[str] | None = None
    selects: list[SelectView] | None = None
    style: str | None = None
    aspect_ratio: str | None = None
    character: str | None = None
    discord: str
    server: str
    channel: str
    maxJobs: int
    replyUrl: str | None = None
    replyRef: str | None = None
    messageId: str | None = None
    content: str | None = None
    timestamp: str | None = None
    attachments: list[AttachmentView] | None = None
    embeds: list[EmbedView] | None = None
    error: str | None = None
    errorDetails: str | None = None
    late: bool | None = None
    waitingFor: WaitView | None = None
    position: int | None = None
    test: bool | None = None
    code: int = 200


def encode(job: Job, wait: Wait | None = None) -> bytes:
    """Return a job's record as JSON."""
    return record(job, wait).model_dump_json(exclude_none=True).encode()


def record(job: Job, wait: Wait | None = None) -> JobRecord:
    """Return a job's record, with what it waits for if given."""
    command, said, failure = job.command, job.said, job.failure
    return JobRecord(
        jobid=job.id,
        parentJobId=job.parent,
        verb=command.verb,
        status=job.status,
        created=moment(job.created_ms),
        updated=moment(job.updated_ms),
        buttons=list(said.buttons) or None if said else None,
        otherButtons=list(said.other_buttons) or None if said else None,
        selects=[_select(menu) for menu in said.selects] or None if said else None,
        discord=job.discord,
        server=job.server,
        channel=job.channel,
        maxJobs=job.max_jobs,
        replyUrl=job.reply_url,
        replyRef=job.reply_ref,
        messageId=said.message_id if said else None,
        content=_content(job),
        timestamp=said.timestamp if said else None,
        attachments=[_attachment(file) for file in said.attachments] or None if said else None,
        embeds=[_embed(embed) for embed in said.embeds] or None if said else None,
        error=failure.error if failure else None,
        errorDetails=failure.details if failure else None,
        late=job.is_late or None,
        waitingFor=_wait(wait) if wait else None,
        position=wait.position if wait else None,
        **{name: _given(value) for name, value in command.values.items()},
    )


def moment(at_ms: int) -> str:
    """Return a time in the contract's format: `YYYY-MM-DDTHH:mm:ss.sssZ`."""
    seconds = datetime.fromtimestamp(at_ms // 1000, UTC).isoformat().removesuffix("+00:00")
    return f"{seconds}.{at_ms % 1000:03d}Z"


def _content(job: Job) -> str | None:
    """Return the bot's text; an ended job always has one, because programs read it unchecked."""
    content = job.said.content if job.said else None
    return "" if content is None and not job.is_open else content


def _wait(wait: Wait) -> WaitView:
    until = moment(wait.until_ms) if wait.until_ms is not None else None
    return WaitView(
        reason=wait.reason, details=wait.details, jobid=wait.job_id, until=until, position=wait.position
    )


def _select(menu: Menu) -> SelectView:
    return SelectView(name=menu.name, options=list(menu.options))


def _given(value: Value) -> Any:
    return UploadView(size=value.size, type=value.type) if isinstance(value, Upload) else value


def _attachment(file: Attachment) -> AttachmentView:
    return AttachmentView(
        id=file.id,
        content_type=file.content_type,
        filename=file.filename,
        url=file.url,
        mirror_url=file.mirror_url if isinstance(file, MirroredAttachment) else None,
        proxy_url=file.proxy_url,
        size=file.size,
        width=file.width,
        height=file.height,
    )


def _embed(embed: Embed) -> EmbedView:
    image = embed.image
    return EmbedView(
        type=embed.type,
        description=embed.description,
        image=ImageView(url=image.url, proxy_url=image.proxy_url, width=image.width, height=image.height)
        if image
        else None,
    )
