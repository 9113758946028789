"""`--bot-drift`: a file of drifts is read, a mistake is one sentence, the bot goes on under its new names."""

from pathlib import Path

import pytest

from bridge.cli.doctor.start import Order, examine
from bridge.cli.simulating import sandbox_options, simulated_discord
from bridge.clock import SystemClock
from bridge.config.overrides import Overrides
from bridge.errors import ConfigurationError
from bridge.logs import Redactor
from bridge.sandbox import SandboxOptions, read_drifts
from tests.doctor.clinic import Clinic

pytestmark = pytest.mark.asyncio(loop_scope="module")


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "drift.yaml"
    file.write_text(text, encoding="utf-8")
    return file


async def test_the_simulator_begins_as_the_file_says(tmp_path: Path) -> None:
    file = written(
        tmp_path, "- { drift: rename_command, command: create, to: imagine }\n- { drift: lock_thread }\n"
    )

    options = sandbox_options({"accounts": 1, "drifts": file})

    assert [each.name for each in options.drifts] == ["rename_command", "lock_thread"]
    async with simulated_discord(options):
        pass


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- { drift: vanish }", "drift 1: drift must be one of rename_command, "),
        ("- { drift: lock_thread }\n- { drift: rename_command, command: create }", "drift 2: to is missing"),
        ("- { drift: lock_thread, to: x }", "drift 1: to is not known here"),
        ("- lock_thread", "drift 1 is not an object"),
        ("{", "line 1"),
    ],
)
async def test_a_mistake_in_the_file_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        sandbox_options({"drifts": written(tmp_path, text)})


async def test_a_command_that_the_bot_does_not_have_ends_the_start() -> None:
    drifts = tuple(read_drifts({"drift": "remove_command", "command": "dance"}))

    with pytest.raises(ConfigurationError, match="the bot has no command dance"):
        async with simulated_discord(SandboxOptions(accounts=1, drifts=drifts)):
            pass


async def test_the_bot_makes_a_video_under_its_new_names(
    clinic: Clinic, capsys: pytest.CaptureFixture[str]
) -> None:
    await clinic.order(
        {"drift": "rename_command", "command": "create_single", "to": "imagine_one"},
        {"drift": "rename_option", "command": "create_single", "option": "prompt", "to": "text"},
    )
    bot = Overrides.model_validate({**(await clinic.report()).rows})
    pasted = clinic.settings.model_copy(update={"bot": bot})

    await examine(pasted, Redactor(SystemClock()), Order(prompt="a cat", is_sure=True))

    told = capsys.readouterr().out
    assert "Sent /imagine_one" in told
    assert "try: the video has arrived" in told
