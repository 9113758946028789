"""Text comes last: among what is owed, when one can be meant or all are interchangeable."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.jobs.candidate import EXPECTED_MS, SKEW_MS, Candidate, files_of
from bridge.jobs.job import State
from bridge.jobs.verdict import Ambiguous, Foreign, Match, Rule
from bridge.matching.matcher import confusable
from tests.matcher.conftest import FILM, OTHER, SENT_MS, USER, at, completion, heard_as, job, says, verdict

NO_ONE = Foreign("matches no job")


def test_the_only_job_whose_words_agree_is_meant() -> None:
    found = verdict(completion("a dog"), job(1, "a cat"), job(2, "a dog"))

    assert found == Match("job-2", Rule.TEXT)


def test_words_that_agree_with_no_job_mean_no_one() -> None:
    told = [job(1, "a cat", state=State.STARTED), job(2, "a dog", state=State.STARTED)]

    assert verdict(completion("a horse"), *told) == NO_ONE
    assert verdict(completion("two horses"), job(1, "a cat"), job(2, "a dog")) == NO_ONE


def test_a_message_that_repeats_nothing_and_is_for_nobody_is_never_matched_by_text() -> None:
    assert verdict(says("We are making videos."), job(1)) == NO_ONE
    assert verdict(says(f"<@{USER}> We are making videos."), job(1)) == NO_ONE
    assert verdict(says("", FILM), job(1)) == NO_ONE


def test_a_job_that_is_not_owed_is_never_matched_by_text() -> None:
    ended = [job(1, state=State.COMPLETED, is_owed=False), job(2, state=State.WAITING, is_owed=False)]

    assert verdict(completion(), *ended) == NO_ONE


def test_equal_prompts_get_their_videos_oldest_first() -> None:
    found = verdict(completion(), job(3), job(1), job(2))

    assert found == Match("job-1", Rule.TEXT)


def test_an_open_job_comes_before_one_given_up_and_that_before_a_cancelled_one() -> None:
    jobs = [job(1, state=State.CANCELLED), job(2, state=State.GIVEN_UP), job(3, state=State.STARTED)]

    order = []
    while jobs:
        found = verdict(completion(), *jobs)
        assert isinstance(found, Match)
        order.append(found.job_id)
        jobs = [left for left in jobs if left.job_id != found.job_id]

    assert order == ["job-3", "job-2", "job-1"]


def test_commands_that_differ_in_what_the_text_does_not_show_are_never_guessed() -> None:
    found = verdict(completion(), job(1, negative="dogs"), job(2, negative="birds"))

    assert found == Ambiguous(("job-1", "job-2"))


def test_a_cancelled_job_keeps_another_from_being_given_its_video() -> None:
    found = verdict(completion(), job(1, negative="dogs", state=State.CANCELLED), job(2))

    assert found == Ambiguous(("job-1", "job-2"))


def test_a_look_alike_that_was_sent_when_a_video_was_no_longer_expected_is_given_its_own() -> None:
    long_over = replace(job(1, negative="dogs", state=State.GIVEN_UP), ended_ms=SENT_MS - EXPECTED_MS)

    assert verdict(completion(), long_over, job(2)) == Match("job-2", Rule.TEXT)
    assert verdict(completion(), long_over) == Match("job-1", Rule.TEXT)


def test_a_start_that_shows_the_negative_prompt_decides() -> None:
    text = f"<@{USER}> (prompt: a cat style: Realistic negative-prompt: birds) Author: <@{USER}>"

    found = verdict(says(text), job(1, negative="dogs"), job(2, negative="birds"))

    assert found == Match("job-2", Rule.TEXT)


def test_a_message_older_than_the_send_is_never_matched_by_text() -> None:
    too_old = verdict(completion(after_s=-SKEW_MS / 1000 - 1), job(1))
    within_the_skew = verdict(completion(after_s=-SKEW_MS / 1000 + 1), job(1))

    assert too_old == NO_ONE
    assert within_the_skew == Match("job-1", Rule.TEXT)


def test_an_old_message_is_matched_to_the_job_that_was_sent_before_it() -> None:
    later = replace(job(1), sent_ms=job(1).sent_ms + 600_000)

    found = verdict(completion(after_s=60), later, job(2))

    assert found == Match("job-2", Rule.TEXT)


@pytest.mark.parametrize("text", ["a cat.", "my cat", "a cat, 4k", "a \u201ccat\u201d", "cat", "", "…"])
def test_a_video_whose_words_are_near_or_absent_is_the_only_jobs(text: str) -> None:
    only = job(1, state=State.STARTED)

    assert verdict(completion(text), only) == Match("job-1", Rule.TEXT)
    assert verdict(completion(text, user=OTHER), only) == Foreign("another user is addressed")
    assert isinstance(verdict(replace(completion(text), author_is_bot=False), only), Foreign)


def test_a_video_without_any_text_is_the_only_jobs_if_it_is_for_our_user() -> None:
    assert verdict(says(f"<@{USER}>", FILM, after_s=60), job(1)) == Match("job-1", Rule.TEXT)
    assert verdict(says(f"<@{USER}> () Author: <@{USER}>)", FILM), job(1)) == Match("job-1", Rule.TEXT)
    assert verdict(says("Look!", FILM, after_s=60), job(1)) == NO_ONE


def test_a_video_without_words_that_may_be_of_two_jobs_is_nobodys_yet() -> None:
    two = job(1, "a cat"), job(2, "a dog", state=State.CANCELLED)

    assert verdict(says(f"<@{USER}>", FILM, after_s=60), *two) == Ambiguous(("job-1", "job-2"))
    assert verdict(says(f"<@{USER}>", FILM, after_s=60), job(1), job(2)) == Match("job-1", Rule.TEXT)


def test_a_video_without_words_is_the_job_that_has_none() -> None:
    bare = replace(job(2, "?!"), fingerprint="bare")

    found = verdict(says(f"<@{USER}> () Author: <@{USER}>)", FILM, after_s=60), job(1, "a cat"), bare)

    assert found == Match("job-2", Rule.TEXT)


def test_a_video_without_words_that_shows_another_style_is_nobodys() -> None:
    text = f"<@{USER}> (style: Anime) Author: <@{USER}>)"

    assert verdict(says(text, FILM, after_s=60), job(1)) == NO_ONE


def test_a_video_that_was_said_before_the_only_job_was_sent_needs_its_words() -> None:
    assert verdict(completion("my cat", after_s=-1), job(1)) == NO_ONE
    assert verdict(completion("a cat", after_s=-1), job(1)) == Match("job-1", Rule.TEXT)


def test_near_words_are_the_job_of_which_most_is_left_and_no_ones_where_none_stands_out() -> None:
    red, blue = job(1, "a cat on a red roof"), job(2, "a cat on a blue roof")

    assert verdict(completion("a kitten on a red roof"), red, blue) == Match("job-1", Rule.TEXT)
    assert verdict(completion("a kitten on a blue roof"), red, blue) == Match("job-2", Rule.TEXT)
    assert verdict(completion("a kitten on a roof"), red, blue) == Ambiguous(("job-1", "job-2"))


def test_words_that_are_repeated_count_before_words_that_are_near() -> None:
    found = verdict(completion("a cat on a roof"), job(1, "a cat on a red roof"), job(2, "a cat on a roof"))

    assert found == Match("job-2", Rule.TEXT)


def test_words_that_may_be_cut_from_a_longer_prompt_wait_for_what_the_bot_says_of_it() -> None:
    short, long = job(1, "a cat on a roof"), job(2, "a cat on a roof tonight")
    told = replace(long, state=State.STARTED)

    assert verdict(completion("a cat on a roof…"), short, long) == Ambiguous(("job-1", "job-2"))
    assert verdict(completion("a cat on a roof…"), short, told) == Match("job-1", Rule.TEXT)
    assert verdict(completion("a cat on a roof tonight"), short, long) == Match("job-2", Rule.TEXT)


def test_a_longer_prompt_that_was_cancelled_before_the_bot_told_of_it_is_waited_for_as_well() -> None:
    short, long = job(1, "a cat on a roof", state=State.STARTED), job(2, "a cat on a roof tonight")
    cancelled = replace(long, state=State.CANCELLED, ended_ms=SENT_MS + 1_000)

    assert verdict(completion("a cat on a roof…"), short, cancelled) == Ambiguous(("job-1", "job-2"))
    for other in (
        replace(cancelled, messages=frozenset({at(1)})),
        replace(cancelled, ended_ms=SENT_MS - EXPECTED_MS),
        replace(cancelled, is_owed=False),
    ):
        assert verdict(completion("a cat on a roof…"), short, other) == Match("job-1", Rule.TEXT)


def test_a_longer_prompt_whose_post_has_no_answer_is_waited_for_and_can_be_proven_absent() -> None:
    short, long = job(1, "a cat on a roof"), job(2, "a cat on a roof tonight", state=State.SENDING)
    absent = replace(long, state=State.GIVEN_UP)

    assert verdict(completion("a cat on a roof"), short, long) == Ambiguous(("job-1",))
    assert verdict(completion("a cat on a roof"), short, absent) == Match("job-1", Rule.TEXT)


def test_a_prompt_with_keys_that_was_cut_to_another_waits_as_well() -> None:
    short, long = job(1, "main character: a robot"), job(2, "main character: a robot tonight")

    assert verdict(completion("main character: a robot…"), short, long) == Ambiguous(("job-1", "job-2"))


def test_words_that_the_bot_has_made_of_one_job_may_be_what_it_makes_of_another() -> None:
    told, untold = heard_as("a kitten on a roof", job(1, "a cat on a roof")), job(2, "a cat on a roof today")

    assert verdict(completion("a kitten on a roof"), told, untold) == Ambiguous(("job-1", "job-2"))
    assert verdict(completion("a cat on a roof"), told, replace(untold, state=State.STARTED)) == Match(
        "job-1", Rule.TEXT
    )


def test_a_video_of_whose_job_hardly_a_word_is_left_is_the_only_jobs_before_the_bot_has_told_of_it() -> None:
    said = completion("a")

    assert verdict(said, job(1)) == Match("job-1", Rule.TEXT)
    assert verdict(said, job(1), job(2, "a dog")) == Ambiguous(("job-1", "job-2"))
    assert verdict(said, job(1, state=State.STARTED)) == NO_ONE
    assert verdict(completion("a splendid thing"), job(1)) == NO_ONE


def test_a_known_file_that_is_said_again_long_after_is_not_the_look_alikes() -> None:
    cat, kitten = "a cat on a roof", "a kitten on a roof"
    again = completion(kitten, after_s=800, name="x.mp4")
    files = {files_of(again) or "": SENT_MS + 60_000}
    ended = replace(heard_as(kitten, job(1, cat, state=State.COMPLETED, is_owed=False)), files=files)
    alike = replace(job(2, cat, negative="dogs"), sent_ms=SENT_MS + 790_000)

    assert isinstance(verdict(again, ended, alike), Foreign)


def test_what_stands_behind_a_key_of_the_prompt_may_be_rewritten_with_it() -> None:
    only = job(1, "STYLE: Loud, Aspect-Ratio: wide", state=State.STARTED)

    assert verdict(completion("STYLE: Loud, Aspect-Ratio: splendid"), only) == Match("job-1", Rule.TEXT)


def test_words_of_a_job_that_has_ended_are_those_of_its_look_alike_which_waited_for_it() -> None:
    cat, kitten = "a cat on a roof", "a kitten on a roof"
    ended = heard_as(kitten, job(1, cat, state=State.COMPLETED, is_owed=False))

    found = verdict(completion(kitten), ended, job(2, cat, negative="dogs"))

    assert found == Match("job-2", Rule.TEXT)
    assert isinstance(verdict(completion(kitten), ended, job(2, "a kid on a roof")), Foreign)


def test_near_words_that_repeat_a_job_that_has_ended_are_not_the_next_ones() -> None:
    ended = job(1, "a cat on a red roof", state=State.COMPLETED, is_owed=False)

    found = verdict(completion("a cat on a red roof"), ended, job(2, "a cat on a blue roof"))

    assert found == Foreign("repeats an ended job's text")


def test_a_start_whose_words_are_near_is_not_guessed_at() -> None:
    start = f"<@{USER}> We are making videos. (prompt: my cat style: Realistic) Author: <@{USER}>"

    assert verdict(says(start), job(1)) == NO_ONE


@given(
    st.permutations([job(1), job(2), job(3, negative="dogs"), job(4, "a dog"), job(5, state=State.CANCELLED)])
)
def test_the_order_of_the_candidates_decides_nothing(candidates: list[Candidate]) -> None:
    cat, dog = verdict(completion("a cat"), *candidates), verdict(completion("a dog"), *candidates)

    assert isinstance(cat, Ambiguous)
    assert set(cat.job_ids) == {"job-1", "job-2", "job-3", "job-5"}
    assert dog == Match("job-4", Rule.TEXT)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (job(1), job(2), False),
        (job(1), job(2, "a dog"), False),
        (job(1), job(2, negative="dogs"), True),
        (job(1, "A  cat"), job(2, "**a cat**"), True),
        (job(1, "a cat negative-prompt: x", negative="y"), job(2, "a cat negative-prompt: x"), True),
        (job(1, "a cat negative-prompt: x"), job(2, negative="x"), True),
        (heard_as("a kitten", job(1)), job(2, negative="dogs"), True),
        (heard_as("a kitten", job(1)), job(2, "a kitten"), True),
        (heard_as("a kitten", job(1)), job(2, "a horse"), False),
        (job(1, "a cat!"), job(2, "a \u201ccat\u201d"), True),
        (job(1, "a cat on a red roof"), job(2, "a cat on a blue roof"), False),
    ],
)
def test_jobs_are_confusable_when_their_last_texts_look_alike_and_they_are_not_equal(
    one: Candidate, other: Candidate, expected: bool
) -> None:
    assert confusable(one, other) is expected
    assert confusable(other, one) is expected


def test_the_key_of_files_does_not_depend_on_their_order() -> None:
    second = replace(FILM, filename="b.mp4")

    assert files_of(says("", FILM, second)) == files_of(says("", second, FILM))
    assert files_of(says("")) is None


def test_a_video_with_similar_words_is_nobodys_if_a_job_that_nobody_knows_may_be_meant() -> None:
    similar, exact = completion("a red dog on the hill"), completion("a red dog on a hill")
    known = job(1, "a red dog on a hill")
    beside = replace(known, has_unknown_rivals=True)

    assert verdict(similar, known) == Match("job-1", Rule.TEXT)
    assert verdict(similar, beside) == Ambiguous(("job-1",))
    assert verdict(exact, beside) == Match("job-1", Rule.TEXT)


def test_a_video_without_words_is_nobodys_if_a_job_that_nobody_knows_may_be_meant() -> None:
    said = says(f"<@{USER}>", FILM)
    beside = replace(job(1), has_unknown_rivals=True)

    assert verdict(said, job(1)) == Match("job-1", Rule.TEXT)
    assert verdict(said, beside) == Ambiguous(("job-1",))
    assert verdict(replace(said, reference_id="77"), replace(beside, messages=frozenset({"77"}))) == Match(
        "job-1", Rule.REFERENCE
    )
