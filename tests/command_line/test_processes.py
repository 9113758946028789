"""Commands as a person has them: on a terminal, with Ctrl-C, and while the bridge restarts."""

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bridge.client import Client
from bridge.sandbox import SandboxOptions, run_sandbox
from tests.tools.access import TOKEN
from tests.tools.python_path import python_path
from tests.tools.world import a_receiver, bridge_on

LIMIT_S = 50.0


def variables(url: str, token: str, folder: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    own = {"BRIDGE_URL": url, "BRIDGE_TOKEN": token, "XDG_CONFIG_HOME": str(folder)}
    return {**inherited, **own, "NO_COLOR": "1", "TERM": "xterm", "PYTHONPATH": python_path()}


@asynccontextmanager
async def running(*arguments: str, env: Mapping[str, str]) -> AsyncIterator[Process]:
    command = (sys.executable, "-m", "bridge", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(LIMIT_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line_with(words: str, stream: asyncio.StreamReader | None) -> str:
    """Return the next line with these words."""
    assert stream is not None
    async for line in stream:
        if words in line.decode():
            return line.decode()
    raise AssertionError(f"no line has {words!r}")


async def test_a_wait_goes_on_through_a_restart_of_the_bridge(tmp_path: Path) -> None:
    async with run_sandbox(SandboxOptions(video_seconds=0.3, accounts=2)) as sandbox:
        async with bridge_on(sandbox, tmp_path) as first:
            port, env = int(first.url.rpartition(":")[2]), variables(first.url, TOKEN, tmp_path)
            create = ("create", "a cat #slow=1.5", "--wait", "--json")
            waiting = running(*create, env=env)
            process = await waiting.__aenter__()
            await line_with("started", process.stderr)
        async with bridge_on(sandbox, tmp_path, server={"port": port}):
            out, _ = await process.communicate()
        await waiting.__aexit__(None, None, None)

    job = json.loads(out)
    assert (process.returncode, job["status"], len(job["attachments"])) == (0, "completed", 4)


async def test_callbacks_are_received_verified_shown_and_passed_on(sandbox: Any, tmp_path: Path) -> None:
    env = variables(sandbox["url"], sandbox["api_token"], tmp_path)
    async with (
        a_receiver() as receiver,
        running("listen", "--json", "--forward-to", receiver.url, env=env) as own,
    ):
        url = (await line_with("replyUrl ", own.stderr)).partition("replyUrl ")[2].partition(";")[0]
        await line_with("A test callback of the bridge arrived", own.stderr)

        async with (
            Client(sandbox["url"], sandbox["api_token"]) as client,
            aiohttp.ClientSession() as stranger,
        ):
            job = await client.create("a cat", style="Realistic", reply_url=url)
            async with stranger.post(url, json=dict(job.raw)) as forged:
                assert forged.status == 401
        shown = json.loads(await line_with(job.id, own.stdout))
        passed_on = await receiver.next()
        own.send_signal(signal.SIGINT)
        await own.wait()

    assert (own.returncode, shown["status"]) == (0, "completed")
    assert passed_on["job"] == shown
    assert passed_on["id"].startswith("msg_")


async def test_watch_shows_what_happens_until_it_is_interrupted(sandbox: Any, tmp_path: Path) -> None:
    env = variables(sandbox["url"], sandbox["api_token"], tmp_path)
    async with running("watch", env=env) as own, Client(sandbox["url"], sandbox["api_token"]) as client:
        seen = asyncio.create_task(line_with("  create  completed  ", own.stdout))
        while not seen.done():
            job = await client.create("a watched cat", style="Realistic")
            await client.wait(job)
        own.send_signal(signal.SIGINT)
        await own.wait()

    assert re.fullmatch(r"\d\d:\d\d:\d\d  [0-9a-f]+  create  completed  .*a watched cat.*\n", await seen)
    assert own.returncode == 0


async def test_a_submit_that_is_interrupted_tells_its_key(sandbox: Any, tmp_path: Path) -> None:
    env = variables(sandbox["url"], sandbox["api_token"], tmp_path)
    create = running("create", "a silent cat #silent", env=env)
    async with create as own, Client(sandbox["url"], sandbox["api_token"]) as client:
        while not (made := (await client.history(prompt="a silent cat")).items):
            pass
        own.send_signal(signal.SIGINT)
        out, err = await own.communicate()
        await client.cancel(made[0])

    assert (own.returncode, out) == (130, b"")
    assert re.search(rb"The same command with --idempotency-key \w{32} makes no second one", err)


def test_a_reader_that_has_enough_ends_the_command(sandbox: Any, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "bridge", "health", "--json"]
    env = variables(sandbox["url"], sandbox["api_token"], tmp_path)

    done = subprocess.run(
        command, env=env, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=LIMIT_S
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (141, b"")


class Terminal:
    """What is written to a terminal, and what is typed."""

    def __init__(self) -> None:
        self._own, self.end = pty.openpty()
        self.shown = ""

    def until(self, has_come: Callable[[str], bool]) -> None:
        """Read until something is shown."""
        while not has_come(self.shown):
            self.shown += os.read(self._own, 4096).decode(errors="replace")

    def rest(self, process: subprocess.Popen[str]) -> None:
        """Read what is shown until the process has ended."""
        process.wait(LIMIT_S)
        os.close(self.end)
        try:
            while read := os.read(self._own, 4096):
                self.shown += read.decode(errors="replace")
        except OSError:
            os.close(self._own)

    def type_unseen(self, text: str) -> None:
        """Type a line as soon as the terminal does not show what is typed."""
        while termios.tcgetattr(self.end)[3] & termios.ECHO:
            pass
        os.write(self._own, f"{text}\n".encode())


@contextmanager
def on_a_terminal(
    *arguments: str, env: Mapping[str, str]
) -> Iterator[tuple[Terminal, subprocess.Popen[str]]]:
    terminal = Terminal()
    command = [sys.executable, "-m", "bridge", *arguments]
    with subprocess.Popen(
        command,
        env=env,
        stdin=terminal.end,
        stdout=subprocess.PIPE,
        stderr=terminal.end,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield terminal, process
        finally:
            process.kill()


def test_a_live_line_shows_how_far_it_is_and_ctrl_c_how_to_go_on(sandbox: Any, tmp_path: Path) -> None:
    env = variables(sandbox["url"], sandbox["api_token"], tmp_path)
    with on_a_terminal("create", "a cat #slow=25", "--wait", env=env) as (terminal, process):
        terminal.until(lambda shown: re.search(r"0:00:\d\d started  We are making", shown) is not None)
        process.send_signal(signal.SIGINT)
        terminal.rest(process)

    [job_id] = re.findall(
        r"Job (\w+) goes on\. Pick it up again: pixverse-bridge show \1 --wait\r\n", terminal.shown
    )
    subprocess.run(
        [sys.executable, "-m", "bridge", "cancel", job_id], env=env, check=True, capture_output=True
    )
    assert process.returncode == 130
    assert "\x1b[3" not in terminal.shown


def test_a_token_that_is_typed_is_not_shown(sandbox: Any, tmp_path: Path) -> None:
    env = variables("", "", tmp_path)
    with on_a_terminal("login", "--url", sandbox["url"], env=env) as (terminal, process):
        terminal.until(lambda shown: "API token" in shown)
        terminal.type_unseen("sandbox")
        terminal.rest(process)

    kept = json.loads((tmp_path / "pixverse-bridge" / "profile.json").read_text())
    assert process.returncode == 0
    assert kept["profiles"]["default"]["token"] == "sandbox"
    assert "sandbox" not in terminal.shown
