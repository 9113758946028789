"""What the tools answer: the models from which their output schemas are made."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urljoin

from pydantic import BaseModel, Field

from bridge.client import AccountHealth, Attachment, Job


class VideoRecord(BaseModel):
    """A file of a completed job."""

    name: str
    url: Annotated[str, Field(description="Where it is; an address of Discord expires after about a day.")]
    content_type: str | None
    size_bytes: int


class JobRecord(BaseModel):
    """A job: one command to the video bot."""

    job_id: str
    verb: str
    status: Annotated[
        str,
        Field(
            description="created, started, progress, completed, failed, moderated or cancelled; "
            "the first three are still running."
        ),
    ]
    is_ended: bool
    prompt: str | None
    message: Annotated[str | None, Field(description="What the bot said last.")]
    videos: list[VideoRecord]
    buttons: Annotated[list[str], Field(description="What press_button can press.")]
    menus: Annotated[
        dict[str, list[str]],
        Field(description="Menus that press_button can choose in: the value is one of the texts."),
    ]
    error: Annotated[str | None, Field(description="Why it failed or was refused.")]
    error_details: str | None
    channel: str | None
    parent_job_id: str | None
    created: str
    updated: str


class JobList(BaseModel):
    """A page of jobs, newest first."""

    jobs: list[JobRecord]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as cursor for older jobs; null at the end.")
    ]


class CancelledJob(BaseModel):
    """A job that is no longer followed."""

    job_id: str
    status: str


class AccountRecord(BaseModel):
    """A Discord account of the bridge, by its channel."""

    channel: str
    condition: Annotated[str, Field(description="connected if it can take jobs.")]
    is_connected: bool
    is_paused: bool
    running_jobs: int
    max_jobs: int
    since: str
    reason: str | None
    remedy: Annotated[str | None, Field(description="What the user has to do, in a sentence for them.")]


class AccountsHealth(BaseModel):
    """The condition of every account."""

    accounts: list[AccountRecord]


def job_record(job: Job, bridge: str) -> JobRecord:
    """Return the record of a job; the address of the bridge completes those of its mirror."""
    return JobRecord(
        job_id=job.id,
        verb=job.verb.removeprefix("pixverse-"),
        status=job.status,
        is_ended=job.is_ended,
        prompt=job.prompt,
        message=job.content,
        videos=[_video(each, bridge) for each in job.attachments],
        buttons=[*job.buttons, *job.other_buttons],
        menus={menu.name: list(menu.options) for menu in job.menus},
        error=job.error,
        error_details=job.error_details,
        channel=job.channel,
        parent_job_id=job.parent_id,
        created=job.created,
        updated=job.updated,
    )


def accounts_health(accounts: Sequence[AccountHealth]) -> AccountsHealth:
    """Return the record of the accounts."""
    return AccountsHealth(accounts=[_account(each) for each in accounts])


def _video(file: Attachment, bridge: str) -> VideoRecord:
    return VideoRecord(
        name=file.filename,
        url=urljoin(bridge, file.mirror_url or file.url),
        content_type=file.content_type,
        size_bytes=file.size,
    )


def _account(health: AccountHealth) -> AccountRecord:
    return AccountRecord(
        channel=health.channel,
        condition=health.condition,
        is_connected=health.is_connected,
        is_paused=health.is_paused,
        running_jobs=health.running,
        max_jobs=health.max_jobs,
        since=health.since,
        reason=health.reason,
        remedy=health.remedy,
    )
