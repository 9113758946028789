"""Modals that the bot has offered to our jobs: which are to be submitted, and with what."""

from collections.abc import Iterator

from bridge.chat import ModalOffered, ModalSubmit
from bridge.jobs.job import Job
from bridge.store.database import Tx
from bridge.store.rows import jobs, modals


def waiting_modals(tx: Tx, account: int) -> Iterator[tuple[Job, ModalSubmit]]:
    """Yield the open jobs of an account whose modal has not been submitted, oldest first, with the submit."""
    for job_id, modal in modals.unanswered(tx, account):
        for job in jobs.readable(tx, [job_id]):
            yield job, filled(modal, job.command.prompt)


def filled(modal: ModalOffered, prompt: str | None) -> ModalSubmit:
    """Return a modal's submit: the prompt in its first text field, all else as it came."""
    if prompt is None or not modal.inputs:
        return ModalSubmit(modal)
    return ModalSubmit(modal, {modal.inputs[0].custom_id: prompt})
