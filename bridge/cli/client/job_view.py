"""A job as text: its facts, or a row of a table."""

from collections.abc import Sequence
from pathlib import Path

from bridge.cli.client.output import Output
from bridge.cli.client.progress import words_of
from bridge.client import Job

HEAD = ("job", "created", "verb", "status", "prompt")
"""Times are in UTC."""
FACTS = (
    "style",
    "aspect_ratio",
    "negative_prompt",
    "character",
    "seed_value",
    "motion",
    "hd_quality",
    "button",
    "value",
)
COLOURS = {"completed": "green", "failed": "red", "moderated": "red", "cancelled": "yellow"}


def show_job(output: Output, job: Job, paths: Sequence[Path]) -> None:
    """Print a job; `paths`: where its videos have been saved."""
    if output.as_json:
        saved = {"files": [str(path) for path in paths]} if paths else {}
        output.json({**job.raw, **saved})
        return
    output.facts(
        f"{job.id}  {verb_of(job)}  {job.status}",
        {
            "prompt": job.prompt or "",
            **{name: str(job.raw.get(name) or "") for name in FACTS},
            "parent": job.parent_id or "",
            "channel": job.channel or "",
            "created": minute(job.created),
            "waits for": _wait_of(job),
            "bot": "" if job.error else job.content or "",
            "error": job.error or "",
            "details": job.error_details or "",
            "buttons": " ".join(job.buttons),
            "others": ", ".join(job.other_buttons),
            **{menu.name: ", ".join(menu.options) for menu in job.menus},
        },
        style=COLOURS.get(job.status, "cyan"),
    )
    links = [one.mirror_url or one.url for one in job.attachments]
    for place in map(str, paths or links):
        output.text(f"  {place}")


def _wait_of(job: Job) -> str:
    """Return what a job waits for, in the API's words."""
    wait = job.raw.get("waitingFor") or {}
    until = wait.get("until")
    told = (wait.get("reason"), wait.get("jobid"), wait.get("details"), until and f"until {until[:19]}Z")
    return ", ".join(filter(None, told))


def row(job: Job) -> Sequence[str]:
    """Return a job as a row below `HEAD`."""
    return (job.id, minute(job.created), verb_of(job), job.status, job.prompt or job.raw.get("button") or "")


def line(job: Job) -> str:
    """Return a change of a job as one line."""
    return f"{job.updated[11:19]}  {job.id}  {verb_of(job)}  {words_of(job)}"


def verb_of(job: Job) -> str:
    """Return the verb as a command is called."""
    return job.verb.removeprefix("pixverse-")


def minute(moment: str) -> str:
    """Return a moment of the API to the minute, in UTC."""
    return moment[:16].replace("T", " ")
