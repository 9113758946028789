"""The configuration file as YAML 1.2: what a person wrote is what the bridge reads."""

from pathlib import Path

import pytest
import yaml

from bridge.cli.layers import load, read_file
from bridge.cli.yaml_loader import Loader
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError

ZERO = "011111111111111111"


def settings_of(folder: Path, text: str) -> Settings:
    (folder / "config.yaml").write_text(text)
    return load(read_file(folder / "config.yaml")).settings


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        settings_of(folder, text)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2:13:20", "2:13:20"),
        (ZERO, ZERO),
        ("no", "no"),
        ("on", "on"),
        ("1_000", "1_000"),
        ("2026-11-28", "2026-11-28"),
        ("9" * 5000, "9" * 5000),
        ("8080", 8080),
        ("-1", -1),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("true", True),
        ("~", None),
        ("'8080'", "8080"),
        ("!!str 8080", "8080"),
    ],
)
def test_only_what_is_written_as_numbers_are_printed_is_a_number(written: str, read: object) -> None:
    found = yaml.load(f"key: {written}", Loader)["key"]

    assert (found, type(found)) == (read, type(read))


def test_an_id_that_begins_with_zero_is_told_as_it_was_written(tmp_path: Path) -> None:
    account = f"{{discord: a-token-of-a-user, server: {ZERO}, channel: 222222222222222222}}"

    told = complaint(tmp_path, f"accounts: [{account}]")

    assert told == f"config.yaml: accounts[0].server: '{ZERO}' is not a Discord id of 17 to 20 digits"


def test_a_number_with_zeros_before_it_or_with_underscores_is_still_a_number(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "server: {port: 08080}\nmedia: {max_bytes: 10_000}").server.port == 8080


def test_a_switch_may_still_be_written_as_yes(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "bot: {completions_carry_ids: yes}").bot.completions_carry_ids


def test_a_mapping_may_still_take_the_keys_of_another_one(tmp_path: Path) -> None:
    text = (
        "accounts:\n"
        "  - &first {discord: a-token-of-a-user, server: 111111111111111111, channel: 222222222222222222}\n"
        "  - {<<: *first, discord: a-token-of-another, channel: 333333333333333333}\n"
    )

    assert [each.server for each in settings_of(tmp_path, text).accounts] == ["111111111111111111"] * 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("server: {port: 2:13:20}", "config.yaml: server.port: '2:13:20' is not a whole number"),
        ("jobs: {silence_s: 2:13:20}", "config.yaml: jobs.silence_s: '2:13:20' is not a number"),
        (f"server: {{port: {'9' * 5000}}}", "config.yaml: server.port: is a number of too many digits"),
        ("api_token: [a]", "config.yaml: api_token: is not text (put it in quotes)"),
        (f"{'[' * 5000}", "config.yaml: is nested too deeply"),
        (
            "api_token: !!int secret",
            "config.yaml: line 1, column 12: contains a tag, but only plain values are supported",
        ),
        (
            "api_token: !!map secret",
            "config.yaml: line 1, column 12: expected a mapping node, but found scalar",
        ),
        (
            "callbacks: {allow: &a [*a]}",
            "config.yaml: callbacks.allow[0]: [[...]] is not a network such as 10.0.0.0/8",
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    assert complaint(tmp_path, text) == sentence


def test_an_id_of_thousands_of_digits_is_one_sentence(tmp_path: Path) -> None:
    account = f"{{discord: a-token-of-a-user, server: {'9' * 5000}, channel: 222222222222222222}}"

    assert complaint(tmp_path, f"accounts: [{account}]").endswith(
        "... is not a Discord id of 17 to 20 digits"
    )
