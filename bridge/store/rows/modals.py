"""Modals that the bot has opened: stored with the interaction they answer, until they are submitted."""

from collections.abc import Sequence
from contextlib import suppress

from pydantic import TypeAdapter

from bridge.chat import ModalOffered
from bridge.store.database import Tx
from bridge.store.rows import versioned

_MODAL: TypeAdapter[ModalOffered] = TypeAdapter(ModalOffered)


def offered(tx: Tx, modal: ModalOffered) -> None:
    """Store a modal of the bot, if the nonce is from this bridge."""
    tx.run(
        "UPDATE interactions SET modal = :modal WHERE nonce = :nonce",
        nonce=modal.nonce,
        modal=versioned.dump(_MODAL, modal),
    )


def to_submit(tx: Tx, account: int) -> Sequence[tuple[str, ModalOffered]]:
    """Return the unsubmitted modals of an account's open jobs, with their jobs, oldest first.

    An unreadable one is left out: its job ends with `silence`.
    """
    rows = tx.all(
        """
        SELECT offered.job, offered.modal
          FROM interactions AS offered JOIN jobs ON jobs.id = offered.job
         WHERE jobs.account = :account AND jobs.ended_ms IS NULL AND offered.modal IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM interactions AS submitted
                            WHERE submitted.job = offered.job AND submitted.kind = 'modal'
                              AND submitted.is_void = 0)
         ORDER BY offered.sent_ms
        """,
        account=account,
    )
    found = []
    for row in rows:
        with suppress(ValueError):
            found.append((row["job"], _MODAL.validate_json(row["modal"])))
    return found
