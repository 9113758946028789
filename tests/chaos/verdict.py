"""What the witnesses say together: nothing lost, nothing paid twice, nothing untold, nothing swapped."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.chaos.orders import REFUSALS, Asked
from tests.chaos.witnesses import Books, KeptJob, Ledger
from tests.tools.world import Discord

OPEN: Final = frozenset({"queued", "waiting", "sending", "sent", "started", "progress"})
GOALS: Final = ("lost", "twice", "untold", "wrong", "withheld")
ASKING: Final = frozenset({"V1", "V2", "V3", "V4", "🔀"})


@dataclass
class Verdict:
    """Figures, and a sentence for each broken promise."""

    figures: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def breaks(self, goal: str, sentence: str) -> None:
        """Note a broken promise."""
        self.figures[goal] += 1
        self.broken.append(f"{goal}: {sentence}")

    def __iadd__(self, other: "Verdict") -> "Verdict":
        self.figures.update(other.figures)
        self.broken += other.broken
        return self

    def line(self) -> str:
        """Return the figures, the goals first."""
        goals = [f"{name} {self.figures[name]}" for name in GOALS]
        more = [f"{name} {count}" for name, count in sorted(self.figures.items()) if name not in GOALS]
        return ", ".join(goals + more)


@dataclass
class Court:
    """Hears the witnesses on some jobs; it remembers whose each video is."""

    books: Books
    ledger: Ledger
    discord: Discord
    uploading: frozenset[str] = frozenset()
    """Whose picture was being uploaded at the only death of a round: nothing ran, so each gets a video."""
    _owners: dict[str, str] = field(default_factory=dict)

    async def hear(self, asked: Iterable[Asked], jobs: Sequence[KeptJob]) -> Verdict:
        """Judge jobs that have had time to end."""
        verdict = Verdict(Counter({"jobs": len(jobs)}))
        journal = await self.discord.interactions()
        runs, foreign = self._runs(journal)
        for row in foreign:
            verdict.breaks("twice", f"an interaction ran whose nonce was not kept: {row}")
        self._judge_answers(verdict, asked, jobs)
        for job in jobs:
            self._judge_runs(verdict, job, runs[job.id])
            self._judge_end(verdict, job)
            self._judge_upload(verdict, job)
            self._judge_refusal(verdict, job, runs[job.id])
            await self._judge_video(verdict, job, runs[job.id])
        self._judge_prompts(verdict, [*jobs, *self.books.gone()], journal)
        self._judge_yield(verdict, jobs, runs)
        self.uploading = frozenset()
        return verdict

    async def keep_evidence(self, folder: Path, name: str) -> None:
        """Keep what Discord has seen and said, beside the bridge's own data."""
        stem = name.split(" (")[0].replace(" ", "-")
        (folder / f"{stem}-interactions.json").write_text(json.dumps(await self.discord.interactions()))
        (folder / f"{stem}-frames.json").write_text(json.dumps(await self.discord.frames()))

    def _runs(self, journal: Sequence[Any]) -> tuple[Mapping[str, list[Any]], list[Any]]:
        job_of = self.books.job_of_nonce()
        runs, foreign = defaultdict(list), []
        for row in journal:
            if row["accepted"] and row["nonce"] in job_of:
                runs[job_of[row["nonce"]]].append(row)
            elif row["accepted"]:
                foreign.append(row)
        return runs, foreign

    def _judge_answers(self, verdict: Verdict, asked: Iterable[Asked], jobs: Sequence[KeptJob]) -> None:
        known = {job.id for job in jobs}
        for one in asked:
            verdict.figures["unanswered"] += one.answer is None
            if one.answer and one.job_id is None:
                verdict.figures[f"answered {one.answer.status} without a job"] += 1
            if one.answer and one.job_id and one.job_id not in known:
                verdict.breaks("lost", f"job {one.job_id} was promised with {one.answer.status} and is gone")

    def _judge_runs(self, verdict: Verdict, job: KeptJob, runs: Sequence[Any]) -> None:
        for kind, count in Counter(row["kind"] for row in runs).items():
            if count > 1:
                verdict.breaks("twice", f"job {job.id} ran {count} times as {kind}")
        verdict.figures["never ran"] += not _is_paid(job, runs)

    def _judge_end(self, verdict: Verdict, job: KeptJob) -> None:
        verdict.figures[job.state + (f" ({job.cause})" if job.cause else "")] += 1
        verdict.figures["late"] += bool(job.body.get("is_late"))
        if job.state in OPEN:
            verdict.breaks("lost", f"job {job.id} is still {job.state}: {_text(job)}")
        elif job.body.get("reply_url") and job.status not in self.ledger.told[job.id]:
            verdict.breaks("untold", f"job {job.id} is {job.status}, told {self.ledger.told[job.id]}")
        most, told = 1 + bool(job.body.get("is_late")), len(self.ledger.ids[job.id])
        if told > most and told > most + self.books.earlier_ends(job):
            verdict.breaks("untold", f"job {job.id} has {told} callbacks")

    def _judge_upload(self, verdict: Verdict, job: KeptJob) -> None:
        if job.id in self.uploading and job.state != "completed":
            verdict.breaks("lost", f"job {job.id}, which was being uploaded, is {job.state}: {job.cause}")

    def _judge_refusal(self, verdict: Verdict, job: KeptJob, runs: Sequence[Any]) -> None:
        """Ask whether what the bot refused ended so. What nobody heard ends by our own judgement."""
        end = _refusal(job)
        if end is None or not _is_paid(job, runs):
            return
        verdict.figures["refused"] += job.state == end
        verdict.figures["refused unheard"] += job.state == "given_up"
        if job.state not in (end, "given_up"):
            verdict.breaks("wrong", f"job {job.id} of {_text(job)!r} is {job.state}, the bot says {end}")

    async def _judge_video(self, verdict: Verdict, job: KeptJob, runs: Sequence[Any]) -> None:
        if job.state != "completed":
            return
        made_by = {await self.discord.made_by(url) for url in job.videos[:1]}
        own = {row["id"] for row in runs}
        verdict.figures["of an equal job"] += bool(made_by - own)
        for interaction in made_by:
            owner = self._owners.setdefault(interaction, job.id)
            if owner != job.id:
                verdict.breaks("wrong", f"jobs {owner} and {job.id} have the same video")
        if not made_by or not await self._are_fair(job, made_by - own):
            verdict.breaks("wrong", f"job {job.id} has the video of {made_by}, its own are {own}")

    async def _are_fair(self, job: KeptJob, others: set[str]) -> bool:
        """Tell whether videos of other interactions come from jobs that are the same in everything."""
        journal = {row["id"]: row for row in await self.discord.interactions()} if others else {}
        job_of = self.books.job_of_nonce() if others else {}
        known = [*self.books.gone(), *self.books.jobs()] if others else []
        prints = {one.id: one.body["fingerprint"] for one in known}
        makers = [job_of.get(journal[other]["nonce"]) for other in others if other in journal]
        return len(makers) == len(others) and all(
            maker is not None and prints[maker] == job.body["fingerprint"] for maker in makers
        )

    def _judge_prompts(self, verdict: Verdict, jobs: Sequence[KeptJob], journal: Sequence[Any]) -> None:
        """Count by prompt, whatever the database says of nonces: no more ran than were asked for."""
        wanted = Counter((_is_press(job), _text(job)) for job in jobs if _text(job))
        ran = Counter(
            (row["kind"] == "modal", str(row["options"].get("prompt"))) for row in journal if row["accepted"]
        )
        for one, count in wanted.items():
            if ran[one] > count:
                verdict.breaks("twice", f"{count} jobs asked for {one[1]!r}, {ran[one]} ran")

    def _judge_yield(self, verdict: Verdict, jobs: Sequence[KeptJob], runs: Mapping[str, list[Any]]) -> None:
        """Ask where each video went that was paid for; jobs that are the same in everything share theirs."""
        alike, never_named = defaultdict(list), self.books.never_named()
        indistinct = self.books.indistinct(jobs)
        for job in jobs:
            alike[job.body["fingerprint"]].append(job)
        for group in alike.values():
            paid = [job for job in group if _is_paid(job, runs[job.id]) and not _refusal(job)]
            completed = [job for job in group if job.state == "completed"]
            unknown = [job for job in paid if job.id in never_named and _is_past_knowing(job)]
            verdict.figures["rewritten beyond knowing"] += len(unknown)
            mixed = [job for job in paid if job.id in indistinct and job not in unknown]
            verdict.figures["not told apart"] += len(mixed)
            if len(paid) - len(unknown) - len(mixed) > len(completed):
                ends = ", ".join(f"{job.id} {job.state} {job.cause}" for job in group)
                verdict.breaks("withheld", f"{len(paid)} ran of {_text(group[0])!r}: {ends}")


def _refusal(job: KeptJob) -> str | None:
    """Return how the bot ends a job of such a prompt, None when it makes a video."""
    return next((REFUSALS[word] for word in _text(job).split() if word in REFUSALS), None)


def _is_paid(job: KeptJob, runs: Sequence[Any]) -> bool:
    return any(row["kind"] in ("command", "modal") or not _asks(job) for row in runs)


def _is_past_knowing(job: KeptJob) -> bool:
    """Tell whether nothing was heard of a job in the end, of whose command the bot changed the words."""
    is_unheard = job.state == "given_up" and job.body.get("said") is None
    return is_unheard and "#rewritten" in _text(job).split()


def _is_press(job: KeptJob) -> bool:
    return bool(job.body["command"].get("button"))


def _asks(job: KeptJob) -> bool:
    return job.body["command"].get("button") in ASKING


def _text(job: KeptJob) -> str:
    return str(job.body["command"].get("prompt") or "")
