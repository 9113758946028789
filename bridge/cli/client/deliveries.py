"""`deliveries` and `redeliver`: the callbacks of jobs."""

from collections.abc import AsyncIterator, Mapping, Sequence

from bridge.cli.client.job_view import minute
from bridge.cli.client.output import Output
from bridge.cli.client.talking import talk
from bridge.cli.client.target import Given
from bridge.client import Callback, Client

HEAD = ("job", "status", "state", "attempts", "last", "receiver", "answer")
"""Times are in UTC."""
PAGE = 100


def list_deliveries(given: Given, limit: int, filters: Mapping[str, str]) -> None:
    """List callbacks, newest first."""

    async def work(client: Client, output: Output) -> None:
        found = [one async for one in _first(client, filters, limit)]
        if output.as_json:
            for one in found:
                output.json(one.raw)
        elif found:
            output.table(HEAD, [_row(one) for one in found])
        else:
            output.note("No callbacks found.")

    talk(given, work)


def redeliver(given: Given, job_id: str) -> None:
    """Send the callbacks of a job again."""

    async def work(client: Client, output: Output) -> None:
        count = await client.redeliver(job_id)
        if output.as_json:
            output.json({"jobid": job_id, "redelivered": count})
        elif count:
            output.text(f"{count} {'callback is' if count == 1 else 'callbacks are'} sent again.")
        else:
            output.text(f"Job {job_id} has no callback.")

    talk(given, work)


async def _first(client: Client, filters: Mapping[str, str], limit: int) -> AsyncIterator[Callback]:
    cursor, count = None, 0
    while True:
        page = await client.callbacks(**filters, limit=min(PAGE, limit - count), cursor=cursor)
        for one in page.items:
            yield one
        count, cursor = count + len(page.items), page.next
        if cursor is None or count >= limit:
            return


def _row(one: Callback) -> Sequence[str]:
    last = one.attempts[-1] if one.attempts else None
    at = minute(last["at"]) if last else ""
    answer = str(last["status"] or last["error"] or "") if last else ""
    return (one.job_id, one.status, one.state, str(len(one.attempts)), at, one.url, answer)
