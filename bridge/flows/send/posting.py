"""Makes the POST of one interaction: claimed before it, made once, settled by Discord's answer.

`answers` says what each answer does to the job.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import structlog
from structlog.contextvars import bound_contextvars

from bridge.chat import DISCORD_EPOCH_MS, ModalSubmit
from bridge.flows.context import AccountContext
from bridge.flows.places import Place, login_of, take_place
from bridge.flows.send.answers import apply_429, apply_answer, take_back
from bridge.flows.send.next_job import next_post_at_ms, retry_at_ms
from bridge.flows.send.proofs import Proofs
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.grace import LEASES_S, POST_S
from bridge.jobs.job import UNSENT, Job, State
from bridge.jobs.signals import Claimed
from bridge.sessions.port import LONGEST_RETRY_S, NotSent, Prepared, Rejected, Sent, Taken, Throttled
from bridge.store.database import AlreadyThere, StoreUnavailable, Tx
from bridge.store.fenced import LeaseLost
from bridge.store.files.uploads import Uploads, of_job
from bridge.store.rows import accounts, interactions, jobs
from bridge.store.rows.places import Login
from bridge.tracing.tracing import Origin

log = structlog.get_logger(__name__)
PROOF_S: Final = 1.0
"""How long to wait for a gateway event proving that an interaction ran although Discord answered 429."""
AFTER_ERROR_S: Final = 1.0
LEASE_OVER: Final = "the lease of the account ended before the interaction was sent"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """A POST that is about to be made: its job, its interaction and its nonce."""

    job_id: str
    prepared: Prepared
    nonce: str

    @property
    def kind(self) -> str:
        """The kind of its row; a job has at most one of each kind that is not void."""
        return "modal" if isinstance(self.prepared.interaction, ModalSubmit) else "run"


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that may be sent, its step if the claim was one, and its account's place.

    There is no job if the person belongs to another tenant, so that the account has given way, if the account
    was given another token, or if the nonce was used: the next attempt has a new one.
    """

    place: Place
    job: Job | None = None
    moved: Moved | None = None


class Posting:
    """Submits prepared interactions of one account: claims, posts and settles one job or modal at a time.

    `sending` is the job whose claim, POST or answer is in progress.
    """

    def __init__(self, context: AccountContext, uploads: Uploads) -> None:
        self.sending: str | None = None
        self._context = context
        self._uploads = uploads
        self._proofs = Proofs(context)

    async def finish(self) -> None:
        """Store what a cancellation has kept from being stored: that a claimed POST did not run."""
        await self._proofs.store_rest()

    async def run(self, job_id: str, prepared: Prepared) -> bool:
        """Submit a job, or its modal; return False if it provably did not run and may be sent again.

        On a stop, a POST in progress still waits for its answer, and a claim in progress is taken back.
        """
        post = PlannedPost(job_id, prepared, self._new_nonce())
        with bound_contextvars(job_id=job_id):
            submitting = asyncio.create_task(self._submit(post), name=f"post-{self._context.account.id}")
        try:
            return await asyncio.shield(submitting)
        except asyncio.CancelledError:
            if submitting.done() and not _is_being_stopped():
                log.warning("sending_was_cancelled", job_id=job_id)
                return False
            await asyncio.wait({submitting}, timeout=min(POST_S, self._context.lease_left_s()))
            submitting.cancel()
            await asyncio.wait({submitting}, timeout=LEASES_S)
            submitting.cancel()
            await asyncio.wait({submitting})
            raise

    async def _submit(self, post: PlannedPost) -> bool:
        self.sending = post.job_id
        try:
            claim = await self._claimed(post)
            if claim is None:
                return False
            if claim.place.moved or not claim.place.is_own:
                notify_of(self._context.notifier, claim.place.moved)
                self._context.notifier.notify("accounts")
            if claim.job is None:
                return await self._has_given_way(claim.place)
            if claim.moved is not None:
                self._context.notifier.notify("moved", claim.moved)
            return await self._post(claim.job, post)
        finally:
            self.sending = None

    async def _claimed(self, post: PlannedPost) -> Claim | None:
        """Claim a job; None if it may not be sent now.

        If it is not known whether the claim was stored, nothing is sent, and the claim is taken back.
        """
        now, sender = self._context.now(), self._context.session.user_id
        login = login_of(self._context.session)
        try:
            return await self._context.database.write(lambda tx: self._claim(tx, post, sender, login, now))
        except LeaseLost:
            raise
        except StoreUnavailable as error:
            log.warning("claim_is_unknown", nonce=post.nonce, reason=str(error))
            await self._take_back(post)
            return None
        except asyncio.CancelledError:
            await self._take_back(post)
            raise

    async def _take_back(self, post: PlannedPost) -> None:
        account, now = self._context.account.id, self._context.now()
        moved = await self._proofs.store(
            lambda tx: take_back(tx, post.job_id, nonce=post.nonce, account=account, kind=post.kind, now=now)
        )
        notify_of(self._context.notifier, moved)

    async def _has_given_way(self, place: Place) -> bool:
        """Return whether the account has given way; if it only has another token, wait to be stopped."""
        if not place.is_current:
            await self._context.clock.sleep(AFTER_ERROR_S)
        return place.is_current and not place.is_own

    def _claim(
        self, tx: Tx, post: PlannedPost, sender: str | None, login: Login | None, now: Now
    ) -> Claim | None:
        """Store the interaction with its nonce: from now on it is never sent again.

        Returns None if it may not be sent now: another job is next, or there is a new rate limit.
        """
        job = jobs.by_id(tx, post.job_id)
        if job is None or job.account != self._context.account.id or not _is_unsent(tx, job, post.kind):
            return None
        if self._ready_ms(tx, job.id, now.ms) > now.ms:
            return None
        place = take_place(tx, self._context.account.id, login, now)
        if not place.is_own:
            return Claim(place)
        try:
            interactions.begin(
                tx,
                nonce=post.nonce,
                job=job.id,
                account=self._context.account.id,
                kind=post.kind,
                sender=sender,
                now_ms=now.ms,
            )
        except AlreadyThere:
            return Claim(place)
        moved = take_step(tx, job, Claimed(), now)
        return Claim(place, moved.job if moved else job, moved)

    def _ready_ms(self, tx: Tx, job_id: str, now_ms: int) -> int:
        never_left = interactions.never_left(tx, [job_id], now_ms)[job_id]
        return max(
            accounts.held_until_ms(tx, self._context.account.id, now_ms),
            next_post_at_ms(
                interactions.last_sent_ms(tx, self._context.account.id, now_ms), self._context.timing.pace_s
            ),
            retry_at_ms(never_left.tries, never_left.last_ms),
        )

    async def _post(self, claimed: Job, post: PlannedPost) -> bool:
        span = self._context.tracing.sending(
            "post", Origin(claimed.id, claimed.traceparent), {"pixverse.interaction": post.kind}
        )
        sent = await self._sent(post)
        span.end(None, None if isinstance(sent, Taken) else type(sent).__name__)
        log.info("interaction_sent", nonce=post.nonce, answer=type(sent).__name__)
        has_run = not isinstance(sent, NotSent | Rejected)
        if isinstance(sent, Throttled):
            moved = await self._settle_429(claimed, post, sent)
        else:
            reason, now = self._context.session.condition.explanation, self._context.now()
            settle = partial(
                apply_answer, job_id=post.job_id, nonce=post.nonce, sent=sent, reason=reason, now=now
            )
            moved = await (self._write(settle) if has_run else self._proofs.store(settle))
        self._delete_uploads(moved)
        notify_of(self._context.notifier, moved)
        return has_run

    async def _sent(self, post: PlannedPost) -> Sent:
        """Make the POST while no other process can run the account.

        The process may have stood still since the claim, for longer than its lease lasts.
        """
        left_s = self._context.lease_left_s()
        if left_s <= 0:
            return NotSent(LEASE_OVER)
        return await self._context.session.post(post.prepared, post.nonce, leave_within_s=left_s)

    async def _settle_429(self, claimed: Job, post: PlannedPost, throttled: Throttled) -> Sequence[Moved]:
        """Hold the account after a 429, and accept it only after the gateway had time to disprove it."""
        wait_s = min(max(0.0, throttled.retry_after_s), LONGEST_RETRY_S)
        now_ms = self._context.clock.now_ms()
        until_ms = now_ms + round(wait_s * 1000)
        hold = accounts.hold_person if throttled.is_global else accounts.hold
        await self._write(lambda tx: hold(tx, self._context.account.id, now_ms, until_ms))
        with self._context.notifier.subscribe(f"job:{post.job_id}") as subscription:
            if not await self._write(lambda tx: interactions.is_acknowledged(tx, post.nonce)):
                await subscription.wait(PROOF_S)
        now = self._context.now()
        return await self._write(lambda tx: apply_429(tx, claimed, post.nonce, throttled, now))

    async def _write(self, body: Callable[[Tx], Value]) -> Value:
        """Write what became of a POST, retrying while the disk is full: it cannot be obtained again."""
        while True:
            try:
                return await self._context.database.write(body)
            except LeaseLost:
                raise
            except StoreUnavailable as error:
                log.warning("answer_is_waiting", reason=str(error))
                await self._context.clock.sleep(AFTER_ERROR_S)

    def _delete_uploads(self, moved: Sequence[Moved]) -> None:
        """Delete the uploads of jobs whose POST was answered."""
        for job in (step.job for step in moved):
            for upload in of_job(job) if job.state not in UNSENT else ():
                self._uploads.delete(upload.key)

    def _new_nonce(self) -> str:
        """Return a nonce in the form of a snowflake; the table's key keeps it unique across restarts."""
        return str((self._context.clock.now_ms() - DISCORD_EPOCH_MS) << 22 | secrets.randbits(22))


def _is_unsent(tx: Tx, job: Job, kind: str) -> bool:
    if kind == "run":
        return job.state is State.WAITING
    return job.is_open and not interactions.is_begun(tx, job.id, kind)


def _is_being_stopped() -> bool:
    """Return whether this task is cancelled, not something that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
