"""Ids decide, in order of trust, and a foreign id ends the search."""

from dataclasses import replace

import pytest

from bridge.jobs.candidate import Candidate, files_of
from bridge.jobs.job import State
from bridge.jobs.verdict import BY_ID, OWN, Ambiguous, Foreign, Match, Rule, meant_by
from bridge.matching.matcher import NOT_OURS
from tests.matcher.conftest import FILM, OTHER, SENT_MS, USER, at, completion, heard_as, job, says, verdict


def test_a_nonce_is_trusted_before_everything_else() -> None:
    one = job(1)
    other = replace(job(2), interactions=frozenset({at(1)}), messages=frozenset({at(60)}))

    found = verdict(replace(completion(), nonce="nonce-1", interaction_id=at(1)), other, one)

    assert found == Match("job-1", Rule.NONCE)


def test_an_interaction_id_is_trusted_before_a_bound_message() -> None:
    one = replace(job(1), interactions=frozenset({at(1)}))
    other = replace(job(2), messages=frozenset({at(60)}))

    found = verdict(replace(completion(), interaction_id=at(1)), other, one)

    assert found == Match("job-1", Rule.INTERACTION)


def test_a_bound_message_is_trusted_before_what_it_says() -> None:
    one = replace(job(1, "a dog"), messages=frozenset({at(60)}))

    found = verdict(replace(completion("a cat", user=OTHER), interaction_id=at(1)), job(2), one)

    assert found == Match("job-1", Rule.MESSAGE)


def test_a_message_that_is_bound_to_an_ended_job_stays_with_it() -> None:
    ended = replace(job(1, state=State.COMPLETED, is_owed=False), messages=frozenset({at(60)}))

    found = verdict(completion(), job(2), ended)

    assert found == Match("job-1", Rule.MESSAGE)


def test_someone_elses_interaction_never_falls_through_to_the_text() -> None:
    found = verdict(replace(completion(), interaction_id=at(1)), job(1))

    assert found == Foreign("the interaction is not the bridge's")


def test_the_interaction_of_another_user_is_foreign() -> None:
    found = verdict(replace(completion(), interaction_user_id=OTHER), job(1))

    assert found == Foreign("the interaction is another user's")


def test_a_message_that_addresses_another_user_is_foreign() -> None:
    found = verdict(completion(user=OTHER), job(1))

    assert found == Foreign("another user is addressed")


def test_a_message_of_a_person_is_foreign() -> None:
    found = verdict(replace(completion(), author_is_bot=False), job(1))

    assert found == Foreign("the author is not the bot")


def test_a_message_of_another_bot_is_foreign_once_the_bot_is_known() -> None:
    known = replace(job(1), authors=frozenset({"333333333333333333"}))

    found = verdict(replace(completion(), author_id=OTHER), known, job(2))

    assert found == Foreign("the author is not the bot")


@pytest.mark.parametrize("is_reply", [True, False])
def test_a_foreign_interaction_is_not_matched_by_files_or_reference_either(is_reply: bool) -> None:
    known = replace(job(1), files={f"cat.mp4:{FILM.size}": SENT_MS}, messages=frozenset({at(2)}))
    message = replace(completion(), interaction_id=at(1), reference_id=at(2) if is_reply else None)

    found = verdict(message, known)

    assert isinstance(found, Foreign)


def test_a_message_with_the_files_of_a_bound_one_is_a_repeat() -> None:
    assert verdict(completion(after_s=60.5), finished_at(60), job(2)) == Match("job-1", Rule.FILES)


def finished_at(after_s: float, **fields: object) -> Candidate:
    """Return a job whose video was said so long after the send."""
    done = job(1, state=State.COMPLETED, is_owed=False)
    files = {f"cat.mp4:{FILM.size}": SENT_MS + round(after_s * 1000)}
    return replace(done, files=files, **fields)  # type: ignore[arg-type]


def test_files_that_were_said_long_ago_are_no_repeat() -> None:
    assert verdict(completion(after_s=700), finished_at(60), job(2)) == Match("job-2", Rule.TEXT)
    assert isinstance(verdict(completion(after_s=700), finished_at(60)), Foreign)


def test_the_same_files_are_the_video_of_a_job_that_was_sent_after_them() -> None:
    later = replace(job(2), sent_ms=SENT_MS + 90_000)

    assert verdict(completion(after_s=95), finished_at(60), later) == Match("job-2", Rule.TEXT)
    assert verdict(completion(after_s=89), finished_at(60), later) == Match("job-1", Rule.FILES)


def test_the_same_files_are_the_video_of_a_job_whose_words_the_first_has_not() -> None:
    found = verdict(completion("a dog"), finished_at(60), job(2, "a dog"))

    assert found == Match("job-2", Rule.TEXT)


def test_equal_seeds_make_equal_files_and_a_bot_that_says_things_twice_does_so_at_once() -> None:
    done, equal = finished_at(60, is_seeded=True), replace(job(2), is_seeded=True)

    assert verdict(completion(after_s=61), done, equal) == Match("job-1", Rule.FILES)
    assert verdict(completion(after_s=90), done, equal) == Match("job-2", Rule.TEXT)
    assert verdict(completion(after_s=90), done, job(2)) == Match("job-1", Rule.FILES)


def test_files_of_the_same_name_and_another_size_are_no_repeat() -> None:
    finished = replace(job(1, state=State.COMPLETED, is_owed=False), files={"cat.mp4:1": SENT_MS})

    found = verdict(completion(), finished, job(2))

    assert found == Match("job-2", Rule.TEXT)


def test_a_reply_to_a_message_of_a_job_is_about_that_job() -> None:
    one = replace(job(1), messages=frozenset({at(2)}))

    found = verdict(replace(says("", FILM, after_s=60), reference_id=at(2)), job(2), one)

    assert found == Match("job-1", Rule.REFERENCE)


def test_a_reference_to_a_finished_parent_means_the_jobs_of_its_buttons() -> None:
    parent = replace(job(1, state=State.COMPLETED, is_owed=False), messages=frozenset({at(2)}))
    child = replace(job(2), parent="job-1", fingerprint="child")

    found = verdict(replace(completion(), reference_id=at(2)), job(3), parent, child)

    assert found == Match("job-2", Rule.REFERENCE)


def test_a_message_that_names_the_pressed_message_means_the_jobs_of_its_buttons() -> None:
    parent = replace(job(1, state=State.COMPLETED, is_owed=False), messages=frozenset({at(2)}))
    child = replace(job(2), parent="job-1", fingerprint="child", windows=((SENT_MS, SENT_MS + 500),))
    message = replace(completion(), interaction_id=at(0.2), interacted_message_id=at(2))

    found = verdict(message, parent, child, job(3))

    assert isinstance(found, Match)
    assert found.job_id == "job-2"


def test_two_different_buttons_of_one_parent_are_not_told_apart_by_the_reference() -> None:
    parent = replace(job(1, state=State.COMPLETED, is_owed=False), messages=frozenset({at(2)}))
    children = [replace(job(number), parent="job-1", fingerprint=f"button-{number}") for number in (2, 3)]

    found = verdict(replace(completion(), reference_id=at(2)), parent, *children)

    assert found == Ambiguous(("job-2", "job-3"))


def test_a_reference_to_a_finished_parent_without_buttons_is_no_news() -> None:
    parent = replace(job(1, state=State.COMPLETED, is_owed=False), messages=frozenset({at(2)}))

    found = verdict(replace(completion(), reference_id=at(2)), parent, job(2))

    assert found == Foreign("matches no job")


def test_an_interaction_id_that_a_cut_has_eaten_is_known_by_its_time() -> None:
    early = replace(job(1), windows=((SENT_MS, SENT_MS + 500),))
    late = replace(job(2), sent_ms=SENT_MS + 60_000, windows=((SENT_MS + 60_000, SENT_MS + 60_500),))

    found = verdict(replace(says("", FILM, after_s=90), interaction_id=at(60.2)), early, late)

    assert found == Match("job-2", Rule.WINDOW)


def test_an_interaction_id_from_outside_of_every_window_is_foreign() -> None:
    one = replace(job(1), windows=((SENT_MS, SENT_MS + 500),))

    found = verdict(replace(completion(), interaction_id=at(-60)), one)

    assert found == Foreign("the interaction is not the bridge's")


def test_two_jobs_in_one_window_are_told_apart_by_their_words() -> None:
    jobs = [
        replace(job(n, prompt), windows=((SENT_MS, SENT_MS + 500),))
        for n, prompt in ((1, "a cat"), (2, "a dog"))
    ]

    found = verdict(replace(completion("a dog"), interaction_id=at(0.2)), *jobs)
    wordless = verdict(replace(says("Apologies!"), interaction_id=at(0.2)), *jobs)

    assert found == Match("job-2", Rule.WINDOW)
    assert wordless == Ambiguous(("job-1", "job-2"))


def test_words_that_may_be_cut_from_a_prompt_that_discord_took_just_then_are_not_given_to_its_neighbour() -> (
    None
):
    window = (SENT_MS, SENT_MS + 500)
    short = replace(job(1, "a cat on a roof"), windows=(window,), taken=(window,))
    long = replace(job(2, "a cat on a roof tonight"), windows=(window,), taken=(window,))
    start = replace(completion("a cat on a roof…"), interaction_id=at(0.2))

    assert verdict(start, short, long) == Ambiguous(("job-1", "job-2"))
    assert verdict(start, short, replace(long, taken=())) == Match("job-1", Rule.WINDOW)


def test_a_rewritten_prompt_is_known_by_the_window_of_a_post_that_discord_took() -> None:
    window = (SENT_MS, SENT_MS + 500)
    taken = replace(job(1, "a cat on a red roof"), windows=(window,), taken=(window,))
    start = replace(completion("**a  kitten on a red roof**"), interaction_id=at(0.2))

    assert verdict(start, taken) == Match("job-1", Rule.WINDOW)
    assert isinstance(verdict(start, replace(taken, taken=())), Foreign)


def test_a_rewritten_prompt_of_a_post_without_an_answer_is_not_given_to_its_neighbour() -> None:
    """One was sent just before a death, of the other nothing but Discord's answer is known yet."""
    earlier = replace(job(1, "a cat on a red roof"), windows=((SENT_MS, SENT_MS + 60_000),))
    window = (SENT_MS + 1_000, SENT_MS + 1_500)
    neighbour = replace(job(2, "a cat on a blue roof"), windows=(window,), taken=(window,))
    start = replace(completion("**a  kitten on a red roof**"), interaction_id=at(0.2))

    assert verdict(start, earlier, neighbour) == Ambiguous(("job-1",))


def test_rewritten_prompts_of_posts_that_discord_took_at_once_are_told_apart_by_the_words_that_are_left() -> (
    None
):
    window = (SENT_MS, SENT_MS + 500)
    red, blue = (
        replace(job(n, f"a cat on a {colour} roof"), windows=(window,), taken=(window,))
        for n, colour in ((1, "red"), (2, "blue"))
    )
    starts = [
        replace(completion(f"**a  kitten on a {colour} roof**"), interaction_id=at(0.2))
        for colour in ("red", "blue", "green")
    ]

    assert [verdict(start, red, blue) for start in starts] == [
        Match("job-1", Rule.WINDOW),
        Match("job-2", Rule.WINDOW),
        Ambiguous(("job-1", "job-2")),
    ]


def test_a_rewritten_prompt_of_a_post_that_discord_took_is_not_kept_from_it_by_one_without_an_answer() -> (
    None
):
    window = (SENT_MS, SENT_MS + 500)
    taken = replace(job(1, "a cat on a red roof"), windows=(window,), taken=(window,))
    unanswered = replace(job(2, "a cat on a blue roof"), windows=((SENT_MS + 600, SENT_MS + 60_600),))
    start = replace(completion("**a  kitten on a red roof**"), interaction_id=at(0.2))

    assert verdict(start, taken, unanswered) == Match("job-1", Rule.WINDOW)


def test_a_rewritten_prompt_from_before_the_post_is_foreign() -> None:
    window = (SENT_MS, SENT_MS + 500)
    taken = replace(job(1, "a cat on a red roof"), windows=(window,), taken=(window,))
    start = replace(completion("**a  kitten on a red roof**"), interaction_id=at(-5))

    assert isinstance(verdict(start, taken), Foreign)


def test_another_prompt_in_the_window_of_a_post_that_discord_took_is_foreign() -> None:
    window = (SENT_MS, SENT_MS + 500)
    taken = replace(job(1, "a cat on a red roof"), windows=(window,), taken=(window,))

    assert isinstance(verdict(replace(completion("two dogs at sea"), interaction_id=at(0.2)), taken), Foreign)
    assert isinstance(
        verdict(replace(completion("a kitten on a red roof"), interaction_id=at(20)), taken), Foreign
    )


def test_the_rules_that_prove_an_author_are_those_by_id() -> None:
    assert set(Rule) - BY_ID == {Rule.FILES, Rule.TEXT}
    assert {Rule.EQUAL} == BY_ID - OWN


def test_without_a_candidate_everything_is_foreign() -> None:
    assert isinstance(verdict(completion()), Foreign)
    assert isinstance(verdict(completion(user=USER)), Foreign)


def test_what_a_job_makes_that_has_its_equals_video_is_of_the_equal_that_is_owed_in_its_stead() -> None:
    own, others = completion(name="own.mp4"), completion(name="others.mp4")
    first = replace(
        job(1, state=State.COMPLETED, is_owed=False),
        messages=frozenset({at(2)}),
        interactions=frozenset({at(1)}),
        files={files_of(others) or "": SENT_MS + 60_000},
    )

    for video in (
        replace(own, reference_id=at(2)),
        replace(own, interaction_id=at(1)),
        replace(own, id=at(2)),
    ):
        assert verdict(video, first, job(2)) == Match("job-2", Rule.EQUAL)
        assert verdict(video, first, job(3), job(2)) == Match("job-2", Rule.EQUAL)
        for other in (job(2, "a dog"), job(2, negative="dogs"), job(2, is_owed=False)):
            assert meant_by(verdict(video, first, other)) in ((), ("job-1",))
        assert meant_by(verdict(video, replace(first, has_own_video=True), job(2))) in ((), ("job-1",))
        said_again = replace(video, attachments=others.attachments)
        assert meant_by(verdict(said_again, first, job(2))) == ("job-1",)


def test_an_interaction_of_a_job_that_has_its_equals_video_is_its_own_though_its_id_was_never_told() -> None:
    first = replace(job(1, state=State.COMPLETED, is_owed=False), windows=((SENT_MS, SENT_MS + 500),))
    start = replace(completion(), attachments=None, interaction_id=at(0.2), interaction_user_id=USER)

    assert verdict(start, first, job(2)) == Match("job-1", Rule.WINDOW)
    assert verdict(start, first, replace(job(2), windows=first.windows)) == Match("job-2", Rule.WINDOW)
    assert verdict(replace(start, interaction_id=at(30)), first, job(2)) == NOT_OURS
    assert verdict(replace(start, content="Apologies!"), first, job(2)) == NOT_OURS
    assert verdict(replace(start, interaction_user_id=OTHER), first, job(2)) == Foreign(
        "the interaction is another user's"
    )


def test_an_equal_job_is_known_by_the_words_in_which_the_bot_has_told_of_the_other() -> None:
    window = (SENT_MS, SENT_MS + 60_000)
    told, untold = heard_as("a kitten", job(1)), replace(job(2), windows=(window,))
    start = replace(says(completion("a kitten").content), interaction_id=at(0.2), interaction_user_id=USER)

    assert verdict(start, told, untold) == Match("job-2", Rule.WINDOW)
    assert isinstance(verdict(start, untold), Foreign)
    assert isinstance(verdict(start, told, replace(job(2, "a dog"), windows=(window,))), Foreign)


def test_an_equal_job_of_which_nothing_is_known_makes_no_doubt_about_the_one_that_discord_took() -> None:
    window = (SENT_MS, SENT_MS + 500)
    taken = replace(job(1), windows=(window,), taken=(window,))
    killed = replace(job(2, state=State.SENDING), windows=((SENT_MS + 5_000, SENT_MS + 65_000),))
    start = replace(says(completion("a kitten, a cat").content), interaction_id=at(0.2))

    assert verdict(start, taken, killed) == Match("job-1", Rule.WINDOW)
    assert verdict(start, killed, taken) == Match("job-1", Rule.WINDOW)
    assert isinstance(verdict(start, taken, replace(killed, fingerprint="another")), Ambiguous)


def test_what_a_job_of_another_account_makes_is_never_given_to_an_equal_of_ours() -> None:
    theirs = replace(
        job(1, state=State.COMPLETED, is_owed=False),
        is_ours=False,
        messages=frozenset({at(2)}),
        interactions=frozenset({at(1)}),
        files={files_of(completion(name="others.mp4")) or "": SENT_MS + 60_000},
    )
    own = completion(name="own.mp4")

    for video in (
        replace(own, reference_id=at(2)),
        replace(own, interaction_id=at(1)),
        replace(own, id=at(2)),
    ):
        assert isinstance(verdict(video, theirs, job(2)), Foreign)
