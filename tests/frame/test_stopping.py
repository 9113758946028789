"""Stopping: the first signal asks, the second one forces."""

import subprocess
import sys

import pytest

from bridge.cli.stopping import CUT
from bridge.grace import BEHIND, CUT_S, KILLED_S, LAST_WORD_S, SIDE_BY_SIDE

PROGRAM = """
import asyncio
from bridge.cli.stopping import run

async def work():
    try:
        print("working", flush=True)
        await asyncio.Event().wait()
    finally:
        print("closing", flush=True)
        {closing}
        print("closed", flush=True)

run(work())
"""
TRY = """
from bridge.config.settings import Settings
online.try_everything = work
try:
    checking._try_online(Settings())
except typer.Exit as ended:
    print("code", ended.exit_code)
"""
SLOW = "await asyncio.Event().wait()"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_one_signal_lets_the_work_close(name: str) -> None:
    process = start(PROGRAM.format(closing=""))

    send(process, name, after="working")

    assert process.communicate(timeout=90)[0].splitlines()[-2:] == ["closing", "closed"]
    assert process.returncode == 0


def test_what_was_to_be_tried_to_its_end_tells_that_it_was_not() -> None:
    ends = "import typer, bridge.cli.online as online, bridge.cli.checking as checking\n"
    asked = "async def work(_settings):" + PROGRAM.partition("async def work():")[2]
    asked = asked.replace("{closing}", "").replace("run(work())", TRY)
    process = start(f"import asyncio\n{ends}{asked}")

    send(process, "SIGINT", after="working")

    assert process.communicate(timeout=90)[0].splitlines()[-1] == "code 130"


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_second_signal_ends_the_process(name: str, code: int) -> None:
    process = start(PROGRAM.format(closing=SLOW))

    send(process, name, after="working")
    send(process, name, after="closing")

    assert "closed" not in process.communicate(timeout=90)[0]
    assert process.returncode == code


def test_a_stop_that_takes_too_long_is_cut_and_says_so() -> None:
    soon = "import bridge.cli.stopping as stopping; stopping.CUT_S = 0.2\n"
    process = start(soon + PROGRAM.format(closing=SLOW))

    send(process, "SIGTERM", after="working")

    told = process.communicate(timeout=90)
    assert "stop_was_cut" in told[0] + told[1]
    assert process.returncode == CUT


def test_the_parts_of_a_stop_end_before_it_is_cut_and_the_cut_comes_before_a_kill() -> None:
    in_all_s = max(SIDE_BY_SIDE) + sum(BEHIND)

    assert in_all_s + 0.5 <= CUT_S
    assert CUT_S + LAST_WORD_S < KILLED_S


def test_work_that_fails_is_not_taken_for_a_stop() -> None:
    process = start(
        PROGRAM.format(closing="raise OSError('broken')").replace("await asyncio.Event().wait()", "1")
    )

    told = process.communicate(timeout=90)

    assert process.returncode == 1
    assert "OSError: broken" in told[1]


def start(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def send(process: subprocess.Popen[str], name: str, after: str) -> None:
    """Send a signal when the process has printed a line."""
    import signal

    assert process.stdout is not None
    while (line := process.stdout.readline()) and line.strip() != after:
        continue
    process.send_signal(signal.Signals[name])
