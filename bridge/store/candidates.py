"""The jobs that a message can be about, with all that the matcher compares."""

from collections.abc import Iterable, Sequence

from bridge.chat import Message, snowflake_ms
from bridge.jobs.candidate import Candidate, Window
from bridge.jobs.job import Job, State
from bridge.jobs.verdict import BY_ID
from bridge.matcher import REPEAT_MS, files_of
from bridge.store import jobs
from bridge.store.database import Row, Tx
from bridge.store.interactions import UNTOLD_MS, made_ms, window
from bridge.store.interactions import ahead_ms as ahead_of_discord
from bridge.store.passing import passing

HAD_A_VIDEO = frozenset({State.COMPLETED, State.CANCELLED})


def candidates(tx: Tx, account: int, message: Message) -> Sequence[Candidate]:
    """Return what of an account a message can be about: every owed job, and those its ids name.

    A message that is bound can be about its own job only, so that an edit costs the same however many run. A
    video without an id may be said again, or be of what our user ran beside the bridge.
    """
    if bound := _bound(tx, account, message.id):
        return [candidate(tx, bound)]
    owed = {job.id: job for job in jobs.owed_of(tx, account)}
    named = [job_id for job_id in _named(tx, account, message) if job_id not in owed]
    parents = [job_id for job_id in jobs.parents_of(tx, account) if job_id not in owed]
    others = (jobs.by_id(tx, job_id) for job_id in dict.fromkeys((*named, *parents)))
    ahead_ms = ahead_of_discord(tx) or 0
    found = {job.id: job for job in (*owed.values(), *filter(None, others))}
    said_ms = snowflake_ms(message.id) + ahead_ms
    ours = [candidate(tx, job, ahead_ms) for job in found.values()]
    if not _is_plain_video(message):
        return ours
    over = jobs.ended_since(tx, account, said_ms - REPEAT_MS)
    had_one = [job for job in over if job.id not in found and job.state in HAD_A_VIDEO]
    return [*ours, *map(_over, had_one), *passing(tx, account, message)]


def candidate(tx: Tx, job: Job, ahead_ms: int = 0) -> Candidate:
    """Return what the matcher compares of a job; `ahead_ms` is how far our clock is ahead of Discord's."""
    posts = tx.all("SELECT * FROM interactions WHERE job = :job", job=job.id)
    bound = tx.all("SELECT * FROM job_messages WHERE job = :job", job=job.id)
    nameless = [post for post in posts if not post["is_void"] and not post["interaction_id"]]
    return Candidate(
        job_id=job.id,
        number=job.number,
        state=job.state,
        is_owed=job.is_owed,
        fingerprint=job.fingerprint,
        echo=job.echo,
        parent=job.parent,
        nonces=_set(post["nonce"] for post in posts),
        interactions=_set(post["interaction_id"] for post in posts),
        messages=_set(row["message_id"] for row in bound),
        files={row["files"]: _said_ms(row, job, ahead_ms) for row in bound if row["files"]},
        is_seeded=job.command.seed_value is not None,
        authors=_set(row["author"] for row in bound if row["rule"] in BY_ID),
        senders=_set(post["sender"] for post in posts),
        sent_ms=min(
            (made_ms(post, ahead_ms) for post in posts if not post["is_void"]),
            default=job.created_ms - ahead_ms,
        ),
        ended_ms=None if job.ended_ms is None else job.ended_ms - ahead_ms,
        windows=tuple(_window(post, ahead_ms) for post in nameless),
        taken=tuple(_window(post, ahead_ms) for post in nameless if post["answer"] == "taken"),
        slack_ms=UNTOLD_MS,
    )


def _over(job: Job) -> Candidate:
    """Return what is compared of a job whose video has come: its words."""
    return Candidate(
        job_id=job.id,
        number=job.number,
        state=job.state,
        is_owed=False,
        fingerprint=job.fingerprint,
        echo=job.echo,
    )


def _is_plain_video(message: Message) -> bool:
    return bool(message.attachments) and message.interaction_id is None and message.nonce is None


def _said_ms(row: Row, job: Job, ahead_ms: int) -> int:
    """Return when files were first said: an edit brings them to a message that was there long before."""
    ended_ms = job.ended_ms - ahead_ms if job.ended_ms is not None and job.state is State.COMPLETED else 0
    return max(snowflake_ms(row["message_id"]), ended_ms)


def _bound(tx: Tx, account: int, message_id: str) -> Job | None:
    row = tx.one(
        "SELECT job FROM job_messages WHERE account = :account AND message_id = :message_id",
        account=account,
        message_id=message_id,
    )
    return jobs.by_id(tx, row["job"]) if row else None


def _named(tx: Tx, account: int, message: Message) -> Iterable[str]:
    rows = tx.all(
        """
        SELECT job FROM interactions WHERE nonce = :nonce
        UNION SELECT job FROM interactions WHERE interaction_id = :interaction_id AND account = :account
        UNION SELECT job FROM job_messages WHERE account = :account
                 AND message_id IN (:message_id, :reference_id, :interacted_message_id)
        UNION SELECT job FROM job_messages WHERE account = :account AND files = :files
        """,
        account=account,
        nonce=message.nonce,
        interaction_id=message.interaction_id,
        message_id=message.id,
        reference_id=message.reference_id,
        interacted_message_id=message.interacted_message_id,
        files=files_of(message),
    )
    return [row["job"] for row in rows]


def _window(post: Row, ahead_ms: int) -> Window:
    began_ms, ended_ms = window(post)
    return began_ms - ahead_ms, ended_ms - ahead_ms


def _set(values: Iterable[str | None]) -> frozenset[str]:
    return frozenset(value for value in values if value)
