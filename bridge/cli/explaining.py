"""`explain`: how the bridge reads each message of a recording, and which job it matches."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from bridge.cli.announce import show
from bridge.config.overrides import Overrides, overridden
from bridge.jobs.verdict import Ambiguous
from bridge.pixverse.profile import DEFAULT
from bridge.recording.lines import named, read_lines
from bridge.recording.replay import Replay, replayed
from bridge.recording.seen import Seen
from bridge.recording.telling import facts

WIDEST: Final = 300
STRAYS: Final = (
    "\n{} could be about several jobs. A bridge at work tries such a message again when later ones have told "
    "the jobs apart; here it is read once."
)


def explain(path: Path, overrides: Overrides, *, as_json: bool) -> None:
    """Print what each line of a recording means; raises `RecordingError`."""
    profile = overridden(DEFAULT, overrides)
    accounts: dict[int, Replay] = {}
    strays = 0
    show_facts = _print_object if as_json else _print_lines
    for step, replay in replayed(read_lines(path), profile):
        accounts[step.line.account] = replay
        strays += isinstance(step.verdict, Ambiguous)
        show_facts(facts(step, profile, len(overrides.phrases)))
    if not as_json:
        _print_jobs(accounts)
    if strays and not as_json:
        show(STRAYS.format(_counted(strays)))


def _print_object(told: Mapping[str, Any]) -> None:
    show(named(json.dumps(told)))


def _print_lines(told: Mapping[str, Any]) -> None:
    show(named(f"line {told['line']}  {told['at']}  {told['event']}: {told['what']}"), style="bold")
    for name, text in _details(told):
        if text:
            show(named(f"  {name:<8} {_short(text)}"))
    show("")


def _details(told: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return (
        ("says", told.get("own_words") or ""),
        ("repeats", _joined(f"{key}: {value}" for key, value in (told.get("repeats") or {}).items())),
        ("files", _joined(told.get("files") or ())),
        ("buttons", _joined(told.get("buttons") or ())),
        ("menus", _joined(told.get("menus") or ())),
        ("tells", _joined(f"{about}: {value}" for about, value in (told.get("tells") or {}).items())),
        ("read as", _reading(told)),
        ("about", _about(told)),
    )


def _reading(told: Mapping[str, Any]) -> str:
    if "because" not in told:
        return ""
    phrase = told["phrase"]
    row = f" ({phrase['row']}: {phrase['pattern']})" if phrase else ""
    return f"{told['signal'] or 'nothing'}: {told['because']}{row}"


def _about(told: Mapping[str, Any]) -> str:
    if told.get("unmatched"):
        return f"no job: {told['unmatched']}"
    if not told.get("job"):
        return ""
    rule = f", by {told['rule']}" if told.get("rule") else ""
    is_still = told["before"] == told["after"]
    change = f"stays {told['after']}" if is_still else f"{told['before']} -> {told['after']}"
    return f"{told['job']}{rule}: {change}"


def _print_jobs(accounts: Mapping[int, Replay]) -> None:
    show("Jobs", style="bold")
    for account, replay in accounts.items():
        for job in replay.jobs.values():
            show(named(f"  account {account}, {job.name}  {_described(job)}"))
    if not any(replay.jobs for replay in accounts.values()):
        show("  none: no message answers a command or a button of the account")


def _described(job: Seen) -> str:
    prompt = job.job.echo.prompt
    words = f" {prompt!r}" if prompt else ""
    parent = f" of {job.parent}" if job.parent else ""
    return _short(f"{job.command or 'a command'}{parent}{words}: {job.job.state}")


def _counted(messages: int) -> str:
    return "1 message" if messages == 1 else f"{messages} messages"


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(parts)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDEST else line[: WIDEST - 3] + "..."
