"""The client for asyncio: every verb and every question of the API, a method each."""

import os
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar, Unpack
from urllib.parse import quote

from bridge.client.downloads import downloaded, with_whole_links
from bridge.client.errors import NotFound
from bridge.client.records import (
    Account,
    Callback,
    CallbackTest,
    Event,
    Health,
    Job,
    Page,
    Timeline,
    Token,
    Verb,
    account_of,
    accounts_of,
    callback_test_of,
    callbacks_page_of,
    health_of,
    job_of,
    jobs_page_of,
    timeline_of,
    token_of,
    verbs_of,
)
from bridge.client.stream import events
from bridge.client.submits import (
    AnimateOptions,
    ButtonOptions,
    CreateOptions,
    CreateSingleOptions,
    MemeFaceOptions,
    Picture,
    any_call,
    patience_of,
    submit_call,
    upload_call,
)
from bridge.client.transport import Call, Transport
from bridge.client.waiting import OnAway, asked, changes, waited

T = TypeVar("T")
DEFAULT_URL: Final = "http://127.0.0.1:8080"


class Client:
    """A bridge, as a program sees it.

    `url` and `token` default to the variables `BRIDGE_URL` and `BRIDGE_TOKEN`, the URL then to
    `http://127.0.0.1:8080`. `timeout_s` limits one attempt of a request. A bridge that has answered before
    and is away now, or answers 503, is tried again for `retry_s`; 0 raises at once. `ssl_context` is for a
    certificate of your own authority.

    Every method raises `ClientError`: `Unreachable` without an answer, a subclass of `ApiError` for an answer
    that is an error. Use it as a context manager, or `close` it.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout_s: float = 120.0,
        retry_s: float = 30.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.url = url or os.environ.get("BRIDGE_URL") or DEFAULT_URL
        self._transport = Transport(
            self.url,
            token or os.environ.get("BRIDGE_TOKEN") or "",
            timeout_s=timeout_s,
            retry_s=retry_s,
            ssl_context=ssl_context,
        )

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.close()

    async def create(self, prompt: str, *, style: str, **options: Unpack[CreateOptions]) -> Job:
        """Make four videos from a prompt of at most 512 characters; returns the job once the bot has begun.

        `style` is `Realistic`, `Anime` or `3D Animation`. Raises `Moderated` if the bot refuses the prompt
        at once, `TooManyRequests` if every slot is taken, `Rejected` for a wrong field. A request whose
        connection broke is sent again with the same `Idempotency-Key`: it never makes a second job.
        """
        return await self._submitted("create", {"prompt": prompt, "style": style, **options})

    async def create_single(self, prompt: str, *, style: str, **options: Unpack[CreateSingleOptions]) -> Job:
        """Make one video from a prompt; as `create`."""
        return await self._submitted("create_single", {"prompt": prompt, "style": style, **options})

    async def animate(self, image: Picture, **options: Unpack[AnimateOptions]) -> Job:
        """Make a video from a picture, a JPEG or PNG: its bytes, or the path of its file."""
        return await self._uploaded("animate", "image", image, options)

    async def meme_face(self, face: Picture, prompt: str, **options: Unpack[MemeFaceOptions]) -> Job:
        """Make a video with a face, a JPEG or PNG: its bytes, or the path of its file."""
        return await self._uploaded("meme_face", "face", face, {"prompt": prompt, **options})

    async def button(self, job: Job | str, label: str, **options: Unpack[ButtonOptions]) -> Job:
        """Press a button of a completed job, or choose `value` in one of its menus; returns the new job.

        `label` is one of its `buttons` or `other_buttons`, or the name of one of its `menus`.
        """
        return await self._submitted("button", {"jobid": _id(job), "button": label, **options})

    async def run(self, verb: str, /, **fields: Any) -> Job:
        """Submit any verb of the bridge by its name, as one that its configuration adds.

        `fields` have the names of the API; bytes and a `Path` are files, and what is None is left out. The
        options of every submit go with them: see `create`.
        """
        return await self._transport.ask(await any_call(verb, fields), job_of, patience_of(fields))

    async def verbs(self) -> Sequence[Verb]:
        """Return the verbs of the bridge, with those that its configuration adds."""
        return await self._get("verbs", verbs_of)

    async def job(self, job: Job | str) -> Job:
        """Return a job as it is now; raises `NotFound`, or `Gone` for one that is no longer kept."""
        return await asked(self._transport, _id(job))

    async def jobs(self) -> Sequence[str]:
        """Return the ids of the running jobs, oldest first."""
        return await self._get("jobs", tuple)

    async def history(
        self,
        *,
        status: str | None = None,
        verb: str | None = None,
        channel: str | None = None,
        reply_ref: str | None = None,
        prompt: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[Job]:
        """Return a page of 1 to 100 jobs, newest first; it may be short although another follows.

        `verb` is `pixverse-create` and the like; `prompt` is a part of the prompt.
        """
        query = {"status": status, "verb": verb, "channel": channel, "replyRef": reply_ref, "prompt": prompt}
        query |= {"limit": str(limit), "cursor": cursor}
        return await self._get("jobs/history", jobs_page_of, query)

    async def cancel(self, job: Job | str) -> str:
        """Stop tracking a job and free its slot; returns its status. The bot still finishes the video."""
        return await self._get("jobs/cancel/", lambda raw: str(raw["status"]), {"jobid": _id(job)})

    async def timeline(self, job: Job | str) -> Timeline:
        """Return what happened to a job."""
        return await self._get("jobs/timeline", timeline_of, {"jobid": _id(job)})

    async def wait(self, job: Job | str, *, timeout_s: float = 1800.0) -> Job:
        """Return a job when it has ended, as `completed`, `failed`, `moderated` or `cancelled`.

        It follows the event stream, also through a restart of the bridge. Raises `WaitTimeout` if the job has
        not ended within `timeout_s`; no end of a job raises: look at `status`.
        """
        return await waited(self._transport, _id(job), timeout_s)

    def follow(self, job: Job | str, on_away: OnAway | None = None) -> AsyncGenerator[Job, None]:
        """Yield a job as it is now, then at each change, up to its end; as `wait`, without a limit.

        `on_away` is called with the error of each attempt to open the stream that fails: it is tried again.
        """
        return changes(self._transport, _id(job), on_away)

    async def download(self, job: Job | str, directory: str | Path = ".") -> list[Path]:
        """Save the files of a completed job, and return their paths; raises `DownloadFailed`.

        A name has the prompt, the last eight characters of the job's id and a number. A file that is there
        already is not fetched again. The directory is made if it is not there.
        """
        found = job if isinstance(job, Job) else await self.job(job)
        whole = with_whole_links(found, self._transport.url)
        return await downloaded(self._transport.session, whole, Path(directory), lambda: self.job(found))

    def events(
        self,
        after: int | None = None,
        *,
        job: Job | str | None = None,
        channel: str | None = None,
        reply_ref: str | None = None,
        patience_s: float = 300.0,
    ) -> AsyncGenerator[Event, None]:
        """Yield every change of every job, and of the accounts' conditions, without an end.

        `after` is the `id` of an event: what came after it is sent first; 0 begins with the oldest that is
        kept, None now. A stream that breaks is opened again where it broke; raises `ClientError` if it
        cannot be opened at first, or the bridge is away for longer than `patience_s`.
        """
        query = {"jobid": _id_if_given(job), "channel": channel, "replyRef": reply_ref}
        return events(self._transport, _given(query), after, patience_s)

    async def accounts(self) -> Sequence[Account]:
        """Return the configured accounts."""
        try:
            return await self._get("account", accounts_of)
        except NotFound as error:
            if error.error.startswith("Configuration not found"):
                return ()
            raise

    async def account(self, channel: str) -> Account:
        """Return the account of a channel; raises `NotFound`."""
        return await self._get(_account(channel), account_of)

    async def set_account(
        self, channel: str, *, discord: str, server: str, max_jobs: int = 3, paused: bool | None = None
    ) -> None:
        """Add or change the account of a channel, and connect it; `discord` is its Discord token.

        `max_jobs` is how many jobs it may run at a time, 1 to 10. Without `paused` that stays as it is.
        """
        body = {"channel": channel, "discord": discord, "server": server, "maxJobs": max_jobs}
        pause = {} if paused is None else {"paused": paused}
        await self._post(_account(channel), {**body, **pause}, _nothing)

    async def remove_account(self, channel: str) -> None:
        """Remove the account of a channel; raises `NotFound`.

        Jobs that were sent are tracked to their end.
        """
        call = Call("DELETE", f"/v1/pixverse/{_account(channel)}", is_repeatable=False)
        await self._transport.ask(call, _nothing)

    async def pause_account(self, channel: str, *, paused: bool = True) -> None:
        """Let an account take no new jobs, or take them again; raises `NotFound`."""
        await self._post(_account(channel), {"paused": paused}, _nothing)

    async def health(self) -> Health:
        """Return the condition of every account: since when, why, and what to do."""
        return await self._get("health", health_of)

    async def callbacks(
        self,
        *,
        job: Job | str | None = None,
        state: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[Callback]:
        """Return a page of 1 to 100 callbacks, newest first.

        `state` is `pending`, `delivered` or `given_up`.
        """
        query = {"jobid": _id_if_given(job), "state": state, "limit": str(limit), "cursor": cursor}
        return await self._get("callbacks", callbacks_page_of, query)

    async def redeliver(self, job: Job | str) -> int:
        """Send the callbacks of a job again; returns how many there are."""
        body = {"jobid": _id(job)}
        return await self._post(
            "callbacks/redeliver", body, lambda raw: int(raw["redelivered"]), is_repeatable=False
        )

    async def test_callback(self, url: str) -> CallbackTest:
        """Send a signed test callback to a URL, once, and return what became of it."""
        return await self._post("callbacks/test", {"replyUrl": url}, callback_test_of, is_repeatable=False)

    async def webhook_secret(self) -> str:
        """Return the secret that signs your callbacks, for `verify_callback`."""
        return await self._get("callbacks/secret", lambda raw: str(raw["secret"]))

    async def token(self) -> Token:
        """Return what your API token may do; it needs no scope, and so tells whether the token is good."""
        return await self._get("token", token_of)

    async def _submitted(self, verb: str, fields: Mapping[str, Any]) -> Job:
        return await self._transport.ask(submit_call(verb, fields), job_of, patience_of(fields))

    async def _uploaded(self, verb: str, name: str, picture: Picture, fields: Mapping[str, Any]) -> Job:
        call = await upload_call(verb, {name: picture}, fields)
        return await self._transport.ask(call, job_of, patience_of(fields))

    async def _get(
        self, path: str, read: Callable[[Any], T], query: Mapping[str, str | None] | None = None
    ) -> T:
        return await self._transport.ask(Call("GET", f"/v1/pixverse/{path}", _given(query or {})), read)

    async def _post(
        self, path: str, body: object, read: Callable[[Any], T], *, is_repeatable: bool = True
    ) -> T:
        call = Call("POST", f"/v1/pixverse/{path}", body=body, is_repeatable=is_repeatable)
        return await self._transport.ask(call, read)


def _id(job: Job | str) -> str:
    return job.id if isinstance(job, Job) else job


def _id_if_given(job: Job | str | None) -> str | None:
    return None if job is None else _id(job)


def _given(query: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in query.items() if value is not None}


def _account(channel: str) -> str:
    return f"account/{quote(channel, safe='')}"


def _nothing(_body: object) -> None:
    """Read an answer that says nothing but that it was done."""
