"""The form of an answer: text for the agent to read, links to the videos, and the record by its schema."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, ParamSpec

from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent
from pydantic import BaseModel

from bridge.client import ApiError, ClientError, Job
from bridge.mcp.records import JobRecord, VideoRecord, job_record
from bridge.mcp.refusals import refusal

Given = ParamSpec("Given")
Tool = Callable[Given, Awaitable[CallToolResult]]
NEXT: Final = {
    "completed": "Show the user the links: those of Discord expire after about a day.",
    "moderated": "The bot refused it: change the prompt or the picture before you try again.",
    "failed": "Tell the user why. If the reason is about an account, call accounts_health.",
    "cancelled": "It is no longer followed.",
}
STILL_RUNNING: Final = "It is still running: call wait_for_job. Do not submit it again."


def answer(text: str, record: BaseModel, *links: ResourceLink) -> CallToolResult:
    """Return the answer of a tool that could do it."""
    content: list[ContentBlock] = [TextContent(type="text", text=text), *links]
    return CallToolResult(content=content, structured_content=record.model_dump(mode="json"))


def job_answer(job: Job, bridge: str) -> CallToolResult:
    """Return a job, with what to do next and a link to each of its videos."""
    record = job_record(job, bridge)
    links = [_link(video) for video in record.videos if job.is_completed]
    return answer(f"{line_of(record)}\n{NEXT.get(job.status, STILL_RUNNING)}", record, *links)


def failure(text: str) -> CallToolResult:
    """Return the answer of a tool that could not do it."""
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def told(tool: Tool[Given]) -> Tool[Given]:
    """Return a tool that answers what the client raises, with what to do about it."""

    @wraps(tool)
    async def asked(*arguments: Given.args, **named: Given.kwargs) -> CallToolResult:
        try:
            return await tool(*arguments, **named)
        except ClientError as error:
            return failure(refusal(error) + _about(error))

    return asked


def line_of(job: JobRecord) -> str:
    """Return a job in a line: its id, what it is and how it stands."""
    parts = [f"Job {job.job_id} ({job.verb}): {job.status}"]
    if job.prompt:
        parts.append(f"prompt: {job.prompt}")
    if job.error:
        parts.append(f"error: {job.error}" + (f" ({job.error_details})" if job.error_details else ""))
    if job.status == "completed" and job.buttons:
        parts.append(f"buttons: {', '.join(job.buttons)}")
    if job.status == "completed":
        parts += [f"menu {name}: {', '.join(options)}" for name, options in job.menus.items()]
    return "; ".join(parts) + "."


def _about(error: ClientError) -> str:
    if isinstance(error, ApiError) and error.job_id is not None:
        return f" This is the end of job {error.job_id}."
    return ""


def _link(video: VideoRecord) -> ResourceLink:
    return ResourceLink(
        type="resource_link",
        name=video.name,
        uri=video.url,
        mime_type=video.content_type,
        size=video.size_bytes or None,
    )
