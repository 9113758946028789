"""What the bridge answers, as values; `raw` of each is the JSON as it came, with every field.

Only a `mirror_url` that is a path on the bridge is completed (`links.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

Raw = Mapping[str, Any]
T = TypeVar("T")
ENDED: Final = frozenset({"completed", "failed", "moderated", "cancelled"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a job.

    `url` is Discord's and expires after about a day; `mirror_url` is the copy of the bridge, None if it has
    none. `size` is in bytes.
    """

    id: str
    filename: str
    url: str
    content_type: str | None
    size: int
    mirror_url: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu of the bot: its name, and the texts of which one can be chosen."""

    name: str
    options: Sequence[str]


@dataclass(frozen=True, slots=True)
class Job:
    """A job.

    `status` is `created`, `started`, `progress`, `completed`, `failed`, `moderated` or `cancelled`.
    `content` is what the bot said last; `buttons`, `other_buttons` (by the bot's own labels) and `menus` are
    what can be pressed; `error` and `error_details` say why it failed. `created` and `updated` are times as
    the bridge writes them, `2026-01-31T12:00:00.000Z`.
    """

    id: str
    verb: str
    status: str
    prompt: str | None
    content: str | None
    attachments: Sequence[Attachment]
    buttons: Sequence[str]
    other_buttons: Sequence[str]
    menus: Sequence[Menu]
    error: str | None
    error_details: str | None
    channel: str | None
    created: str
    updated: str
    parent_id: str | None
    reply_ref: str | None
    is_late: bool
    raw: Raw = field(repr=False)

    @property
    def is_ended(self) -> bool:
        """Whether the job has come to its end, good or bad."""
        return self.status in ENDED

    @property
    def is_completed(self) -> bool:
        """Whether its videos are there."""
        return self.status == "completed"


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the stream: `type` is `job`, `account` or `reset`; `job` is None for the last two.

    `id` is the position in the log, None for an `account`. After a `reset`, events before its position are
    lost.
    """

    id: int | None
    type: str
    job: Job | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """The configuration of a channel's account; `discord` is masked without the scope `secrets:read`."""

    channel: str
    server: str
    discord: str
    max_jobs: int
    is_paused: bool
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """The condition of an account; `reason` and `remedy` are sentences for a person, or None."""

    channel: str
    condition: str
    since: str
    reason: str | None
    remedy: str | None
    is_paused: bool
    running: int
    max_jobs: int
    raw: Raw = field(repr=False)

    @property
    def is_connected(self) -> bool:
        """Whether the account can take jobs."""
        return self.condition == "connected"


@dataclass(frozen=True, slots=True)
class Health:
    """The condition of every account."""

    accounts: Sequence[AccountHealth]
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback: `state` is `pending`, `delivered` or `given_up`, `attempts` are as the API shows them."""

    id: str
    job_id: str
    url: str
    state: str
    status: str
    attempts: Sequence[Raw]
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallbackTest:
    """What became of a test callback; `explanation` is a sentence for a person."""

    id: str
    is_delivered: bool
    status: int | None
    explanation: str
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened to a job: lists of JSON as the API shows them, each oldest first."""

    job_id: str
    events: Sequence[Raw]
    interactions: Sequence[Raw]
    messages: Sequence[Raw]
    callbacks: Sequence[Raw]
    children: Sequence[Raw]
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of the bridge: `run` submits it by its `name`, and a result has `files`.

    `fields` are as the API shows them: `name`, `type` and `required` of each, and its limits.
    """

    name: str
    about: str
    files: int
    buttons: Sequence[str]
    fields: Sequence[Raw]
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """What the API token may do; `expires` is None for one that does not expire."""

    tenant: str
    scopes: Sequence[str]
    expires: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list, newest first; pass `next` as `cursor` for the next one, it is None on the last."""

    items: Sequence[T]
    next: str | None
    raw: Raw = field(repr=False)


def job_of(raw: Raw) -> Job:
    """Return the job of a record."""
    if not (isinstance(raw["jobid"], str) and isinstance(raw["status"], str)):
        raise TypeError("a job has an id and a status, which are texts")
    return Job(
        id=raw["jobid"],
        verb=raw.get("verb") or "",
        status=raw["status"],
        prompt=raw.get("prompt"),
        content=raw.get("content"),
        attachments=tuple(map(_attachment, raw.get("attachments") or ())),
        buttons=tuple(raw.get("buttons") or ()),
        other_buttons=tuple(raw.get("otherButtons") or ()),
        menus=tuple(Menu(each["name"], tuple(each["options"])) for each in raw.get("selects") or ()),
        error=raw.get("error"),
        error_details=raw.get("errorDetails"),
        channel=raw.get("channel"),
        created=raw.get("created", ""),
        updated=raw.get("updated", ""),
        parent_id=raw.get("parentJobId"),
        reply_ref=raw.get("replyRef"),
        is_late=bool(raw.get("late")),
        raw=raw,
    )


def account_of(raw: Raw) -> Account:
    """Return an account's configuration."""
    return Account(
        channel=raw["channel"],
        server=raw["server"],
        discord=raw["discord"],
        max_jobs=raw["maxJobs"],
        is_paused=bool(raw.get("paused")),
        raw=raw,
    )


def accounts_of(raw: Raw) -> Sequence[Account]:
    """Return the accounts of the map by channel."""
    return tuple(map(account_of, raw.values()))


def jobs_page_of(raw: Raw) -> Page[Job]:
    """Return a page of the history."""
    return Page(tuple(map(job_of, raw["jobs"])), raw["next"], raw)


def callbacks_page_of(raw: Raw) -> Page[Callback]:
    """Return a page of callbacks."""
    return Page(tuple(map(callback_of, raw["callbacks"])), raw["next"], raw)


def health_of(raw: Raw) -> Health:
    """Return the health."""
    return Health(accounts=tuple(map(_account_health, raw["accounts"])), raw=raw)


def callback_of(raw: Raw) -> Callback:
    """Return a callback of the list."""
    return Callback(
        id=raw["id"],
        job_id=raw["jobid"],
        url=raw["url"],
        state=raw["state"],
        status=raw["status"],
        attempts=tuple(raw["attempts"]),
        raw=raw,
    )


def callback_test_of(raw: Raw) -> CallbackTest:
    """Return what became of a test callback."""
    return CallbackTest(
        id=raw["id"],
        is_delivered=raw["delivered"],
        status=raw["status"],
        explanation=raw["explanation"],
        raw=raw,
    )


def timeline_of(raw: Raw) -> Timeline:
    """Return a timeline."""
    names = ("events", "interactions", "messages", "callbacks", "children")
    lists: dict[str, Sequence[Raw]] = {name: tuple(raw.get(name) or ()) for name in names}
    return Timeline(job_id=raw["jobid"], **lists, raw=raw)


def verbs_of(raw: Raw) -> Sequence[Verb]:
    """Return the verbs of a bridge."""
    return tuple(
        Verb(
            name=verb["path"],
            about=verb["about"],
            files=verb["files"],
            buttons=tuple(verb["buttons"]),
            fields=tuple(verb["fields"]),
            raw=verb,
        )
        for verb in raw["verbs"]
    )


def token_of(raw: Raw) -> Token:
    """Return what the API token may do."""
    return Token(tenant=raw["tenant"], scopes=tuple(raw["scopes"]), expires=raw.get("expires"), raw=raw)


def _attachment(raw: Raw) -> Attachment:
    return Attachment(
        id=raw["id"],
        filename=raw["filename"],
        url=raw["url"],
        content_type=raw.get("content_type"),
        size=raw.get("size", 0),
        mirror_url=raw.get("mirror_url"),
        raw=raw,
    )


def _account_health(raw: Raw) -> AccountHealth:
    return AccountHealth(
        channel=raw["channel"],
        condition=raw["condition"],
        since=raw["since"],
        reason=raw.get("reason"),
        remedy=raw.get("remedy"),
        is_paused=bool(raw.get("paused")),
        running=raw["running"],
        max_jobs=raw["maxJobs"],
        raw=raw,
    )
