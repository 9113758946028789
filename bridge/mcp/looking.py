"""The tools about jobs that are there, and about the accounts."""

from typing import Annotated, Any, Final, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from bridge.client import Client
from bridge.mcp.answers import answer, job_answer, line_of, told
from bridge.mcp.making import JobAnswer
from bridge.mcp.records import (
    AccountRecord,
    AccountsHealth,
    CancelledJob,
    JobList,
    accounts_health,
    job_record,
)
from bridge.mcp.waiting import watched

JobId = Annotated[str, Field(description="Id of the job.")]
READS: Final = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ENDS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)


def add_looking(server: MCPServer, client: Client) -> None:
    """Add the tools about jobs and accounts."""
    looking = Looking(client)
    server.add_tool(told(looking.wait_for_job), title="Wait for a job", annotations=READS)
    server.add_tool(told(looking.list_jobs), title="List jobs", annotations=READS)
    server.add_tool(told(looking.show_job), title="Show a job and its videos", annotations=READS)
    server.add_tool(told(looking.cancel_job), title="Stop following a job", annotations=ENDS)
    server.add_tool(told(looking.accounts_health), title="Show the accounts", annotations=READS)


class Looking:
    """The tools about jobs and accounts, on a client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def wait_for_job(
        self,
        job_id: JobId,
        context: Context[Any, Any],
        timeout_s: Annotated[
            float, Field(description="How many seconds to wait at most.", gt=0, le=3600)
        ] = 50,
    ) -> JobAnswer:
        """Wait until a job has ended, and return it with links to its videos.

        A video takes minutes. If the job is still running after timeout_s, that is no error: call again.
        """
        return job_answer(
            await watched(self._client, job_id, timeout_s, context.report_progress), self._client.url
        )

    async def list_jobs(
        self,
        status: Annotated[
            Literal["created", "started", "progress", "completed", "failed", "moderated", "cancelled"] | None,
            Field(description="Only jobs with this status."),
        ] = None,
        prompt: Annotated[str | None, Field(description="Only jobs whose prompt contains this text.")] = None,
        limit: Annotated[int, Field(ge=1, le=100, description="How many at most.")] = 10,
        cursor: Annotated[str | None, Field(description="The next_cursor of the page before.")] = None,
    ) -> Annotated[CallToolResult, JobList]:
        """List jobs, running and ended, newest first."""
        page = await self._client.history(status=status, prompt=prompt, limit=limit, cursor=cursor)
        jobs = [job_record(job, self._client.url) for job in page.items]
        lines = [line_of(job) for job in jobs] or ["There are no such jobs."]
        if page.next is not None:
            lines.append("There may be older ones: pass next_cursor as cursor.")
        return answer("\n".join(lines), JobList(jobs=jobs, next_cursor=page.next))

    async def show_job(self, job_id: JobId) -> JobAnswer:
        """Show a job as it is now, with its buttons, and links to its videos if it is completed."""
        return job_answer(await self._client.job(job_id), self._client.url)

    async def cancel_job(self, job_id: JobId) -> Annotated[CallToolResult, CancelledJob]:
        """Stop following a job and free its slot. The bot still finishes the video, but nobody hears of it.

        Call it only if the user wants that.
        """
        status = await self._client.cancel(job_id)
        return answer(f"Job {job_id}: {status}.", CancelledJob(job_id=job_id, status=status))

    async def accounts_health(self) -> Annotated[CallToolResult, AccountsHealth]:
        """Show whether the Discord accounts can take jobs, and if not, why and what the user has to do."""
        health = accounts_health((await self._client.health()).accounts)
        lines = [_line(account) for account in health.accounts]
        return answer("\n".join(lines) or "No account is configured: the user has to add one.", health)


def _line(account: AccountRecord) -> str:
    told = f"Channel {account.channel}: {account.condition}"
    told += ", paused by the user" if account.is_paused else ""
    told += f", {account.running_jobs} of {account.max_jobs} slots taken."
    told += f" Reason: {account.reason}" if account.reason else ""
    return told + (f" Tell the user: {account.remedy}" if account.remedy else "")
