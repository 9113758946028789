"""The job resource."""

from dataclasses import dataclass

from aiohttp import web

from bridge.api.contract.responses import CancelBody
from bridge.api.contract.views import encode
from bridge.api.contract.wording import expired_job, unknown_job
from bridge.api.http.answers import Refusal, as_json, raw_json
from bridge.api.http.guard import TENANT
from bridge.flows.end.cancel import Cancel
from bridge.flows.keep.links import RecordLinks
from bridge.flows.submit.waiting import Waiting
from bridge.jobs.job import Job
from bridge.store.database import Database
from bridge.store.rows import jobs, tombstones


@dataclass(frozen=True, slots=True)
class JobResource:
    """Handlers of `/v1/pixverse/jobs`."""

    database: Database
    links: RecordLinks
    cancelling: Cancel
    waiting: Waiting

    async def list(self, request: web.Request) -> web.Response:
        """Answer with the ids of the running jobs; with a `jobid`, with that job."""
        if "jobid" in request.query:
            return await self.get(request)
        tenant = request[TENANT]
        return as_json(list(await self.database.query(lambda tx: jobs.executing_ids(tx, tenant))))

    async def get(self, request: web.Request) -> web.Response:
        """Answer with a job's record, and what it waits for."""
        tenant, job_id = request[TENANT], asked_job(request)
        [living] = await self.links.fresh([await found_job(self.database, tenant, job_id)])
        return raw_json(encode(living, await self.waiting.of(living)))

    async def cancel(self, request: web.Request) -> web.Response:
        """Cancel a job, except for HEAD, and answer with its status; an ended job keeps its own."""
        tenant, job_id = request[TENANT], asked_job(request)
        if request.method == "HEAD":
            job: Job | None = await found_job(self.database, tenant, job_id)
        else:
            job = await self.cancelling.run(tenant, job_id)
        if job is None:
            raise await missing_job(self.database, tenant, job_id)
        return as_json(CancelBody(jobid=job.id, status=job.status).model_dump())


def asked_job(request: web.Request) -> str:
    """Return the `jobid` of the query; raises `Refusal` without one."""
    job_id = request.query.get("jobid", "")
    if not job_id:
        raise no_job_id()
    return job_id


def no_job_id() -> Refusal:
    """Return the contract's 400 for a query without a job."""
    return Refusal(400, "Query param jobid not provided")


async def found_job(database: Database, tenant: str, job_id: str) -> Job:
    """Return a tenant's job; raises `Refusal` for one that the tenant does not have, or that was deleted."""
    job = await database.query(lambda tx: jobs.of_tenant(tx, tenant, job_id))
    if job is None:
        raise await missing_job(database, tenant, job_id)
    return job


async def missing_job(database: Database, tenant: str, job_id: str) -> Refusal:
    """Return the refusal for a job that a tenant does not have, or that was deleted."""
    had = await database.query(lambda tx: tombstones.is_there(tx, tenant, job_id))
    return expired_job() if had else unknown_job(job_id)
