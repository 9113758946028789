"""Commands that make jobs and look at them, against a sandbox."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from bridge.cli.client.outcomes import ExitCode
from bridge.cli.client.talking import exit_code_of
from bridge.client import ClientError, DownloadFailed, Moderated, WaitTimeout
from bridge.client.errors import error_of
from tests.command_line.conftest import Call
from tests.tools.command_line import run
from tests.tools.pictures import jpeg


def test_a_job_is_submitted_and_shown(ask: Call) -> None:
    done = ask("create", "a cat", "--style", "anime", "--aspect-ratio", "9:16", "--reply-ref", "mine")

    job_id = done.out.split()[0]
    shown = ask("show", job_id, "--json").json
    assert done.code == 0
    assert (shown["prompt"], shown["style"], shown["aspect_ratio"]) == ("a cat", "Anime", "9:16")
    assert shown["replyRef"] == "mine"
    assert "aspect_ratio  9:16" in done.out
    assert done.err.endswith(f"pixverse-bridge show {job_id} --wait --out videos\n")


def test_json_is_one_object_and_nothing_else_on_stdout(ask: Call) -> None:
    done = ask("create", "a cat", "--wait", "--json")

    assert done.out.count("\n") == 1
    assert done.json["status"] == "completed"
    assert "completed" in done.err.splitlines()[-1]


def test_the_videos_are_saved_under_names_that_say_what_they_are(ask: Call, tmp_path: Path) -> None:
    done = ask("create", "-", "--out", str(tmp_path / "new" / "videos"), "--json", stdin="a cat on a mat\n")

    files = [Path(name) for name in done.json["files"]]
    assert [path.name.rpartition("-")[2] for path in files] == ["1.mp4", "2.mp4", "3.mp4", "4.mp4"]
    assert all(path.name.startswith("a-cat-on-a-mat-") and path.stat().st_size for path in files)


def test_every_verb_has_its_command(ask: Call, tmp_path: Path) -> None:
    picture = tmp_path / "cat.jpg"
    picture.write_bytes(jpeg())

    single = ask("create-single", "a cat #more-buttons", "--seed-value", "7", "--wait", "--json").json
    animated = ask("animate", str(picture), "--motion", "3", "--hd-quality", "Yes", "--json").json
    meme = ask("meme-face", "a knight", "--face", str(picture), "--json").json
    pressed = ask("button", single["jobid"], single["buttons"][0], "--wait", "--json").json
    chosen = ask("button", single["jobid"], "Style", "--value", "Anime", "--wait", "--json").json
    shown = ask("show", single["jobid"]).out

    assert (chosen["button"], chosen["value"]) == ("Style", "Anime")
    assert "Extend" in shown
    assert "Realistic, Anime, 3D Animation" in shown
    assert (single["seed_value"], single["status"]) == (7, "completed")
    assert (animated["motion"], animated["hd_quality"], animated["image"]["type"]) == (3, "Yes", "image/jpeg")
    assert (meme["verb"], meme["prompt"]) == ("pixverse-meme_face", "a knight")
    assert (pressed["parentJobId"], pressed["status"]) == (single["jobid"], "completed")


def test_a_picture_that_is_not_there_is_one_sentence(ask: Call) -> None:
    done = ask("animate", "none.jpg")

    assert (done.code, done.err) == (2, "error: none.jpg: No such file or directory\n")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["create", "a cat #moderated"], ExitCode.MODERATED, "This is the end of job "),
        (["create", "a cat #moderated-late", "--wait"], ExitCode.MODERATED, "moderated  Apologies!"),
        (["create", "a cat #slow=0 #fail", "--wait"], ExitCode.FAILED, "failed  "),
        (["create", "a cat #throttled"], ExitCode.TOO_MANY_REQUESTS, "Try again in "),
        (["create", "a cat", "--url", "http://127.0.0.1:9"], ExitCode.UNREACHABLE, "choose another address."),
        (["jobs", "--token", "wrong"], ExitCode.UNAUTHORIZED, "pixverse-bridge login saves another token."),
        (["show", "nobody"], ExitCode.NOT_FOUND, "error: Unable to locate job nobody\n"),
        (["accounts", "show", "123456789012345678"], ExitCode.NOT_FOUND, "accounts add adds one.\n"),
        (["create", "x" * 513], ExitCode.REJECTED, "error: "),
    ],
)
def test_every_outcome_has_its_own_exit_code(
    ask: Call, arguments: list[str], code: ExitCode, told: str
) -> None:
    done = ask(*arguments)

    assert done.code == code
    assert told in done.err


def test_another_server_is_told_from_a_bridge(ask: Call, sandbox: Any) -> None:
    done = ask("health", "--url", sandbox["discord_url"])

    assert done.code == ExitCode.UNREACHABLE
    assert f"{sandbox['discord_url']} answers, but not as a bridge does" in done.err


def test_a_token_without_the_scope_is_its_own_exit_code(ask: Call, sandbox: Any, place: Path) -> None:
    scope = ("--tenant", "default", "--scope", "jobs:read", "--database", "data/sandbox.db", "--json")
    made = json.loads(run("token", "create", *scope, folder=place).stdout)

    done = ask("create", "a cat", "--token", made["token"])

    assert done.code == ExitCode.FORBIDDEN
    assert "jobs:write" in done.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (error_of(409, {"error": "paused"}, None), ExitCode.CONFLICT),
        (error_of(410, {"error": "Job has expired"}, None), ExitCode.NOT_FOUND),
        (error_of(422, {"error": "key"}, None), ExitCode.REJECTED),
        (error_of(503, {"error": "none is connected"}, "3"), ExitCode.SERVER_ERROR),
        (error_of(502, {"error": "Discord"}, None), ExitCode.SERVER_ERROR),
        (DownloadFailed("gone"), ExitCode.NOT_SAVED),
        (Moderated(422, "no", None, {"error": "no"}), ExitCode.MODERATED),
        (error_of(413, {}, None), ExitCode.REJECTED),
        (WaitTimeout("a", 1), ExitCode.WAIT_TIMED_OUT),
    ],
)
def test_every_error_of_the_client_has_its_exit_code(error: ClientError, code: ExitCode) -> None:
    assert exit_code_of(error) is code


def test_what_the_bridge_answers_is_json_also_when_it_is_an_error(ask: Call) -> None:
    refused = ask("create", "a cat #moderated", "--json")
    unknown = ask("show", "nobody", "--json")
    away = ask("show", "nobody", "--json", "--url", "http://127.0.0.1:9")

    assert (refused.json["status"], refused.json["code"]) == ("moderated", 422)
    assert unknown.json == {"error": "Unable to locate job nobody", "code": 404}
    assert away.json.keys() == {"error"}


def test_a_wait_that_is_too_long_says_how_to_go_on(ask: Call, tmp_path: Path) -> None:
    folder = str(tmp_path / "my videos")

    done = ask("create", "a cat #slow=20", "--out", folder, "--timeout", "0.2")

    again = next(line for line in done.err.splitlines() if "Pick it up again" in line)
    job_id = again.split()[1]
    assert done.code == ExitCode.WAIT_TIMED_OUT
    assert again.endswith(f"pixverse-bridge show {job_id} --wait --out '{folder}'")
    assert ask("cancel", job_id).out.startswith(f"Job {job_id} is cancelled")
    assert ask("show", job_id, "--wait").code == ExitCode.CANCELLED


def test_the_same_key_makes_no_second_job(ask: Call) -> None:
    first, second = (ask("create", "a cat", "--idempotency-key", "k1", "--json").json for _ in range(2))

    assert first["jobid"] == second["jobid"]


def test_jobs_are_listed(ask: Call) -> None:
    slow = ask("create", "a slow dog #slow=20", "--json").json["jobid"]
    ended = ask("create", "a quick dog", "--wait", "--json").json["jobid"]

    running = [job["jobid"] for job in ask("jobs", "--json").lines]
    found = [job["jobid"] for job in ask("jobs", "--prompt", "quick dog", "--verb", "create", "--json").lines]
    table = ask("jobs", "--history", "--limit", "2").out.splitlines()
    ask("cancel", slow)

    assert slow in running
    assert ended not in running
    assert found == [ended]
    assert [line.split()[0] for line in table] == ["job", ended, slow]
    assert table[1].endswith("a quick dog")


def test_nothing_in_a_prompt_acts_on_the_terminal(ask: Call) -> None:
    done = ask("create", "a cat\x1b[2J\nand \u202etac", "--wait", "--json")

    shown = ask("show", done.json["jobid"]).out + ask("jobs", "--history", "--limit", "1").out

    assert not {"\x1b", "\u202e"} & set(shown + done.err)
    assert "a cat␛[2J" in shown


def test_videos_that_cannot_be_saved_can_be_saved_later(ask: Call, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "videos")

    done = ask("create", "a cat", "--out", folder)

    assert done.code == ExitCode.NOT_SAVED
    assert f"{folder}: Not a directory" in done.err
    assert done.err.endswith(f" --wait --out {folder}\n")


def test_the_first_video_is_opened(ask: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[str] = []
    monkeypatch.setattr(typer, "launch", opened.append)

    saved = ask("create", "a cat", "--open", "--out", str(tmp_path), "--json").json
    shown = ask("show", saved["jobid"], "--open", "--json").json

    assert opened == [saved["files"][0], shown["attachments"][0]["url"]]
