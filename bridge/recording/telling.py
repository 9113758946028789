"""The facts about a step of a replay, for the text and the JSON output of `explain`."""

from datetime import UTC, datetime
from typing import Final

from bridge.accounts.notice import NoticeKind
from bridge.chat import (
    EPHEMERAL,
    Heard,
    InteractionCreated,
    InteractionFailed,
    Message,
    ModalOffered,
    Select,
)
from bridge.jobs.signals import Acknowledged, Declined, Failed, Finished, Progressed, Refused, Signal, Started
from bridge.jobs.verdict import Ambiguous, Foreign, Match
from bridge.pixverse.labels import shown_name
from bridge.pixverse.profile import Phrase, Profile
from bridge.recording.replay import ReplayedLine

Facts = dict[str, object]

WORDS: Final[dict[type[Signal], str]] = {
    Acknowledged: "acknowledged",
    Started: "started",
    Progressed: "progress",
    Finished: "finished",
    Refused: "refused",
    Declined: "most likely refused",
    Failed: "failed",
}
BUILT_IN: Final = "built in"


def facts(step: ReplayedLine, profile: Profile, overrides: int) -> Facts:
    """Return the facts about a step; the first `overrides` phrases of the profile are the operator's."""
    at = datetime.fromtimestamp(step.line.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    told: Facts = {
        "line": step.line.number,
        "account": step.line.account,
        "at": at,
        "event": step.line.event,
        "what": _what(step.heard),
    }
    if isinstance(step.heard, Message):
        told |= _of_message(step, step.heard, profile, overrides)
    return told | _of_job(step)


def _what(heard: Heard | None) -> str:
    match heard:
        case Message(is_edit=is_edit):
            return "an edited message" if is_edit else "a new message"
        case InteractionCreated():
            return "Discord took a command, a button or a prompt of this account"
        case ModalOffered(title=title):
            return f"the bot asks for input: {title}"
        case InteractionFailed(reason=reason):
            return f"the bot did not answer, reason {reason}"
        case _:
            return "of no matter to the bridge"


def _of_message(step: ReplayedLine, message: Message, profile: Profile, overrides: int) -> Facts:
    signal = step.reading.signal if step.reading else None
    tells = {told.kind.value: told.value for told in step.reading.notices} if step.reading else {}
    is_worded = _is_worded(message, signal) and NoticeKind.OUT_OF_CREDITS not in tells
    phrase = step.phrase if is_worded else None
    return {
        "message": message.id,
        "author": message.author_id,
        "own_words": (step.own_words or "").strip() or None,
        "repeats": dict(step.reading.echo) if step.reading and step.reading.echo is not None else None,
        "buttons": [shown_name(profile, button.name) for button in message.buttons or ()],
        "menus": [f"{menu.name} ({_options(menu)})" for menu in message.selects or ()],
        "tells": tells,
        "files": [file.filename for file in message.attachments or ()],
        "signal": WORDS[type(signal)] if signal else None,
        "because": _reason(message, signal, phrase),
        "phrase": _row(phrase, profile, overrides) if phrase else None,
    }


def _options(menu: Select) -> str:
    return " | ".join(option.label for option in menu.options)


def _is_worded(message: Message, signal: Signal | None) -> bool:
    """Return whether the words of a message decide its meaning."""
    return not message.is_loading and signal is not None and not isinstance(signal, Finished)


def _reason(message: Message, signal: Signal | None, phrase: Phrase | None) -> str:
    if phrase is None and isinstance(signal, Failed):
        return "it says that the account has no credits"
    if phrase is not None:
        return f"the phrase for {phrase.meaning} fits"
    if message.is_loading:
        return "the bot is still thinking"
    if signal is None:
        return "it says nothing"
    if isinstance(signal, Finished):
        return "it has a video"
    if (message.flags or 0) & EPHEMERAL:
        return "no phrase fits, and only this account can see it"
    return "no phrase fits, so it counts as a first message"


def _row(phrase: Phrase, profile: Profile, overrides: int) -> Facts:
    index = profile.phrases.index(phrase)
    place = f"bot.phrases[{index}]" if index < overrides else BUILT_IN
    return {"meaning": phrase.meaning.value, "pattern": phrase.pattern, "row": place}


def _of_job(step: ReplayedLine) -> Facts:
    told: Facts = {"job": step.job, "before": step.before, "after": step.after}
    match step.verdict:
        case Match(rule=rule):
            return told | {"rule": rule.value}
        case Foreign(reason=reason):
            return told | {"unmatched": reason}
        case Ambiguous(job_ids=job_ids):
            return told | {"unmatched": f"it can be about {' or '.join(job_ids)}"}
    return told
