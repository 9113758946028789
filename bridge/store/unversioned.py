"""Jobs as they were kept before their JSON had a version: without what had its default.

What is left out means the default of then, whatever the default is now. What came later is given what it
means for such a job.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

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
    )
)
_ECHO: Final[Mapping[str, Any]] = {"at_start": {}, "at_end": {}, "heard": [], "in_prompt": []}
_SAID: Final[Mapping[str, Any]] = {
    "content": None,
    "timestamp": None,
    "edited": None,
    "attachments": [],
    "embeds": [],
    "buttons": [],
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
}


def completed(text: str) -> Mapping[str, Any]:
    """Return a job of then with all of its fields; raises `ValueError` for what is no job."""
    kept = json.loads(text)
    try:
        return _completed(kept)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no job: {text[:80]}") from error


def _completed(kept: Any) -> Mapping[str, Any]:
    job = {**_JOB, **kept}
    job["command"] = _COMMAND | job["command"]
    job["echo"] = {**_ECHO, **job["echo"]}
    job["said"] = _said(job["said"]) if job["said"] else None
    job["failure"] = _FAILURE | job["failure"] if job["failure"] else None
    return job


def _said(said: Mapping[str, Any]) -> Mapping[str, Any]:
    whole = {**_SAID, **said}
    attachments = [_ATTACHMENT | one for one in whole["attachments"]]
    return {**whole, "attachments": attachments, "embeds": [_embed(one) for one in whole["embeds"]]}


def _embed(embed: Mapping[str, Any]) -> Mapping[str, Any]:
    whole = {**_EMBED, **embed}
    return {**whole, "image": _IMAGE | whole["image"] if whole["image"] else None}
