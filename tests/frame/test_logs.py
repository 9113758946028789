"""The log: one stream, two forms, no secrets."""

import asyncio
import io
import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Protocol
from urllib.parse import quote

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis.strategies import characters, from_regex

from bridge.logs import TALKATIVE, Redactor, redaction, start_logging
from bridge.logs.redaction import SameLength, Spellings
from bridge.logs.shapes import HEADERS, SHAPES, Shape
from bridge.logs.start import shows_colors
from tests.frame.raw_http import ask
from tests.tools.hand_clock import HandClock

USER_TOKEN = "MTE3OTY0ODIzNjUyMDQ0ODAwMA.GhT1xw." + "Zk3_q9-vT0b" * 3
REGISTERED = 'told/at "run time": ünique'


class Start(Protocol):
    """Starts the log as the command line does, into a text that can be read."""

    def __call__(self, form: str, wanted: str = "debug") -> io.StringIO: ...


@pytest.fixture
def start() -> Iterator[Start]:
    root, hook, last_hook = logging.getLogger(), sys.excepthook, sys.unraisablehook
    thread_hook = threading.excepthook
    handlers, level = root.handlers[:], root.level

    def started(form: str, wanted: str = "debug") -> io.StringIO:
        stream, redactor = io.StringIO(), Redactor(HandClock())
        redactor.add(REGISTERED)
        start_logging(wanted, form, redactor, stream)
        return stream

    yield started
    root.handlers[:], sys.excepthook, sys.unraisablehook = handlers, hook, last_hook
    threading.excepthook = thread_hook
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture(params=["console", "json"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


SECRETS = [
    USER_TOKEN,
    "mfa." + "x" * 40,
    "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OlNlY3JldA==",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "pvb_" + "aB3" * 14,
    REGISTERED,
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_taken_out_of_values_texts_and_tracebacks(start: Start, form: str, secret: str) -> None:
    stream = start(form)

    structlog.get_logger("ours").info("tried", value=secret, deep={"list": [secret]})
    logging.getLogger("foreign").warning("said %r and %s", secret, quote(secret, safe=""))
    for log in (structlog.get_logger("ours"), logging.getLogger("foreign")):
        try:
            int(f"not a number: {secret}")
        except ValueError:
            log.exception("broke")

    lines = stream.getvalue()
    assert lines.count("Traceback") == 2
    assert lines.count("[redacted]") >= 6
    for spelling in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]):
        assert spelling not in lines


WRAPPED = {
    "in a JSON text": json.dumps({"discord": REGISTERED}),
    "in the repr of a repr": repr(repr({"x": REGISTERED})),
    "as bytes": f"before {REGISTERED}".encode(),
    "as a key": {"list": [{REGISTERED: 1}]},
    "deep": {"a": {"b": ({"c": [REGISTERED]},)}},
    "deeper than anyone looks": [[[[[[[[[[[[REGISTERED]]]]]]]]]]]],
    "in an object": OSError(json.dumps({"x": REGISTERED})),
}


@pytest.mark.parametrize("value", WRAPPED.values(), ids=WRAPPED)
def test_a_secret_is_taken_out_before_the_line_escapes_it(start: Start, form: str, value: object) -> None:
    stream = start(form)

    structlog.get_logger("ours").info("tried", value=value)

    assert "[redacted]" in stream.getvalue()
    assert "run time" not in stream.getvalue()


@pytest.mark.parametrize(
    "name", ["Authorization", "token", "api_token", "X-Api-Key", "discord", "Set-Cookie"]
)
def test_what_stands_under_the_name_of_a_secret_is_taken_out_whatever_it_is(
    start: Start, form: str, name: str
) -> None:
    stream = start(form)

    structlog.get_logger("ours").info("tried", headers=[{name: "abc"}], **{name: ["abc"]})

    assert "abc" not in stream.getvalue()
    assert stream.getvalue().count("[redacted]") == 2


def test_values_that_hold_one_another_are_one_line(start: Start, form: str) -> None:
    stream, ring = start(form), [USER_TOKEN]
    ring.append(ring)  # type: ignore[arg-type]

    structlog.get_logger("ours").info("tried", value=ring)

    assert stream.getvalue().count("\n") == 1
    assert "tried" in stream.getvalue()
    assert USER_TOKEN not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer short",
        "authorization: Bearer a:b-c.d",
        "{'Authorization': 'hunter2'}",
        '{"authorization": "Bot hunter2"}',
        "('Authorization', 'hunter2')",
        "b'Authorization: Bearer hunter2\\x00'",
        "Bearer hunter2-hunter2",
        "http://user:hunter2@proxy:3128/",
        "b'Cookie: session=hunter2; other=hunter2'",
        "GET /v1/pixverse/jobs?token=hunter2&page=2 HTTP/1.1",
        "GET /v1/pixverse/jobs?page=2&access_token=hunter2",
        r"{\"discord\": \"hunter2\"}",
        "{'webhook_secret': 'hunter2'}",
    ],
)
def test_credentials_are_taken_out_of_any_text(text: str) -> None:
    clean = Redactor(HandClock()).clean(f"before {text} after")

    assert "[redacted]" in clean
    assert clean.startswith("before ")
    assert clean.endswith(" after")
    assert not any(secret in clean for secret in ("short", "a:b-c.d", "hunter2"))


@pytest.mark.parametrize(
    "text",
    ["job_advanced job_id=1179648236520448000", "bridge.sandbox.gateway.hub", "2026-01-01T10:00:00.123456Z"],
)
def test_what_is_no_secret_stays(text: str) -> None:
    redactor = Redactor(HandClock())
    redactor.add("sandbox")
    redactor.add("")

    assert redactor.clean(text) == text


def test_no_secret_is_lost_when_several_threads_tell_them() -> None:
    redactor = Redactor(HandClock())
    secrets = [[f"secret-{thread}-{number:04d}" for number in range(300)] for thread in range(3)]
    telling = (redactor.add, redactor.add_stored)
    threads = [
        threading.Thread(target=lambda mine=mine, tell=tell: [tell(secret) for secret in mine])
        for mine in secrets
        for tell in telling
    ]
    interval_s = sys.getswitchinterval()

    sys.setswitchinterval(1e-6)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval_s)

    assert {redactor.clean(secret) for mine in secrets for secret in mine} == {"[redacted]"}


def test_a_stored_secret_is_kept_out_while_it_is_read_now_and_then_and_forgotten_after_that() -> None:
    clock = HandClock()
    redactor = Redactor(clock)
    for secret in ("read-now-and-then", "read-only-once"):
        redactor.add_stored(secret)

    for _ in range(9):
        clock.pass_s(1200)
        redactor.add_stored("read-now-and-then")

    assert redactor.clean("read-now-and-then, read-only-once") == "[redacted], read-only-once"


def test_what_the_process_was_started_with_is_never_forgotten() -> None:
    clock = HandClock()
    redactor = Redactor(clock)
    redactor.add("the-api-token")

    for number in range(9):
        clock.pass_s(3600)
        redactor.add_stored(f"another-token-{number}")

    assert redactor.clean("the-api-token") == "[redacted]"


def test_of_two_secrets_that_begin_alike_none_is_left_over() -> None:
    redactor = Redactor(HandClock())
    for secret in ("beginning-one", "beginning-one-and-more", "ning-one-and-more-yet"):
        redactor.add(secret)

    clean = redactor.clean("a beginning-one-and-more-yet, a beginning-one, beginning-one-and-more")

    assert clean == "a [redacted]-yet, a [redacted], [redacted]"


def test_a_line_costs_the_same_with_one_secret_and_with_a_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    class Counted(dict[str, tuple[SameLength, ...]]):
        def get(self, start: str, default: tuple[SameLength, ...] = ()) -> tuple[SameLength, ...]:  # type: ignore[override]
            looked.append(start)
            return super().get(start, default)

    def looks(secrets: int) -> int:
        redactor = Redactor(HandClock())
        for number in range(secrets):
            redactor.add(f"M{number:04d}-secret")
        monkeypatch.setattr(redactor._kept, "_by_start", Counted(redactor._kept._by_start))
        looked.clear()
        redactor.clean("event=job_advanced Moved M0001 from=sent to=started M")
        return len(looked)

    assert looks(1) == looks(1_000) == 3


def test_secrets_that_begin_alike_cost_the_search_one_new_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    real = re.compile

    def compile_counted(pattern: str) -> re.Pattern[str]:
        compiled.append(pattern)
        return real(pattern)

    monkeypatch.setattr(re, "compile", compile_counted)
    redactor = Redactor(HandClock())

    for number in range(1_000):
        redactor.add_stored(f"M{number:04d}-secret")

    assert len(compiled) == 1


def test_a_line_costs_the_same_with_one_token_of_a_person_and_with_a_thousand() -> None:
    class Counted(str):
        __slots__ = ("looks",)

        def __getitem__(self, part: Any) -> str:
            self.looks = getattr(self, "looks", 0) + 1
            return super().__getitem__(part)

        def startswith(self, *arguments: Any) -> bool:
            self.looks = getattr(self, "looks", 0) + 1
            return super().startswith(*arguments)

    def looks(secrets: int) -> int:
        told = Spellings()
        for number in range(secrets):
            told.add(f"MTExMTExMTExMTExMTExMTEx.secret.{number:04d}")
        text = Counted("the account has the token MTExMTExMTExMTExMTExMTEx.secret.0000")
        assert set(told.found_in(text)) == {"MTExMTExMTExMTExMTExMTEx.secret.0000"}
        return text.looks

    assert looks(1_000) == looks(1)


def test_made_up_secrets_in_great_numbers_are_forgotten_and_those_in_use_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redaction, "MOST_CHARACTERS", 1_000)
    redactor = Redactor(HandClock())
    redactor.add("the-api-token")

    for number in range(1_000):
        redactor.add_stored(f"made-up-{number:04d}")
        if number % 50 == 0:
            redactor.add_stored("token-in-use")

    kept = [number for number in range(1_000) if "[redacted]" in redactor.clean(f"made-up-{number:04d}")]
    assert redactor.clean("the-api-token, token-in-use") == "[redacted], [redacted]"
    assert len(kept) <= 2 * 1_000 / len("made-up-0000")
    assert kept[-1] == 999


def test_a_line_whose_fields_are_ordinary_is_searched_little_more_than_once(start: Start) -> None:
    stream = start("json", "info")
    log = structlog.get_logger("ours")
    log.info("job_advanced", job_id="01a222bd934d3a9a0d4681b4df7b3773", account=3, status="started")

    passes = passes_during(
        lambda: log.info("job_advanced", job_id="01a222bd934d3a9a0d4681b4df7b3774", account=3, status="ended")
    )

    values = [value for value in json.loads(stream.getvalue().splitlines()[-1]).values() if value != 3]
    assert passes <= len(values) + 3


def passes_during(act: Callable[[], object]) -> int:
    """Return how often a regular expression goes through a text."""
    passes = 0

    def count(_frame: FrameType, event: str, function: Any) -> None:
        nonlocal passes
        passes += event == "c_call" and isinstance(getattr(function, "__self__", None), re.Pattern)

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return passes


@pytest.mark.parametrize("shape", [*SHAPES, *HEADERS], ids=lambda shape: shape.signs[0])
def test_whatever_has_the_shape_of_a_secret_has_one_of_its_signs(shape: Shape) -> None:
    @given(from_regex(shape.pattern, alphabet=characters(max_codepoint=127)))
    @settings(max_examples=20, database=None, deadline=None)
    def is_found(text: str) -> None:
        assert shape.may_be_in(text.lower())

    is_found()


async def test_a_malformed_request_does_not_log_its_token(start: Start, form: str) -> None:
    stream = start(form)

    async with TestServer(web.Application()) as server:
        answer = await ask(
            server.host, server.port, b"GET / HTTP/1.1\r\nAuthorization: Bearer hunter2\x00hunter2\r\n\r\n"
        )

    assert b"400" in answer
    assert "hunter2" not in stream.getvalue()


@pytest.mark.parametrize("letter", ["\x1b", "\x07", "\r", "\n", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066"])
def test_nothing_that_is_logged_acts_on_the_terminal_or_makes_up_a_line(
    start: Start, form: str, letter: str
) -> None:
    stream, text = start(form), f"before{letter}[31mafter"

    structlog.get_logger("ours").info("tried", path=text, several=[text], **{text: 1})
    logging.getLogger("foreign").warning("tried %s", text)

    lines = stream.getvalue().split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


def test_a_traceback_keeps_its_lines_but_nothing_else_that_acts_on_the_terminal(start: Start) -> None:
    stream, error = start("console"), ValueError("before\x1b[31mafter")

    structlog.get_logger("ours").error("failed", exc_info=error)

    assert "\nValueError: before" in stream.getvalue()
    assert all(line.isprintable() for line in stream.getvalue().split("\n"))


def test_json_lines_are_json(start: Start) -> None:
    stream = start("auto")

    structlog.get_logger("ours").info("job_advanced", status="started")
    logging.getLogger("foreign").warning("hello %s", "you")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["status"], first["level"], first["logger"]) == (
        "job_advanced",
        "started",
        "info",
        "ours",
    )
    assert (second["event"], second["level"], second["logger"]) == ("hello you", "warning", "foreign")
    assert first["timestamp"].endswith("Z")


def test_the_level_holds_for_everyone(start: Start, form: str) -> None:
    stream = start(form, "warning")

    structlog.get_logger("ours").info("quiet")
    logging.getLogger("foreign").info("quiet")

    assert stream.getvalue() == ""


@pytest.mark.parametrize("name", TALKATIVE)
def test_loggers_that_tell_whole_messages_never_go_below_info(start: Start, name: str) -> None:
    stream = start("json", "debug")

    logging.getLogger(name).debug("everything")
    logging.getLogger(name).info("little")

    assert "everything" not in stream.getvalue()
    assert "little" in stream.getvalue()


def test_the_discord_library_is_heard_at_the_most_talkative_level_only(start: Start) -> None:
    heard = []

    for level in ("info", "debug"):
        stream = start("json", level)
        logging.getLogger("discord.utils").critical("Falling back to manual retrieval")
        logging.getLogger("discord.client").warning("Logging in")
        heard.append(stream.getvalue().count("\n"))

    assert heard == [0, 2]


def test_a_record_that_cannot_be_formatted_does_not_show_its_arguments(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = start("json", "debug")

    logging.getLogger("foreign").warning("%d", USER_TOKEN)

    assert "a log record could not be written" in stream.getvalue()
    assert USER_TOKEN not in stream.getvalue() + capsys.readouterr().err


class Unwritable:
    def __repr__(self) -> str:
        raise RuntimeError(USER_TOKEN)


def test_a_record_of_ours_that_cannot_be_written_stops_nobody(start: Start, form: str) -> None:
    stream = start(form)

    structlog.get_logger("ours").info("tried", value=Unwritable())

    assert stream.getvalue() == "a log record could not be written: tried\n"


def test_what_nobody_catches_is_logged_without_secrets(start: Start, form: str) -> None:
    stream = start(form, "info")

    error = RuntimeError(f"no use for {USER_TOKEN}")
    sys.excepthook(type(error), error, None)

    assert "crashed" in stream.getvalue()
    assert "no use for [redacted]" in stream.getvalue()


class Dying:
    def __del__(self) -> None:
        raise RuntimeError(f"no use for {USER_TOKEN}")


def test_what_python_itself_ignores_is_logged_without_secrets(start: Start, form: str) -> None:
    stream = start(form, "info")

    Dying()

    assert "exception_ignored" in stream.getvalue()
    assert "no use for [redacted]" in stream.getvalue()
    assert USER_TOKEN not in stream.getvalue()


def test_what_a_thread_did_not_catch_is_logged_without_secrets(start: Start, form: str) -> None:
    stream = start(form, "info")

    thread = threading.Thread(target=int, args=(f"no number: {USER_TOKEN}",))
    thread.start()
    thread.join()

    assert "thread_crashed" in stream.getvalue()
    assert USER_TOKEN not in stream.getvalue()


async def test_what_a_task_did_not_catch_is_logged_without_secrets(start: Start, form: str) -> None:
    stream = start(form, "info")

    asyncio.get_running_loop().call_exception_handler({"message": "broke", "exception": OSError(USER_TOKEN)})

    assert "broke" in stream.getvalue()
    assert USER_TOKEN not in stream.getvalue()


PRINTING = """
import sys, traceback, warnings
from bridge.clock import SystemClock
from bridge.logs import Redactor, start_logging

redactor = Redactor(SystemClock())
redactor.add("told-at-run-time")
start_logging("info", "json", redactor)
print("in one piece: told-at-run-time", file=sys.stderr)
sys.stderr.write("in two pieces: told-at-")
sys.stderr.flush()
sys.stderr.write("run-time\\n")
warnings.warn("a warning: told-at-run-time")
try:
    int("told-at-run-time")
except ValueError:
    traceback.print_exc()
sys.stderr.write("unfinished: told-at-run-time")
"""


def test_what_is_printed_past_the_log_is_redacted_too() -> None:
    done = subprocess.run([sys.executable, "-c", PRINTING], capture_output=True, text=True, check=True)

    lines = done.stderr
    assert "in one piece: [redacted]\nin two pieces: [redacted]\n" in lines
    assert "a warning: [redacted]" in lines
    assert "invalid literal for int() with base 10: '[redacted]'" in lines
    assert lines.endswith("unfinished: [redacted]")
    assert "told-at" not in lines


LOGGERS = """
import logging
import bridge.cli.running, bridge.sandbox, bridge.sessions.selfbot

known = logging.root.manager.loggerDict.items()
for name, logger in known:
    if isinstance(logger, logging.Logger) and (not logger.propagate or any(
        not isinstance(handler, logging.NullHandler) for handler in logger.handlers
    )):
        print(name)
print(len(known))
"""


def test_every_logger_of_every_library_hands_its_records_to_the_one_handler() -> None:
    done = subprocess.run([sys.executable, "-c", LOGGERS], capture_output=True, text=True, check=True)

    *own, known = done.stdout.splitlines()

    assert int(known) > 20
    assert own == []


@pytest.mark.parametrize(("no_color", "is_colored"), [(None, True), ("", True), ("1", False)])
def test_the_log_has_no_colours_if_they_are_not_wanted(
    no_color: str | None, is_colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)

    assert shows_colors(Terminal()) == is_colored
    assert not shows_colors(io.StringIO())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
