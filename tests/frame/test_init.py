"""`init`: the first configuration, from options or from what a person answers."""

import os
import pty
import resource
import signal
import stat
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path
from select import select

import pytest

from bridge.cli.first_config import id_of, jobs_of, place_of, wish_of
from bridge.cli.first_steps import Given, init
from bridge.cli.layers import load, read_file
from bridge.errors import ConfigurationError

TOKEN = "abc.def.ghi-jkl_mno"
SERVER, THREAD = "111111111111111111", "222222222222222222"
LINK = f"https://discord.com/channels/{SERVER}/{THREAD}"
PATIENCE_S = 30.0


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Return what options say, in a directory of their own."""
    monkeypatch.chdir(tmp_path)
    Path("token.txt").write_text(f' "{TOKEN}"\n')
    return Given(token_file="token.txt", server=LINK)


def test_what_is_written_is_what_the_bridge_reads(given: Given, capsys: pytest.CaptureFixture[str]) -> None:
    init(Path("config.yaml"), given, is_forced=False)

    settings = load(read_file(Path("config.yaml"))).settings
    (account,) = settings.accounts
    assert (account.discord.get_secret_value(), account.server, account.channel) == (TOKEN, SERVER, THREAD)
    assert (account.max_jobs, settings.callbacks.allow) == (3, ())
    assert stat.S_IMODE(Path("config.yaml").stat().st_mode) == 0o600
    told = capsys.readouterr().out
    assert "pixverse-bridge check --online\n" in told
    assert TOKEN not in told


def test_the_other_answers_are_written_too(given: Given, capsys: pytest.CaptureFixture[str]) -> None:
    said = Given(given.token_file, SERVER, THREAD, jobs="7", local_callbacks="yes")

    init(Path("my own.yaml"), said, is_forced=False)

    settings = load(read_file(Path("my own.yaml"))).settings
    assert (settings.accounts[0].channel, settings.accounts[0].max_jobs) == (THREAD, 7)
    assert list(map(str, settings.callbacks.allow)) == ["127.0.0.0/8", "::1/128"]
    assert "pixverse-bridge serve --config 'my own.yaml'\n" in capsys.readouterr().out


@pytest.mark.parametrize("is_forced", [False, True])
def test_a_file_that_cannot_be_written_whole_leaves_nothing_with_the_token(
    given: Given, *, is_forced: bool
) -> None:
    before = set(os.listdir())
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(ConfigurationError, match="cannot be written: File too large"):
            init(Path("config.yaml"), given, is_forced=is_forced)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)

    assert set(os.listdir()) == before


def test_what_cannot_be_replaced_leaves_nothing_with_the_token(given: Given) -> None:
    Path("config.yaml").mkdir()
    before = set(os.listdir())

    with pytest.raises(ConfigurationError, match="cannot be written: Is a directory"):
        init(Path("config.yaml"), given, is_forced=True)

    assert set(os.listdir()) == before


def test_a_file_that_is_there_is_replaced_only_by_force(given: Given) -> None:
    Path("config.yaml").write_text("mine")

    with pytest.raises(ConfigurationError, match=r"config.yaml exists: --force replaces it"):
        init(Path("config.yaml"), given, is_forced=False)
    assert Path("config.yaml").read_text() == "mine"

    init(Path("config.yaml"), given, is_forced=True)
    assert TOKEN in Path("config.yaml").read_text()
    assert stat.S_IMODE(Path("config.yaml").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (Given(), "--discord-file is missing, and without a terminal nobody can be asked."),
        (Given("none.txt", LINK), "--discord-file: cannot be read: No such file or directory"),
        (Given("token.txt"), "--server is missing, and without a terminal nobody can be asked."),
        (Given("token.txt", "12"), "--server: '12' is not a Discord id of 17 to 20 digits"),
        (Given("token.txt", SERVER), "--channel is missing, and without a terminal nobody can be asked."),
        (Given("token.txt", LINK, jobs="11"), "--max-jobs: '11' is not a number from 1 to 10"),
        (
            Given("token.txt", LINK, local_callbacks="maybe"),
            "--local-callbacks: 'maybe' is neither yes nor no",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_one_sentence(said: Given, sentence: str, given: Given) -> None:
    with pytest.raises(ConfigurationError) as caught:
        init(Path("config.yaml"), said, is_forced=False)

    assert str(caught.value) == sentence
    assert not Path("config.yaml").exists()


@pytest.mark.parametrize("start", ["https://discord.com", "https://ptb.discord.com"])
def test_a_link_has_both_ids(start: str) -> None:
    assert place_of(f" {start}/channels/{SERVER}/{THREAD}\n") == (SERVER, THREAD)
    assert place_of(f"{start}/channels/{SERVER}/{THREAD}/333333333333333333") == (SERVER, THREAD)
    assert place_of(SERVER) == (SERVER, None)


def test_answers_are_read_as_people_write_them() -> None:
    assert (id_of(f' "{SERVER}" '), jobs_of(" 10 "), wish_of("Y"), wish_of("no ")) == (
        SERVER,
        10,
        True,
        False,
    )


def test_a_person_is_asked_five_questions_and_the_token_is_not_shown(tmp_path: Path) -> None:
    answers = [
        ("1. Token", "not a token!"),
        ("1. Token", TOKEN),
        ("2. Link", SERVER),
        ("3. Id of the thread", THREAD),
        ("4. Jobs", ""),
        ("5. Callbacks", "yes"),
    ]
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "init"],
        cwd=tmp_path,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    told = ""
    for question, answer in answers:
        told += _read_until(master, question)
        if "Token" in question:
            _wait_until_nothing_is_shown(master)
        os.write(master, f"{answer}\n".encode())
    process.wait(PATIENCE_S)
    told += _read_rest(master)

    assert process.returncode == 0
    assert TOKEN not in told
    assert "a token has only letters and digits" in told
    account = load(read_file(tmp_path / "config.yaml")).settings.accounts[0]
    assert (account.server, account.channel, account.max_jobs) == (SERVER, THREAD, 3)


def _wait_until_nothing_is_shown(master: int) -> None:
    """Wait until the terminal echoes nothing: what is typed before is thrown away."""
    end = time.monotonic() + PATIENCE_S
    while termios.tcgetattr(master)[3] & termios.ECHO:
        assert time.monotonic() < end
        time.sleep(0.01)


def _read_until(master: int, text: str) -> str:
    """Return what the terminal shows up to the end of the question that begins with a text."""
    told = ""
    while text not in told or not told.rstrip().endswith(":"):
        readable, _, _ = select([master], [], [], PATIENCE_S)
        assert readable, told
        told += os.read(master, 4096).decode()
    return told


def _read_rest(master: int) -> str:
    """Return what the terminal still shows of a process that has ended, and close it."""
    told = ""
    with suppress(OSError):
        while part := os.read(master, 4096):
            told += part.decode()
    os.close(master)
    return told
