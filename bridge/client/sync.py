"""The client for programs without asyncio: the same methods, each of which waits for its answer."""

import asyncio
import ssl
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar, Unpack

from bridge.client.client import Client
from bridge.client.errors import Unreachable
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
)
from bridge.client.submits import (
    AnimateOptions,
    ButtonOptions,
    CreateOptions,
    CreateSingleOptions,
    MemeFaceOptions,
    Picture,
)
from bridge.client.waiting import OnAway

T = TypeVar("T")
CLOSE_S: Final = 5.0
"""How long the calls of other threads may take to end when the client is closed."""


class SyncClient:
    """A bridge, as a program without asyncio sees it: `Client` on an event loop in a thread of its own.

    Arguments, results and errors are those of `Client`. Several threads may use one. Use it as a context
    manager, or `close` it.
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
        self._client = Client(url, token, timeout_s=timeout_s, retry_s=retry_s, ssl_context=ssl_context)
        self.url = self._client.url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="pixverse-bridge-client", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> "SyncClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection, and end the thread; a call of another thread raises `Unreachable`."""
        if self._loop.is_closed():
            return
        self._run(_cancelled_others())
        self._run(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def create(self, prompt: str, *, style: str, **options: Unpack[CreateOptions]) -> Job:
        """Make four videos from a prompt; see `Client.create`."""
        return self._run(self._client.create(prompt, style=style, **options))

    def create_single(self, prompt: str, *, style: str, **options: Unpack[CreateSingleOptions]) -> Job:
        """Make one video from a prompt; see `Client.create`."""
        return self._run(self._client.create_single(prompt, style=style, **options))

    def animate(self, image: Picture, **options: Unpack[AnimateOptions]) -> Job:
        """Make a video from a picture; see `Client.animate`."""
        return self._run(self._client.animate(image, **options))

    def run(self, verb: str, /, **fields: Any) -> Job:
        """Submit any verb of the bridge by its name; see `Client.run`."""
        return self._run(self._client.run(verb, **fields))

    def verbs(self) -> Sequence[Verb]:
        """Return the verbs of the bridge; see `Client.verbs`."""
        return self._run(self._client.verbs())

    def meme_face(self, face: Picture, prompt: str, **options: Unpack[MemeFaceOptions]) -> Job:
        """Make a video with a face; see `Client.meme_face`."""
        return self._run(self._client.meme_face(face, prompt, **options))

    def button(self, job: Job | str, label: str, **options: Unpack[ButtonOptions]) -> Job:
        """Press a button of a completed job; see `Client.button`."""
        return self._run(self._client.button(job, label, **options))

    def job(self, job: Job | str) -> Job:
        """Return a job as it is now."""
        return self._run(self._client.job(job))

    def jobs(self) -> Sequence[str]:
        """Return the ids of the running jobs, oldest first."""
        return self._run(self._client.jobs())

    def history(
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
        """Return a page of jobs, newest first; see `Client.history`."""
        page = self._client.history(
            status=status,
            verb=verb,
            channel=channel,
            reply_ref=reply_ref,
            prompt=prompt,
            limit=limit,
            cursor=cursor,
        )
        return self._run(page)

    def cancel(self, job: Job | str) -> str:
        """Stop tracking a job and free its slot; returns its status."""
        return self._run(self._client.cancel(job))

    def timeline(self, job: Job | str) -> Timeline:
        """Return what happened to a job."""
        return self._run(self._client.timeline(job))

    def wait(self, job: Job | str, *, timeout_s: float = 1800.0) -> Job:
        """Return a job when it has ended; see `Client.wait`."""
        return self._run(self._client.wait(job, timeout_s=timeout_s))

    def follow(self, job: Job | str, on_away: OnAway | None = None) -> Iterator[Job]:
        """Yield a job as it is now, then at each change, up to its end; see `Client.follow`.

        `on_away` is called in the thread of the event loop.
        """
        return self._each(self._client.follow(job, on_away))

    def download(self, job: Job | str, directory: str | Path = ".") -> list[Path]:
        """Save the files of a completed job, and return their paths; see `Client.download`."""
        return self._run(self._client.download(job, directory))

    def events(
        self,
        after: int | None = None,
        *,
        job: Job | str | None = None,
        channel: str | None = None,
        reply_ref: str | None = None,
        patience_s: float = 300.0,
    ) -> Iterator[Event]:
        """Yield every change of every job, without an end; see `Client.events`."""
        stream = self._client.events(
            after, job=job, channel=channel, reply_ref=reply_ref, patience_s=patience_s
        )
        return self._each(stream)

    def accounts(self) -> Sequence[Account]:
        """Return the configured accounts."""
        return self._run(self._client.accounts())

    def account(self, channel: str) -> Account:
        """Return the account of a channel."""
        return self._run(self._client.account(channel))

    def set_account(
        self, channel: str, *, discord: str, server: str, max_jobs: int = 3, paused: bool | None = None
    ) -> None:
        """Add or change the account of a channel, and connect it; see `Client.set_account`."""
        work = self._client.set_account(
            channel, discord=discord, server=server, max_jobs=max_jobs, paused=paused
        )
        self._run(work)

    def remove_account(self, channel: str) -> None:
        """Remove the account of a channel."""
        self._run(self._client.remove_account(channel))

    def pause_account(self, channel: str, *, paused: bool = True) -> None:
        """Let an account take no new jobs, or take them again."""
        self._run(self._client.pause_account(channel, paused=paused))

    def health(self) -> Health:
        """Return the condition of every account."""
        return self._run(self._client.health())

    def callbacks(
        self,
        *,
        job: Job | str | None = None,
        state: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[Callback]:
        """Return a page of callbacks, newest first; see `Client.callbacks`."""
        return self._run(self._client.callbacks(job=job, state=state, limit=limit, cursor=cursor))

    def redeliver(self, job: Job | str) -> int:
        """Send the callbacks of a job again; returns how many there are."""
        return self._run(self._client.redeliver(job))

    def test_callback(self, url: str) -> CallbackTest:
        """Send a signed test callback to a URL, once, and return what became of it."""
        return self._run(self._client.test_callback(url))

    def webhook_secret(self) -> str:
        """Return the secret that signs your callbacks."""
        return self._run(self._client.webhook_secret())

    def token(self) -> Token:
        """Return what your API token may do."""
        return self._run(self._client.token())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine returns; one that is interrupted, by Ctrl-C for example, is cancelled."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError:
            raise _closed_meanwhile() from None
        finally:
            future.cancel()

    def _each(self, items: AsyncGenerator[T, None]) -> Iterator[T]:
        """Yield the items of an asynchronous iterator, and close it behind them."""
        try:
            while (item := self._run(_next(items))) is not None:
                yield item
        finally:
            if not self._loop.is_closed():
                self._run(_closed(items))


def _closed_meanwhile() -> Unreachable:
    """Return the error of a call during which another thread has closed the client."""
    error = Unreachable("the client was closed meanwhile", was_sent=True)
    error.is_undecided = True
    return error


async def _cancelled_others() -> None:
    """Cancel what other threads wait for, and let it end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=CLOSE_S)


async def _next(items: AsyncGenerator[T, None]) -> T | None:
    return await anext(items, None)


async def _closed(items: AsyncGenerator[T, None]) -> None:
    await items.aclose()
