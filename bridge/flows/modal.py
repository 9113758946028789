"""Modals that the bot has offered to our jobs: which is to be submitted next, and with what."""

from bridge.chat import ModalOffered, ModalSubmit
from bridge.jobs.job import Job
from bridge.store import interactions, jobs
from bridge.store.database import Tx


def next_modal(tx: Tx, account: int) -> tuple[Job, ModalSubmit] | None:
    """Return the oldest open job of an account whose modal has not been submitted, with the submit."""
    found = interactions.unanswered_modal(tx, account)
    if found is None:
        return None
    job = jobs.by_id(tx, found[0])
    return (job, filled(found[1], job.command.prompt)) if job else None


def filled(modal: ModalOffered, prompt: str | None) -> ModalSubmit:
    """Return a modal's submit: the prompt in its first text field, all else as it came."""
    if prompt is None or not modal.inputs:
        return ModalSubmit(modal)
    return ModalSubmit(modal, {modal.inputs[0].custom_id: prompt})
