"""Credits and limits in the bot's words, and what they mean for the account."""

from dataclasses import replace
from typing import Final

import pytest

from bridge.accounts.condition import Condition, Standing
from bridge.accounts.notice import TRIED_AGAIN_MS, KnownNotices, Notice, NoticeKind
from bridge.chat import Attachment, Message, snowflake_at
from bridge.config.overrides import Overrides, overridden
from bridge.jobs.job import Cause
from bridge.jobs.signals import Failed, Finished
from bridge.pixverse.patterns import usable
from bridge.pixverse.profile import DEFAULT, NoticeRow
from bridge.pixverse.reading import read
from tests.matcher.awkward_rows import PROMPTS
from tests.tools.bot_texts import button_text, completion_text, create, message, start_text

AT_MS: Final = 1_700_000_000_000
CONNECTED: Final = Condition(Standing.CONNECTED, 5)
OUT: Final = Notice(NoticeKind.OUT_OF_CREDITS, "no more", AT_MS)
RESUMED: Final = Notice(NoticeKind.RESUMED, "", AT_MS + 1)
SAID: Final = Message(id=snowflake_at(AT_MS), channel="6")
VIDEO: Final = Attachment("1", "a.mp4", "https://cdn/a.mp4", 5, content_type="video/mp4")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Credits left: 120", "120"),
        ("You have **1,250** credits remaining".replace("*", ""), "1,250"),
        ("<@1> (prompt: a cat) Author: <@1>)\n3.5 credits left", "3.5"),
        ("<@1> (prompt: 9 credits left) Author: <@1>)", None),
        ("We credit you", None),
    ],
)
def test_credits_are_kept_as_they_are_read_and_never_out_of_a_prompt(text: str, value: str | None) -> None:
    found = read(replace(SAID, content=text), DEFAULT).notices

    assert [one.value for one in found] == ([] if value is None else [value])
    assert all(one.told_ms == AT_MS for one in found)


def test_an_edit_was_told_when_it_was_edited() -> None:
    edited = replace(SAID, content="Credits left: 9", edited_timestamp="2023-11-14T22:13:25.000+00:00")

    assert [one.told_ms for one in read(edited, DEFAULT).notices] == [AT_MS + 5_000]


def test_the_operators_rows_come_first_and_may_read_a_limit() -> None:
    rows = [
        {"meaning": "limit", "pattern": r"(?P<value>\d{1,4} of \d{1,4}) today"},
        {"meaning": "credits", "pattern": r"balance (?P<value>\d{1,9})"},
    ]
    profile = overridden(DEFAULT, Overrides.model_validate({"notices": rows}))

    found = read(replace(SAID, content="balance 7, 3 of 10 today, credits left: 8"), profile).notices

    assert {one.kind.value: one.value for one in found} == {"limit": "3 of 10", "credits": "7"}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_no_prompt_is_taken_for_what_the_bot_tells(prompt: str) -> None:
    asked = create(prompt)

    for text in (start_text(asked), completion_text(asked), button_text(asked)):
        reading = read(message(text), DEFAULT)
        assert not reading.notices
        assert not isinstance(reading.signal, Failed)


@pytest.mark.parametrize("row", DEFAULT.notices, ids=lambda row: row.pattern)
def test_the_built_in_patterns_take_no_long_time(row: NoticeRow) -> None:
    assert usable(row.pattern)


def test_a_pattern_of_credits_that_reads_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="has no group"):
        Overrides.model_validate({"notices": [{"meaning": "credits", "pattern": "balance"}]})


def test_a_job_that_meets_an_account_without_credits_ends_told_unless_its_video_is_there() -> None:
    text = "You have run out of credits."

    alone = read(replace(SAID, content=text, flags=64), DEFAULT).signal
    with_video = read(replace(SAID, content=text, attachments=(VIDEO,)), DEFAULT).signal

    assert isinstance(alone, Failed)
    assert (alone.failure.cause, alone.failure.details) == (Cause.ACCOUNT, f"The bot says: {text}")
    assert isinstance(with_video, Finished)


@pytest.mark.parametrize(
    ("later", "now_ms", "standing"),
    [
        ([], AT_MS + 1, Standing.OUT_OF_CREDITS),
        ([], AT_MS + TRIED_AGAIN_MS, Standing.CONNECTED),
        ([], AT_MS - TRIED_AGAIN_MS, Standing.CONNECTED),
        ([Notice(NoticeKind.CREDITS, "41", AT_MS + 1)], AT_MS + 2, Standing.CONNECTED),
        ([Notice(NoticeKind.CREDITS, "0", AT_MS + 1)], AT_MS + 2, Standing.OUT_OF_CREDITS),
        ([Notice(NoticeKind.CREDITS, "41", AT_MS - 1)], AT_MS + 2, Standing.OUT_OF_CREDITS),
        ([RESUMED], AT_MS + 2, Standing.CONNECTED),
        (
            [Notice(NoticeKind.RESUMED, "", AT_MS + 1), replace(OUT, told_ms=AT_MS + 2)],
            AT_MS + 3,
            Standing.OUT_OF_CREDITS,
        ),
    ],
)
def test_it_is_over_when_the_bot_or_a_person_says_so_or_after_an_hour(
    later: list[Notice], now_ms: int, standing: Standing
) -> None:
    known = KnownNotices([OUT])

    known.learn(later)
    known.learn([OUT])

    assert known.condition(CONNECTED, now_ms).standing is standing


def test_a_connection_that_is_lost_is_told_before_missing_credits() -> None:
    lost = Condition(Standing.RECONNECTING, 7)

    assert KnownNotices([OUT]).condition(lost, AT_MS) is lost


def test_an_account_is_not_connected_before_its_notices_are_read() -> None:
    assert KnownNotices(None).condition(CONNECTED, AT_MS).standing is Standing.CONNECTING
