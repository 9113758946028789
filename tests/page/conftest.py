"""A simulated Discord, a bridge with the verbs of docs/commands.md, and Chromium, which all tests share."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from bridge.store.sqlite import sqlite
from tests.page.visit import NO_BROWSER, OPTIONS, PROGRAM, Visit, a_visit
from tests.tools.own_verbs import own_commands, own_rows
from tests.tools.world import Api, Discord, Receiver, a_receiver, bridge_on


class Open(Protocol):
    """Opens a tab on the page."""

    def __call__(self, **context: Any) -> AbstractAsyncContextManager[Visit]: ...


@pytest.fixture(scope="package", autouse=True)
def _patient_reads() -> Iterator[None]:
    """Let no read of a busy machine be answered 503: the page would say so, and its console."""
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(sqlite, "QUERY_S", 60.0)
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if PROGRAM is None:
        pytest.skip(NO_BROWSER)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PROGRAM, args=OPTIONS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(SandboxOptions(video_seconds=0.2, accounts=4, commands=own_commands())) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        yield http


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bridge(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBridge]:
    async with bridge_on(sandbox, tmp_path_factory.mktemp("bridge"), bot=own_rows()) as bridge:
        yield bridge


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def api(bridge: RunningBridge, http: aiohttp.ClientSession) -> Api:
    return Api(bridge.url, http)


@pytest.fixture(scope="session")
def discord(sandbox: Sandbox, http: aiohttp.ClientSession) -> Discord:
    return Discord(sandbox, http)


@pytest.fixture
def opened(browser: Browser, bridge: RunningBridge) -> Open:
    """Open a tab; options are those of a browser context, such as `viewport`."""

    def open_tab(**context: Any) -> AbstractAsyncContextManager[Visit]:
        return a_visit(browser, bridge.url, **context)

    return open_tab


@pytest_asyncio.fixture(loop_scope="session")
async def visit(opened: Open) -> AsyncIterator[Visit]:
    """An empty tab."""
    async with opened() as visit:
        yield visit
