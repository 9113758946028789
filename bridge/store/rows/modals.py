"""Modals that the bot has offered: kept with the interaction that they answer, until they are submitted."""

from collections.abc import Sequence
from contextlib import suppress

from pydantic import TypeAdapter

from bridge.chat import ModalOffered
from bridge.store.database import Tx
from bridge.store.rows import versioned

_MODAL: TypeAdapter[ModalOffered] = TypeAdapter(ModalOffered)


def offered(tx: Tx, modal: ModalOffered) -> None:
    """Keep the modal that the bot answered with, if the nonce is ours."""
    tx.run(
        "UPDATE interactions SET modal = :modal WHERE nonce = :nonce",
        nonce=modal.nonce,
        modal=versioned.dump(_MODAL, modal),
    )


def unanswered(tx: Tx, account: int) -> Sequence[tuple[str, ModalOffered]]:
    """Return the modals of an account's open jobs that were not submitted, with their jobs, oldest first.

    One of before there were versions has every field too. One that cannot be read is left out: its job ends
    by the bot's silence.
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
