"""Which jobs a text may be about, by the words that it repeats or has put otherwise; pure."""

from collections.abc import Iterable

from bridge.jobs import nearness
from bridge.jobs.candidate import Candidate
from bridge.jobs.nearness import Fields
from bridge.pixverse.reading import Reading


def repeating(reading: Reading, jobs: Iterable[Candidate]) -> list[Candidate]:
    """Return the jobs whose words are repeated."""
    return [] if reading.echo is None else [job for job in jobs if job.fits(reading.echo)]


def saying(reading: Reading, jobs: list[Candidate]) -> list[Candidate]:
    """Return the jobs whose words are repeated; where no prompt is, all that nothing speaks against."""
    fitting = repeating(reading, jobs)
    return fitting or ([] if says_a_prompt(reading) else _not_contradicted(reading, jobs))


def nearest_to(reading: Reading, jobs: list[Candidate]) -> list[Candidate]:
    """Return the jobs that a text is nearest to; where no prompt is, all that nothing speaks against.

    One that shares as many words can be meant as well, however many it has besides.
    """
    if not says_a_prompt(reading):
        return _not_contradicted(reading, jobs)
    said = reading.echo or {}
    nearest = nearest_in(said, [job for job in jobs if job.echo.is_near(said)])
    others = [job for job in jobs if job not in nearest]
    return nearest + [job for job in others if any(_is_rival(said, job, other) for other in nearest)]


def _is_rival(said: Fields, job: Candidate, nearest: Candidate) -> bool:
    """Tell whether a text of which less is left in a job may be its own all the same."""
    ours, theirs = job.echo.shared(said), nearest.echo.shared(said)
    return bool(ours & theirs) if nearest.echo.heard and not job.echo.heard else theirs <= ours


def says_a_prompt(reading: Reading) -> bool:
    """Tell whether a text repeats a prompt at all."""
    return reading.echo is not None and nearness.has_prompt(reading.echo)


def _not_contradicted(reading: Reading, jobs: list[Candidate]) -> list[Candidate]:
    return [job for job in jobs if not job.echo.contradicts(reading.echo or {})]


def nearest_in(said: Fields, jobs: list[Candidate]) -> list[Candidate]:
    """Return the jobs of which most is left in a text: no other shares the same words and more.

    One of which the bot has told already, in other words, is not nearer than one of which it has not.
    """
    shared = [(job, job.echo.shared(said), bool(job.echo.heard)) for job in jobs]
    return [
        job
        for job, words, is_told in shared
        if not any(words < others and is_told >= other_is_told for _, others, other_is_told in shared)
    ]
