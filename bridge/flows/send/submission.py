"""The one way to run anything at the bot: claimed with its nonce, posted once, settled by the answer."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from bridge.chat import DISCORD_EPOCH_MS, ModalSubmit
from bridge.flows.send.outcome import settle, settle_throttled
from bridge.flows.send.readiness import paced_ms, retry_ms
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.grace import POST_S
from bridge.jobs.job import UNSENT, Job, State
from bridge.jobs.signals import Claimed
from bridge.ports import Clock, Notifier
from bridge.sessions.port import NotSent, Prepared, Rejected, Session, Throttled
from bridge.store.database import AlreadyThere, Database, StoreUnavailable, Tx
from bridge.store.files.uploads import Uploads, of_job
from bridge.store.rows import accounts, interactions, jobs

log = structlog.get_logger(__name__)

PROOF_S: Final = 1.0
"""How long the gateway is given to prove that an interaction ran although Discord answered 429."""
AFTER_ERROR_S: Final = 1.0
LONGEST_HOLD_S: Final = 86_400.0
"""The longest silence that Discord is believed to want."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Post:
    """A POST that is about to be made: of which job, of what, and under which nonce."""

    job_id: str
    prepared: Prepared
    nonce: str

    @property
    def kind(self) -> str:
        """The kind of its row: a job has at most one of each that is not void."""
        return "modal" if isinstance(self.prepared.interaction, ModalSubmit) else "run"


class Submission:
    """Submits what is prepared on one account. `pace_s` is the least time between two POSTs.

    `sending` is the job whose claim, POST or answer is under way.
    """

    def __init__(
        self,
        account: int,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        session: Session,
        uploads: Uploads,
        pace_s: float,
        now: Callable[[], Now],
    ) -> None:
        self.sending: str | None = None
        self._account = account
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._session = session
        self._uploads = uploads
        self._pace_s = pace_s
        self._now = now

    async def run(self, job_id: str, prepared: Prepared) -> bool:
        """Submit a job, or its modal; False when that is proven not to have run, and may be in order again.

        A stop lets a POST that has begun come to its answer.
        """
        post = Post(job_id, prepared, self._new_nonce())
        submitting = asyncio.create_task(self._submit(post), name=f"post-{self._account}")
        try:
            return await asyncio.shield(submitting)
        except asyncio.CancelledError:
            if submitting.done() and not _is_being_stopped():
                log.warning("sending_was_cancelled", account=self._account)
                return False
            await asyncio.wait({submitting}, timeout=POST_S)
            submitting.cancel()
            await asyncio.wait({submitting})
            raise

    async def _submit(self, post: Post) -> bool:
        self.sending = post.job_id
        try:
            now, sender = self._now(), self._session.user_id
            claimed = await self._database.write(lambda tx: self._claimed(tx, post, sender, now))
            return claimed is not None and await self._post(claimed, post)
        finally:
            self.sending = None

    def _claimed(self, tx: Tx, post: Post, sender: str | None, now: Now) -> Job | None:
        """Store the interaction with its nonce: from here on nobody else ever sends it.

        None when it may not be sent by now: it is another's turn, Discord has asked for silence meanwhile, or
        the database refuses the row; the next look draws another nonce.
        """
        job = jobs.by_id(tx, post.job_id)
        if job is None or job.account != self._account or not _is_unsent(tx, job, post.kind):
            return None
        if self._ready_ms(tx, job.id, now.ms) > now.ms:
            return None
        try:
            interactions.begin(
                tx,
                nonce=post.nonce,
                job=job.id,
                account=self._account,
                kind=post.kind,
                sender=sender,
                now_ms=now.ms,
            )
        except AlreadyThere:
            return None
        moved = take_step(tx, job, Claimed(), now)
        return moved.job if moved else job

    def _ready_ms(self, tx: Tx, job_id: str, now_ms: int) -> int:
        never_left = interactions.never_left(tx, [job_id], now_ms)[job_id]
        return max(
            accounts.held_until_ms(tx, self._account, now_ms),
            paced_ms(interactions.last_sent_ms(tx, self._account, now_ms), self._pace_s),
            retry_ms(never_left.tries, never_left.last_ms),
        )

    async def _post(self, claimed: Job, post: Post) -> bool:
        sent = await self._session.post(post.prepared, post.nonce)
        log.info("interaction_sent", job_id=post.job_id, nonce=post.nonce, answer=type(sent).__name__)
        if isinstance(sent, Throttled):
            moved = await self._throttled(claimed, post, sent)
        else:
            reason, now = self._session.condition.reason, self._now()
            moved = await self._kept(lambda tx: settle(tx, post.job_id, post.nonce, sent, reason, now))
        self._drop_uploads(moved)
        notify_of(self._notifier, moved)
        return not isinstance(sent, NotSent | Rejected)

    async def _throttled(self, claimed: Job, post: Post, throttled: Throttled) -> Sequence[Moved]:
        """Keep silent as Discord asks, and believe the 429 only after the gateway had time to disprove it."""
        wait_s = min(max(0.0, throttled.retry_after_s), LONGEST_HOLD_S)
        now_ms = self._clock.now_ms()
        until_ms = now_ms + round(wait_s * 1000)
        hold = accounts.hold_person if throttled.is_global else accounts.hold
        await self._kept(lambda tx: hold(tx, self._account, now_ms, until_ms))
        with self._notifier.subscribe(f"job:{post.job_id}") as subscription:
            if not await self._kept(lambda tx: interactions.is_acknowledged(tx, post.nonce)):
                await subscription.wait(PROOF_S)
        now = self._now()
        return await self._kept(lambda tx: settle_throttled(tx, claimed, post.nonce, throttled, now))

    async def _kept(self, body: Callable[[Tx], Value]) -> Value:
        """Write what Discord has answered, however long the disk is full: nobody else will ever know it."""
        while True:
            try:
                return await self._database.write(body)
            except StoreUnavailable as error:
                log.warning("answer_is_waiting", account=self._account, reason=str(error))
                await self._clock.sleep(AFTER_ERROR_S)

    def _drop_uploads(self, moved: Sequence[Moved]) -> None:
        """Let go of bytes whose send is confirmed."""
        for job in (step.job for step in moved):
            for upload in of_job(job) if job.state not in UNSENT else ():
                self._uploads.drop(upload.key)

    def _new_nonce(self) -> str:
        """Return a nonce in the form of a snowflake; the table's key keeps it unique across restarts."""
        return str((self._clock.now_ms() - DISCORD_EPOCH_MS) << 22 | secrets.randbits(22))


def _is_unsent(tx: Tx, job: Job, kind: str) -> bool:
    if kind == "run":
        return job.state is State.WAITING
    return job.is_open and not interactions.is_begun(tx, job.id, kind)


def _is_being_stopped() -> bool:
    """Tell whether it is this task that is cancelled, not something that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
