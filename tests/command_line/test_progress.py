"""What is shown while one waits for a job."""

import io

import pytest
from rich.console import Console

from bridge.cli.client.job_view import show_job
from bridge.cli.client.output import Output
from bridge.cli.client.progress import PlainLines
from bridge.client import Unreachable
from bridge.client.records import job_of

STARTED = job_of({"jobid": "1", "status": "started"})


async def test_a_bridge_that_is_away_is_told_once_and_the_job_again_when_it_is_back() -> None:
    written = io.StringIO()
    away = Unreachable("nothing listens at http://a: is the bridge running?")

    with PlainLines(Console(file=written, highlight=False)) as lines:
        lines.tell(STARTED)
        for _ in range(3):
            lines.away(away)
        lines.tell(STARTED)

    assert [line.partition("  ")[2] for line in written.getvalue().splitlines()] == [
        "started",
        "waits for the bridge  nothing listens at http://a: is the bridge running?; trying again",
        "started",
    ]


def test_a_job_that_is_not_sent_yet_says_what_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    wait = {"reason": "retry", "details": "Discord answered 503", "until": "2026-01-31T12:00:00.687Z"}

    show_job(Output(as_json=False), job_of({"jobid": "1", "status": "created", "waitingFor": wait}), [])
    show_job(Output(as_json=False), STARTED, [])

    assert capsys.readouterr().out.splitlines()[1:] == [
        "  waits for  retry, Discord answered 503, until 2026-01-31T12:00:00Z",
        "1    started",
    ]
