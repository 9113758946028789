"""Which file is read, and what is said of one that is not the bridge's."""

from pathlib import Path

import pytest

from bridge.cli.chosen_file import chosen_file, unread_files
from bridge.errors import ConfigurationError

GO_ON = "start in another directory, or name a file: --config FILE (--config /dev/null for none)"


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty directory the working one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRIDGE_CONFIG", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "seems"),
    [
        ("services: {web: {image: nginx}}", "a Docker Compose file"),
        ("apiVersion: v1\nkind: ConfigMap\ndata: {}", "a Kubernetes object"),
        ("on: push\njobs: {build: {}}", "a GitHub Actions workflow"),
        ("version: 2.1\njobs: {}\nworkflows: {}", "a CircleCI configuration"),
        ("site_name: Pages", "a configuration of MkDocs"),
        ("- hosts: all", "a list"),
        ("only words", "a text"),
        (
            "learning_rate: 1\nepochs: 2\nmodel: x\nlog: y\nseed: 1\nbatch: 3",
            "one of another program, with the keys learning_rate, epochs, model, log, seed …",
        ),
    ],
)
def test_a_file_of_another_program_is_refused_with_what_it_seems_to_be(text: str, seems: str) -> None:
    Path("config.yaml").write_text(text)

    with pytest.raises(ConfigurationError) as caught:
        chosen_file(None)

    assert str(caught.value) == f"config.yaml: is not a file of the bridge but {seems}: {GO_ON}"


@pytest.mark.parametrize(
    "text", ["", "server: {port: 1}", "sever: {port: 1}", "acounts: []", "server.port: 1", "log: {}\nx: 1"]
)
def test_a_file_of_the_bridge_is_read_also_with_a_slip(text: str) -> None:
    Path("config.yaml").write_text(text)

    assert chosen_file(None) == Path("config.yaml")


def test_a_file_that_is_no_yaml_may_be_anothers() -> None:
    Path("config.yaml").write_text("{{ template }}")

    with pytest.raises(ConfigurationError, match=r"line 1, .*\(if it is another program's, start in another"):
        chosen_file(None)


def test_a_named_file_is_the_bridges() -> None:
    Path("config.yaml").write_text("services: {}")

    assert chosen_file(Path("config.yaml")) == Path("config.yaml")


def test_config_yml_is_named_and_not_ignored() -> None:
    Path("config.yml").write_text("server: {port: 1}")

    with pytest.raises(ConfigurationError) as caught:
        chosen_file(None)

    assert str(caught.value) == (
        "config.yml: is not read, because only config.yaml is: rename it, or name it: --config config.yml"
    )


@pytest.mark.parametrize("text", ["services: {}", "", "- a", "{{"])
def test_a_config_yml_of_another_program_stops_nothing_and_is_told(text: str) -> None:
    Path("config.yml").write_text(text)

    assert chosen_file(None) is None
    assert list(unread_files()) == ["file config.yml"]
