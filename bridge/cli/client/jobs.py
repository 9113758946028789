"""`jobs`, `show`, `cancel` and `watch`: the jobs of the bridge."""

from collections.abc import AsyncIterator, Mapping

from bridge.cli.client.ending import After, follow
from bridge.cli.client.job_view import HEAD, line, row
from bridge.cli.client.output import Output
from bridge.cli.client.talking import talk
from bridge.cli.client.target import Given
from bridge.client import Client, Event, Job

PAGE = 100
"""The most jobs of one answer."""


def list_jobs(given: Given, limit: int, filters: Mapping[str, str] | None) -> None:
    """List the running jobs, oldest first; with filters, which may be empty, the newest of the history."""

    async def work(client: Client, output: Output) -> None:
        found = _running(client) if filters is None else _history(client, filters, min(PAGE, limit))
        jobs = [job async for job in _first(found, limit)]
        if output.as_json:
            for job in jobs:
                output.json(dict(job.raw))
        elif jobs:
            output.table(HEAD, [row(job) for job in jobs])
        else:
            output.note(
                "No jobs are running; --history lists those that have ended."
                if filters is None
                else "No jobs found."
            )

    talk(given, work)


def filters_of(**given: str | None) -> Mapping[str, str]:
    """Return the filters that were given, as the client has them."""
    filters = {name: value for name, value in given.items() if value is not None}
    if "verb" in filters:
        filters["verb"] = f"pixverse-{filters['verb'].replace('-', '_')}"
    return filters


def show(given: Given, job_id: str, after: After) -> None:
    """Show a job, and follow it if that is wished."""

    async def work(client: Client, output: Output) -> None:
        await follow(client, output, await client.job(job_id), after)

    talk(given, work)


def cancel(given: Given, job_id: str) -> None:
    """Stop tracking a job."""

    async def work(client: Client, output: Output) -> None:
        status = await client.cancel(job_id)
        if output.as_json:
            output.json({"jobid": job_id, "status": status})
        elif status == "cancelled":
            output.text(f"Job {job_id} is cancelled: its slot is free. The bot still finishes the video.")
        else:
            output.text(f"Job {job_id} had already ended: {status}.")

    talk(given, work)


def watch(given: Given) -> None:
    """Show every change of every job and account, until Ctrl-C."""

    async def work(client: Client, output: Output) -> None:
        if not output.as_json:
            output.note("Watching; Ctrl-C ends it.")
        async for event in client.events():
            _tell(output, event)

    talk(given, work, is_endless=True)


def _tell(output: Output, event: Event) -> None:
    if output.as_json:
        output.json(dict(event.raw))
    elif event.job is not None:
        output.text(line(event.job))
    elif event.type == "account":
        account = event.raw
        why = f": {account['reason']}" if account.get("reason") else ""
        remedy = f". {account['remedy']}" if account.get("remedy") else ""
        output.text(
            f"{account['since'][11:19]}  account {account['channel']}  {account['condition']}{why}{remedy}"
        )


async def _running(client: Client) -> AsyncIterator[Job]:
    for job_id in await client.jobs():
        yield await client.job(job_id)


async def _history(client: Client, filters: Mapping[str, str], page_size: int) -> AsyncIterator[Job]:
    cursor = None
    while True:
        page = await client.history(**filters, limit=page_size, cursor=cursor)
        for job in page.items:
            yield job
        cursor = page.next
        if cursor is None:
            return


async def _first(jobs: AsyncIterator[Job], limit: int) -> AsyncIterator[Job]:
    count = 0
    async for job in jobs:
        yield job
        count += 1
        if count >= limit:
            return
