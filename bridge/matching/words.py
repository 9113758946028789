"""The jobs that a text may belong to, by the words that it repeats or rewords; pure."""

from collections.abc import Iterable

from bridge.jobs import nearness
from bridge.jobs.candidate import Candidate
from bridge.jobs.nearness import Fields
from bridge.pixverse.reading import Reading


def repeating(reading: Reading, jobs: Iterable[Candidate]) -> list[Candidate]:
    """Return the jobs whose words are repeated."""
    return [] if reading.echo is None else [job for job in jobs if job.fits(reading.echo)]


def saying(reading: Reading, jobs: list[Candidate]) -> list[Candidate]:
    """Return the jobs whose words are repeated; without a prompt, all that do not contradict."""
    fitting = repeating(reading, jobs)
    return fitting or ([] if says_a_prompt(reading) else _not_contradicted(reading, jobs))


def nearest_to(reading: Reading, jobs: list[Candidate]) -> list[Candidate]:
    """Return the jobs most similar to a text; without a prompt, all that do not contradict.

    A job that shares as many words fits as well, however many other words it has.
    """
    if not says_a_prompt(reading):
        return _not_contradicted(reading, jobs)
    said = reading.echo or {}
    nearest = nearest_in(said, [job for job in jobs if job.echo.is_near(said)])
    others = [job for job in jobs if job not in nearest]
    return nearest + [job for job in others if any(_is_rival(said, job, other) for other in nearest)]


def _is_rival(said: Fields, job: Candidate, nearest: Candidate) -> bool:
    """Return whether a text may belong to a job although it shares fewer words with it."""
    ours, theirs = job.echo.shared(said), nearest.echo.shared(said)
    return bool(ours & theirs) if nearest.echo.heard and not job.echo.heard else theirs <= ours


def says_a_prompt(reading: Reading) -> bool:
    """Return whether a text repeats a prompt."""
    return reading.echo is not None and nearness.has_prompt(reading.echo)


def _not_contradicted(reading: Reading, jobs: list[Candidate]) -> list[Candidate]:
    return [job for job in jobs if not job.echo.contradicts(reading.echo or {})]


def nearest_in(said: Fields, jobs: list[Candidate]) -> list[Candidate]:
    """Return the jobs that share most words with a text: no other job shares the same words and more.

    A job that the bot has already repeated in other words is not closer than one that it has not.
    """
    shared = [(job, job.echo.shared(said), bool(job.echo.heard)) for job in jobs]
    return [
        job
        for job, words, is_told in shared
        if not any(words < others and is_told >= other_is_told for _, others, other_is_told in shared)
    ]
