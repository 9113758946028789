"""Modals that the bot has offered: kept with the interaction that they answer, until they are submitted."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from bridge.chat import ModalOffered
from bridge.store import interactions, versioned
from bridge.store.database import Tx

_MODAL: TypeAdapter[ModalOffered] = TypeAdapter(ModalOffered)


def offered(tx: Tx, modal: ModalOffered) -> str | None:
    """Keep the modal that the bot answered with, and return the job; None when the nonce is not ours."""
    tx.run(
        "UPDATE interactions SET modal = :modal WHERE nonce = :nonce",
        nonce=modal.nonce,
        modal=versioned.dump(_MODAL, modal),
    )
    return interactions.job_of(tx, modal.nonce)


def unanswered(tx: Tx, account: int) -> Sequence[tuple[str, ModalOffered]]:
    """Return the modals of an account's open jobs that were not submitted, with their jobs, oldest first.

    One of before there were versions has every field too.
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
    return [(row["job"], _MODAL.validate_json(row["modal"])) for row in rows]
