"""A job that has no account yet, and the rows that are inserted with it on the account that takes it."""

from dataclasses import dataclass, replace

from bridge.access.quotas import day_of
from bridge.accounts.account import MOST_JOBS
from bridge.accounts.condition import Condition
from bridge.accounts.slots import Slots
from bridge.flows.step import Now, take_step
from bridge.flows.submit.order import Order
from bridge.jobs.echo import Echo
from bridge.jobs.job import Cause, Failure, Job, State
from bridge.jobs.signals import Failed
from bridge.jobs.texts import needs_attention
from bridge.store.database import Tx
from bridge.store.rows import api_tokens, events, idempotency, jobs, open_submits, tenants
from bridge.store.rows.events import Event


@dataclass(frozen=True, slots=True)
class QuotaUsed:
    """The API token has had as many jobs today as it may; no job was made."""

    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A job without an account: everything that is known before the transaction that inserts it.

    `answered_by_ms`: when its submit has been answered at the latest, by this `machine`.
    """

    order: Order
    job_id: str
    echo: Echo
    fingerprint: str
    now_ms: int
    answered_by_ms: int
    machine: str

    def job(self, slots: Slots) -> Job:
        """Return the job on an account."""
        job = self.without_account()
        return replace(
            job,
            account=slots.account,
            server=slots.server,
            channel=slots.channel,
            discord=slots.mask,
            max_jobs=self.order.max_jobs or slots.max_jobs,
            state=State.WAITING,
        )

    def without_account(self) -> Job:
        """Return the job as it waits in the queue for any account."""
        order = self.order
        return Job(
            id=self.job_id,
            tenant=order.tenant,
            account=None,
            server="",
            channel="",
            discord="",
            state=State.QUEUED,
            command=order.command,
            created_ms=self.now_ms,
            updated_ms=self.now_ms,
            heard_ms=self.now_ms,
            parent=order.parent.id if order.parent else None,
            fingerprint=self.fingerprint,
            echo=self.echo,
            max_jobs=order.max_jobs or MOST_JOBS,
            reply_url=order.reply_url,
            reply_ref=order.reply_ref,
            traceparent=order.traceparent,
        )


def insert(tx: Tx, draft: Draft, job: Job) -> Event | QuotaUsed:
    """Insert the job of a draft with its idempotency key, and count it."""
    quota = draft.order.quota
    if quota and not api_tokens.count_job(tx, quota.token_id, day_of(draft.now_ms), quota.most):
        return QuotaUsed(quota.most)
    first = insert_job(tx, job)
    if first.job.reply_url is not None:
        open_submits.begin(tx, first.job.id, draft.answered_by_ms, draft.machine)
    if draft.order.key is not None:
        idempotency.claim(tx, draft.order.key, first.job.id, first.job.created_ms)
    return first


def insert_failed(tx: Tx, draft: Draft, slots: Slots, condition: Condition) -> Event | QuotaUsed:
    """Insert a job that fails at once, because a person must act on the account."""
    first = insert(tx, draft, draft.job(slots))
    if isinstance(first, QuotaUsed):
        return first
    failure = Failure(Cause.ACCOUNT, needs_attention(slots.channel), condition.explanation)
    failed = take_step(tx, first.job, Failed(failure), Now(draft.now_ms))
    return failed.event if failed and failed.event else first


def insert_job(tx: Tx, job: Job) -> Event:
    """Insert a new job and return its first event; without a `reply_url` it gets its tenant's."""
    reply_url = job.reply_url or tenants.get(tx, job.tenant).reply_url
    kept = jobs.insert(tx, replace(job, reply_url=reply_url))
    return Event(events.append(tx, kept), kept.updated_ms, kept)
