"""What the bot tells of credits and limits in messages about the account's own jobs: stored, then known."""

from collections.abc import Sequence

import structlog

from bridge.accounts.condition import Standing
from bridge.accounts.notice import Notice
from bridge.flows.context import AccountContext
from bridge.pixverse.reading import Reading
from bridge.store.database import Tx
from bridge.store.rows import notices

log = structlog.get_logger(__name__)


def keep_notices(tx: Tx, account: int, reading: Reading) -> Sequence[Notice]:
    """Store the notices of a message of an account's job, and return them."""
    for notice in reading.notices:
        notices.keep(tx, account, notice)
    return reading.notices


def report_notices(context: AccountContext, told: Sequence[Notice]) -> None:
    """Take over notices that have been stored, and report a changed condition."""
    if not told or not context.notices.is_read:
        return
    before = context.condition().standing
    context.notices.learn(told)
    _report(context, before)


async def learn_notices(context: AccountContext) -> None:
    """Read the stored notices: at first, and while the account is out of credits: a person may resume it."""
    known = context.notices
    before = context.condition().standing
    if known.is_read and before is not Standing.OUT_OF_CREDITS:
        return
    known.learn(await context.database.read(lambda tx: notices.of(tx, context.account.id)))
    _report(context, before)


def _report(context: AccountContext, before: Standing) -> None:
    after = context.condition()
    if after.standing is before:
        return
    if after.standing is Standing.OUT_OF_CREDITS:
        log.warning("account_is_out_of_credits", reason=after.reason)
    context.notifier.notify("conditions")
    context.notifier.notify(f"account:{context.account.id}")
