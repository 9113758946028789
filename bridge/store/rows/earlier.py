"""Jobs in earlier stored formats: without a version and without default values, or with an earlier version.

A missing field means the default of that time. Newer fields are filled in for such a job: the words that the
bot is expected to repeat are parsed by the current rules.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from bridge.jobs.nearness import PROMPT, Fields
from bridge.pixverse.echo import keys_in, taken_apart_anew
from bridge.pixverse.profile import DEFAULT

_COMMAND: Final = dict.fromkeys(
    (
        "prompt",
        "negative_prompt",
        "style",
        "aspect_ratio",
        "character",
        "seed_value",
        "motion",
        "hd_quality",
        "image",
        "face",
        "button",
        "value",
    )
)
_ECHO: Final[Mapping[str, Any]] = {"at_start": {}, "at_end": {}, "heard": []}
_SAID: Final[Mapping[str, Any]] = {
    "content": None,
    "timestamp": None,
    "edited": None,
    "attachments": [],
    "embeds": [],
    "buttons": [],
    "other_buttons": [],
    "selects": [],
}
_ATTACHMENT: Final = dict.fromkeys(("proxy_url", "content_type", "width", "height"))
_EMBED: Final = dict.fromkeys(("type", "title", "description", "image"))
_IMAGE: Final = dict.fromkeys(("proxy_url", "width", "height"))
_FAILURE: Final = dict.fromkeys(("details", "retry_after_s"))
_JOB: Final[Mapping[str, Any]] = {
    "number": 0,
    "parent": None,
    "state": "waiting",
    "revision": 0,
    "is_owed": False,
    "is_late": False,
    "echo": _ECHO,
    "said": None,
    "failure": None,
    "max_jobs": 10,
    "reply_url": None,
    "reply_ref": None,
    "listened_ms": 0,
    "ended_ms": None,
    "traceparent": None,
}


def completed(text: str) -> Mapping[str, Any]:
    """Return an earlier job with all current fields; raises `ValueError` if it is not a job."""
    kept = json.loads(text)
    try:
        return _completed(kept)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a job: {text[:80]}") from error


def _completed(kept: Any) -> Mapping[str, Any]:
    job = {**_JOB, **kept}
    job["command"] = _COMMAND | job["command"]
    job["echo"] = _echo(job["echo"], job["command"]["prompt"])
    job["said"] = _said(job["said"]) if job["said"] else None
    job["failure"] = _FAILURE | job["failure"] if job["failure"] else None
    return job


def _echo(kept: Mapping[str, Any], prompt: str | None) -> Mapping[str, Any]:
    """Return an earlier echo in the current form: keys in prompts were handled differently."""
    echo = {**_ECHO, **kept}
    if "in_prompt" in echo:
        return echo
    in_prompt = keys_in(prompt or echo["at_start"].get(PROMPT), DEFAULT)
    return {
        "at_start": _anew(echo["at_start"]),
        "at_end": _anew(echo["at_end"]),
        "heard": [_anew(said) for said in echo["heard"]],
        "in_prompt": in_prompt,
    }


def _anew(fields: Fields) -> Fields:
    return taken_apart_anew(fields, DEFAULT)


def _said(said: Mapping[str, Any]) -> Mapping[str, Any]:
    whole = {**_SAID, **said}
    attachments = [_ATTACHMENT | one for one in whole["attachments"]]
    return {**whole, "attachments": attachments, "embeds": [_embed(one) for one in whole["embeds"]]}


def _embed(embed: Mapping[str, Any]) -> Mapping[str, Any]:
    whole = {**_EMBED, **embed}
    return {**whole, "image": _IMAGE | whole["image"] if whole["image"] else None}
