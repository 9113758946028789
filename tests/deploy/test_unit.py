"""The unit of systemd: what it allows, what it gives to the bridge, and how long it waits."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bridge.cli.machine import FILES
from bridge.config.settings import every_key, variable
from bridge.grace import KILLED_S

UNIT = Path(__file__).parents[2] / "deploy/systemd/pixverse-bridge.service"
MOST_EXPOSED = 2.0


def values(name: str) -> Sequence[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


def variables(**places: str) -> Mapping[str, str]:
    """Return the variables of the unit, with its specifiers replaced."""
    lines = dict(line.split("=", 1) for line in values("Environment"))
    return {name: re.sub("%(.)", lambda found: places[found[1]], value) for name, value in lines.items()}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_service_is_exposed_less_than_two_of_ten() -> None:
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    exposure = re.search(r"Overall exposure level for \S+: (\d+\.\d)", told.stdout)

    assert exposure is not None, told.stderr
    assert float(exposure[1]) < MOST_EXPOSED


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_knows_every_setting_of_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(values("ExecStart")[0], "/bin/true"))

    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60
    )

    assert (told.returncode, told.stderr) == (0, "")


def test_the_unit_sets_variables_that_the_bridge_reads() -> None:
    known = {variable(key) for key, _ in every_key()} | {"BRIDGE_CONFIG"}

    assert set(variables(S="/var/lib", d="/run/credentials/x")) <= known


def test_the_secrets_are_given_as_credentials() -> None:
    given = {line.partition(":")[0] for line in values("LoadCredential")}

    read = {
        Path(value).name
        for value in variables(S="/var/lib", d="/credentials").values()
        if value.startswith("/credentials/")
    }

    assert given == read == {"config.yaml", "secret.key"}


def test_the_bridge_has_the_time_to_end_and_the_files_that_it_asks_for() -> None:
    (stop,), (files,) = values("TimeoutStopSec"), values("LimitNOFILE")

    assert float(stop) > KILLED_S
    assert int(files) >= FILES


def test_a_bad_setting_is_not_tried_again() -> None:
    assert values("RestartPreventExitStatus") == ["2"]
