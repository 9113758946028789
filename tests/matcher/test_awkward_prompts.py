"""Every awkward prompt, verb, way to end and bot, with neighbours that are near: each job its own video."""

import itertools

import pytest

from tests.matcher.awkward_rows import BOTS, NEIGHBOURS, PROMPTS, VERBS, WAYS, Row, check, commands, sampled
from tests.matcher.bot_at_work import Account


def check_matched(row: Row) -> None:
    _, _, way, bot, _ = row
    account = Account(bot, way)
    for asked in commands(row):
        account.ask(asked)
    prints = {sent.candidate.job_id: sent.candidate.fingerprint for sent in account.waiting}
    account.work()
    check(row, prints, account.videos)


def test_each_job_gets_its_own_video_where_anything_can_tell_and_never_anothers() -> None:
    for row in sampled(43):
        check_matched(row)


@pytest.mark.thorough
@pytest.mark.parametrize("prompt", PROMPTS)
def test_each_job_of_the_whole_table_gets_its_own_video(prompt: str) -> None:
    for row in itertools.product((prompt,), VERBS, WAYS, BOTS, NEIGHBOURS):
        check_matched(row)
