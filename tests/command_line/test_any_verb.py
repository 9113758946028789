"""`run`: any verb of the bridge, also one that only its configuration has."""

from pathlib import Path

import pytest

from bridge.cli.client.outcomes import ExitCode
from tests.command_line.conftest import Call
from tests.tools.own_verbs import OWN_VERBS
from tests.tools.pictures import png


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "cat.png"
    path.write_bytes(png())
    return str(path)


def test_a_verb_of_the_configuration_is_run_and_its_videos_are_saved_and_used(
    ask: Call, picture: str, tmp_path: Path
) -> None:
    videos = str(tmp_path / "videos")

    made = ask("run", "effects", "--image", picture, "--template-id", "7", "--out", videos, "--json").json
    longer = ask(
        "run",
        "extend",
        "--video",
        made["files"][0],
        "--prompt",
        "-",
        "--duration=5",
        "--json",
        stdin="it rains",
    ).json
    between = ask(
        *("run", "transition", "--first-frame-img", picture, "--last_frame_img", picture),
        *("--prompt", "a storm", "--motion-mode", "FAST", "--sound-effect", "--json"),
    ).json
    listed = ask("jobs", "--verb", "extend", "--json").lines

    assert (made["status"], made["verb"], made["template_id"]) == ("completed", "pixverse-effects", 7)
    assert (longer["prompt"], longer["duration"], longer["video"]["type"]) == ("it rains", 5, "video/mp4")
    assert (between["motion_mode"], between["sound_effect"]) == ("fast", True)
    assert [job["jobid"] for job in listed] == [longer["jobid"]]


def test_a_built_in_verb_is_run_too_and_a_field_can_be_given_as_name_and_value(ask: Call) -> None:
    done = ask("run", "create-single", "--field", "prompt=a cat", "-F", "style=Anime", "--json").json

    assert (done["verb"], done["prompt"], done["style"]) == ("pixverse-create_single", "a cat", "Anime")


def test_without_a_verb_all_are_listed_and_a_verb_lists_its_fields(ask: Call) -> None:
    listed = ask("run")
    fields = ask("run", "lip-sync", "--fields")

    assert [line.split()[0] for line in listed.out.splitlines()[1:]][-4:] == list(OWN_VERBS)
    assert "Put an effect on a picture" in listed.out
    assert fields.out.splitlines()[0] == "lip_sync: Let somebody in a video say a text"
    assert [line.split() for line in fields.out.splitlines()[2:]][2] == [
        *("--lip-sync-tts-speaker-id", "choice", "auto,", "1")
    ]
    assert "pixverse-bridge run lip_sync --video video.mp4 --lip-sync-tts-content" in fields.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["efects"], 2, "the bridge has no verb efects: it has create, "),
        (["extend", "--vidoe", "x"], 2, "extend has no field vidoe: it has video, prompt, duration, seed"),
        (["extend", "--prompt", "x"], 2, "extend needs --video"),
        (["extend", "x"], 2, "what is 'x'? Fields of extend are given as --name value"),
        (["extend", "--duration", "x"], 2, "--duration: 'x' is not a whole number"),
        (["extend", "--prompt"], 2, "--prompt needs a value"),
        (["extend", "--prompt=a", "--prompt=b"], 2, "--prompt is given twice"),
        (["extend", "-F", "prompt"], 2, "write it as --field prompt=VALUE"),
        (["extend", "--video", "none.mp4"], 2, "none.mp4: No such file or directory"),
        (["transition", "--sound-effect", "x"], 2, "--sound-effect: 'x' is neither yes nor no"),
        (
            ["create", "--prompt", "x", "--style", "Baroque"],
            ExitCode.REJECTED,
            "style Baroque not supported, must be one of Realistic, Anime, 3D Animation",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(ask: Call, arguments: list[str], code: int, told: str) -> None:
    done = ask("run", *arguments)

    assert (done.code, told in done.err) == (code, True), done.err
