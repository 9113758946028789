"""Rows of the table of awkward prompts, taken in as the bridge does: sent, heard, matched and kept."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import pytest

from bridge.accounts.account import Account, Kind
from bridge.chat import InteractionCreated, snowflake_at
from bridge.flows.hear.intake import Intake
from bridge.jobs.command import Command
from bridge.jobs.job import Job, State
from bridge.jobs.signals import Acknowledged, Claimed
from bridge.store.database import Tx
from bridge.store.rows import jobs
from tests.flows.conftest import SERVER, TENANT, TOKEN, Rig, begin, like_none_before, stepped
from tests.matcher.awkward_rows import Row, check, commands, sampled
from tests.matcher.bot_at_work import Bot, Run, echo_of, fingerprint_of

NUMBERS: Final = itertools.count(1)


async def test_each_job_gets_its_own_video_where_anything_can_tell_and_never_anothers(rig: Rig) -> None:
    await check_taken_in(rig, sampled(487))


@pytest.mark.thorough
async def test_a_thousand_rows_get_their_own_videos(rig: Rig) -> None:
    await check_taken_in(rig, sampled(43))


async def check_taken_in(rig: Rig, rows: Iterable[Row]) -> None:
    """Run each row on an account of its own."""
    for number, row in enumerate(rows):
        account = await an_account(rig, number)
        asked = [await waiting(rig, account, each) for each in commands(row)]
        await work(rig, account, row)

        check(row, {one.id: one.fingerprint for one in asked}, await videos(rig, asked))


async def an_account(rig: Rig, number: int) -> Account:
    return await rig.database.write(
        lambda tx: rig.accounts.insert(
            tx,
            tenant=TENANT,
            kind=Kind.CONFIGURED,
            server=SERVER,
            channel=str(number),
            max_jobs=9,
            token=f"{TOKEN}{number}",
            now_ms=rig.clock.now_ms(),
        )
    )


async def waiting(rig: Rig, account: Account, asked: Command) -> Job:
    number = next(NUMBERS)
    job = replace(
        rig.new_job(number),
        account=account.id,
        command=asked,
        echo=echo_of(asked),
        fingerprint=fingerprint_of(asked),
    )
    return await rig.database.write(lambda tx: jobs.insert(tx, job))


async def work(rig: Rig, account: Account, row: Row) -> None:
    """Send what may be sent, and take in what the bot says of it, until nothing is left to be sent."""
    _, _, way, rewrite, _ = row
    intake = Intake(replace(rig.context, account=account))
    bot = Bot(rewrite, way, lambda: later(rig))
    while batch := [await sent(rig, intake, job) for job in await sendable(rig, account)]:
        for message in bot.said_of(batch):
            await intake.take(message, rig.now())


async def sendable(rig: Rig, account: Account) -> Sequence[Job]:
    now_ms = rig.clock.now_ms()
    return await rig.database.read(lambda tx: like_none_before(tx, account.id, now_ms))


async def sent(rig: Rig, intake: Intake, job: Job) -> Run:
    """Send a job, as Discord's own event tells, too."""
    made, now = later(rig), rig.now()

    def body(tx: Tx) -> None:
        begin(tx, job, f"nonce of {job.id}", now.ms)
        stepped(tx, stepped(tx, job, Claimed(), now), Acknowledged(), now)

    await rig.database.write(body)
    await intake.take(InteractionCreated(made, f"nonce of {job.id}"), now)
    return Run(job.id, job.command, made)


def later(rig: Rig) -> str:
    rig.clock.pass_s(1.5)
    return snowflake_at(rig.clock.now_ms())


async def videos(rig: Rig, asked: Sequence[Job]) -> Mapping[str, str]:
    """Return, by job, the id of the job whose video it was given."""
    kept = await rig.database.read(lambda tx: [jobs.by_id(tx, job.id) for job in asked])
    ended = [job for job in kept if job is not None and job.state is State.COMPLETED]
    files = {job.id: job.said.attachments[0].filename for job in ended if job.said is not None}
    return {job_id: name.removesuffix(".mp4") for job_id, name in files.items()}
