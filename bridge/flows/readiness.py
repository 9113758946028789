"""When an account's next POST may leave: after its pace, Discord's wish and the job's own retry.

Times that lie ahead of the clock are of a clock that has been set back since: they hold nothing up.
"""

from typing import Final

from bridge.store.database import Tx

PATIENT_MS: Final = 7_200_000
"""For how long a job is tried anew while each try proves that nothing ran; an outage may last an hour."""
LONGEST_PAUSE_MS: Final = 60_000


def ready_ms(tx: Tx, account: int, job: str, pace_s: float, now_ms: int) -> int:
    """Return when a POST of a job may be made."""
    paced_ms = _last_sent_ms(tx, account, now_ms) + round(pace_s * 1000)
    return max(held_until_ms(tx, account, now_ms), paced_ms, retry_ms(tx, job, now_ms))


def held_until_ms(tx: Tx, account: int, now_ms: int) -> int:
    """Return until when Discord wants silence; its wish came after the newest POST."""
    newest_is_ahead = tx.one(
        """
        SELECT 1 FROM interactions AS ahead
         WHERE account = :account AND sent_ms > :now_ms
           AND NOT EXISTS (SELECT 1 FROM interactions AS newer
                            WHERE newer.account = :account AND newer.sent_ms <= :now_ms
                              AND newer.rowid > ahead.rowid)
        """,
        account=account,
        now_ms=now_ms,
    )
    if newest_is_ahead:
        return 0
    row = tx.one("SELECT hold_until_ms FROM accounts WHERE id = :account", account=account)
    return row["hold_until_ms"] if row else 0


def has_tried_long(tx: Tx, job: str, now_ms: int) -> bool:
    """Tell whether a job's POSTs have not left for so long that it is no use to go on."""
    row = tx.one(
        "SELECT min(sent_ms) AS since_ms FROM interactions WHERE job = :job AND answer = 'notsent'", job=job
    )
    return row is not None and row["since_ms"] is not None and now_ms - row["since_ms"] > PATIENT_MS


def pause_ms(tries: int) -> int:
    """Return how long to wait after so many tries in vain: 2, 4, 8 … seconds, a minute at most."""
    return min(LONGEST_PAUSE_MS, 1000 << min(tries, 10))


def end_hold(tx: Tx, account: int) -> None:
    """Forget Discord's wish when a POST begins: it is over, or of a clock that was ahead."""
    tx.run("UPDATE accounts SET hold_until_ms = 0 WHERE id = :account", account=account)


def _last_sent_ms(tx: Tx, account: int, now_ms: int) -> int:
    """Return when the account last made a POST, 0 when it never did: a picture may have gone before it."""
    row = tx.one(
        """
        SELECT iif(answered_ms <= :now_ms, answered_ms, sent_ms) AS ms FROM interactions
         WHERE account = :account AND sent_ms <= :now_ms
         ORDER BY sent_ms DESC LIMIT 1
        """,
        account=account,
        now_ms=now_ms,
    )
    return (row["ms"] or 0) if row else 0


def retry_ms(tx: Tx, job: str, now_ms: int) -> int:
    """Return when a job whose POSTs never left may be tried again (else 0)."""
    row = tx.one(
        """
        SELECT count(*) AS n, max(iif(answered_ms <= :now_ms, answered_ms, NULL)) AS at_ms
          FROM interactions
         WHERE job = :job AND answer = 'notsent'
        """,
        job=job,
        now_ms=now_ms,
    )
    return row["at_ms"] + pause_ms(row["n"]) if row and row["at_ms"] else 0
