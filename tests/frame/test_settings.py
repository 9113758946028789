"""Settings: where they come from, which one wins, and what is said about a bad one."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from bridge.cli.chosen_file import chosen_file
from bridge.cli.layers import (
    KEYS,
    Configuration,
    load,
    read_environment,
    read_file,
    read_flags,
    unknown_variables,
)
from bridge.config.settings import ConfiguredAccount, Settings, every_key, variable
from bridge.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-that-nobody-must-see"
SERVER_KEYS = ", ".join(key.removeprefix("server.") for key in KEYS if key.startswith("server."))
ACCOUNT = {"discord": TOKEN, "server": "111111111111111111", "channel": "222222222222222222"}


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("BRIDGE_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def read(file: Path | None = None, flags: Mapping[str, object] | None = None) -> Configuration:
    return load(read_flags(flags or {}), read_environment(), read_file(file))


def complaint(file: Path | None = None, flags: Mapping[str, object] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(file, flags)
    assert caught.value.exit_code == 2
    assert TOKEN not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{file}: ", "config.yaml: ")


def test_without_anything_there_are_defaults() -> None:
    assert read().settings == Settings()
    assert read().places == {}


def test_making_settings_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_SERVER__PORT", "99")

    assert Settings().server.port == 8080


def test_a_flag_wins_over_a_variable_and_a_variable_over_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("server: {host: file, port: 1}\ndata_dir: from-file\n")
    monkeypatch.setenv("BRIDGE_SERVER__PORT", "2")
    monkeypatch.setenv("BRIDGE_DATA_DIR", "from-environment")

    configuration = read(file, {"data_dir": "from-flag"})

    assert configuration.settings.server.host == "file"
    assert configuration.settings.server.port == 2
    assert configuration.settings.data_dir == Path("from-flag")
    assert configuration.places == {
        "server.host": f"{file}: server.host",
        "server.port": "environment BRIDGE_SERVER__PORT",
        "data_dir": "--data-dir",
    }


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_a_variable(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "accounts": json.dumps([ACCOUNT]),
        "callbacks.allow": "10.0.0.0/8, fd00::/8",
        "log.level": "debug",
    }
    values |= {"log.format": "json", "discord.gateway_url": "ws://x", "server.host": "::1", "data_dir": "d"}
    values |= {"server.trusted_proxies": "127.0.0.1, 10.0.0.0/8", "server.base_path": "/pixverse"}
    values |= {"server.hosts": "Bridge.example, [::1]:8080", "server.cors_origins": "https://app.example"}
    addresses = (
        "discord.api_url",
        "discord.cdn_url",
        "discord.proxy",
        "alerts.url",
        "media.public_url",
        "tracing.endpoint",
    )
    values |= dict.fromkeys(addresses, "http://x")
    values |= {
        "jobs.choice": "random",
        "server.event_loop": "uvloop",
        "server.metrics": "open",
        "bot.application_id": "333333333333333333",
    }
    values |= {
        "bot.completions_carry_ids": "true",
        "log.access": "false",
        "tracing.enabled": "true",
        "tracing.ratio": "0.5",
        "api_token": "12345678",
    }
    values |= {"bot.phrases": '[{"meaning": "busy", "pattern": "later"}]', "bot.commands": '{"create": {}}'}
    values |= {"bot.notices": '[{"meaning": "credits", "pattern": "left: (?P<value>[0-9]{1,9})"}]'}
    values |= {"bot.buttons": '{"U1": "Upscale 1"}', "bot.prompt_buttons": '["V1"]'}
    values |= {"bot.echo": '[{"field": "prompt", "key": "text"}]', "bot.echo_end": "By"}
    values |= {"webhook_secret": "whsec_" + "A" * 32, "secret_key": TOKEN}
    monkeypatch.setenv(variable(key), values.get(key, "7"))

    assert list(read().places) == [key]


def test_a_variable_of_the_bot_that_is_no_json_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_BOT__BUTTONS", "U1=Upscale 1")

    assert complaint() == "environment BRIDGE_BOT__BUTTONS: is not valid JSON"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_API_TOKEN", "")

    assert read().settings.api_token is None


def test_an_empty_key_or_section_has_its_defaults(file: Path) -> None:
    file.write_text("server:\ndata_dir:\njobs: {pace_s: }\n")

    assert read(file).settings == Settings()


def test_an_id_without_quotes_is_still_text(file: Path) -> None:
    file.write_text(
        f"accounts: [{{discord: {TOKEN}, server: 111111111111111111, channel: 222222222222222222}}]"
    )

    (account,) = read(file).settings.accounts

    assert (account.server, account.channel, account.max_jobs) == (ACCOUNT["server"], ACCOUNT["channel"], 10)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("server: {port: abc}", "config.yaml: server.port: 'abc' is not a whole number"),
        ("server: {port: 70000}", "config.yaml: server.port: 70000 is more than 65535"),
        ("server: {port: true}", "config.yaml: server.port: is a switch, not a number"),
        ("server: {prot: 1}", "config.yaml: server.prot: is not a known key, did you mean server.port?"),
        ("sever: {port: 1}", "config.yaml: sever: is not a known key, did you mean server.port?"),
        ("server: 8080", f"config.yaml: server: is a section with the keys {SERVER_KEYS}"),
        ("server.port: 1", "config.yaml: server.port: is not a known key (write sections as indented keys)"),
        ("jobs: {silence_s: 0}", "config.yaml: jobs.silence_s: 0 is not more than 0"),
        ("jobs: {silence_s: .inf}", "config.yaml: jobs.silence_s: inf is not a finite number"),
        ("jobs: {keep_days: 100000}", "config.yaml: jobs.keep_days: 100000 is more than 36500"),
        ("media: {keep_days: 100000}", "config.yaml: media.keep_days: 100000 is more than 36500"),
        (
            "events: {keep_progress_hours: 1000000}",
            "config.yaml: events.keep_progress_hours: 1000000 is more than 876000",
        ),
        (
            "uploads: {max_bytes: 10000000000000000000}",
            "config.yaml: uploads.max_bytes: 10000000000000000000 is more than 1e+18",
        ),
        ("jobs: {patience_s: 301}", "config.yaml: jobs.patience_s: 301 is more than 300"),
        (
            "log: {level: loud}",
            "config.yaml: log.level: 'loud' is not one of 'debug', 'info', 'warning' or 'error'",
        ),
        (
            "callbacks: {allow: [10.0.0.0/99]}",
            "config.yaml: callbacks.allow[0]: '10.0.0.0/99' is not a network such as 10.0.0.0/8",
        ),
        (
            "discord: {api_url: 'https://discord.com/api/v9'}",
            "config.yaml: discord.api_url: must not contain a version such as /v9",
        ),
        ("api_token: 12345678", "config.yaml: api_token: is not text (put it in quotes)"),
        ("data_dir: a\ndata_dir: b", "config.yaml: line 2, column 1: a key is given twice"),
        (
            "bot: {phrases: [{meaning: odd, pattern: a}]}",
            "config.yaml: bot.phrases[0].meaning: 'odd' is not one of 'refused', 'busy', 'failed', 'started' "
            "or 'progress'",
        ),
        (
            "bot: {phrases: [{meaning: busy, patern: a}]}",
            "config.yaml: bot.phrases[0].patern: is not a known key, did you mean pattern?",
        ),
        (
            "bot: {phrases: [{meaning: busy, pattern: '(a+)+b'}]}",
            "config.yaml: bot.phrases[0].pattern: can take too long on some texts: repeat nothing within a "
            "repetition, and limit what repeats, as in .{0,80} for .*",
        ),
        (
            "bot: {commands: {create: {nam: x}}}",
            "config.yaml: bot.commands.create.nam: is not a known key, did you mean name?",
        ),
        (
            "bot: {commands: {mine: {fields: {it: {typ: string}}}}}",
            "config.yaml: bot.commands.mine.fields.it.typ: is not a known key, did you mean type?",
        ),
        (
            "bot: {commands: {crate: {name: x}}}",
            "config.yaml: bot.commands: 'crate' is no command: known are create, create_single, animate, "
            "meme_face; a new one has to say its fields",
        ),
        ("bot: {commands: [create]}", "config.yaml: bot.commands: is not a group of keys"),
        (
            "bot: {completions_carry_ids: perhaps}",
            "config.yaml: bot.completions_carry_ids: 'perhaps' is neither true nor false",
        ),
        (
            f"api_token: {TOKEN} x",
            "config.yaml: api_token: may hold only printable ASCII characters without spaces",
        ),
        (f"accounts: {TOKEN}: x", "config.yaml: line 1, column 39: mapping values are not allowed here"),
        (f"api_token: *{TOKEN}", "config.yaml: line 1, column 12: found undefined alias a value"),
        (
            f"api_token: !it's{TOKEN}",
            "config.yaml: line 1, column 12: contains a tag, but only plain values are supported",
        ),
        (
            f"discord: {{api_url: {TOKEN}",
            "config.yaml: line 1, column 48: expected ',' or '}', but got '<stream end>'",
        ),
        (
            "server:\n\tport: 1",
            "config.yaml: line 2, column 1: found character '\\t' that cannot start any token",
        ),
        ("- a", "config.yaml: must be a YAML mapping (key: value)"),
        (
            "alerts: {url: 'http://10.0.0.5:9093/x'}",
            "config.yaml: alerts.url: leads to 10.0.0.5, a private address: such a receiver must be listed "
            "in callbacks.allow",
        ),
        (
            f"alerts: {{url: 'https://me:{TOKEN}@ops.example/'}}",
            "config.yaml: alerts.url: must not contain a user name or password",
        ),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_with_its_place(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)

    assert complaint(file) == sentence


def test_alerts_go_to_a_private_address_that_is_listed(file: Path) -> None:
    file.write_text("callbacks: {allow: [10.0.0.0/8]}\nalerts: {url: 'http://10.0.0.5:9093/x'}")

    assert read(file).settings.alerts.url == "http://10.0.0.5:9093/x"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"maxJobs": 11}, "config.yaml: accounts[0].maxJobs: 11 is more than 10"),
        ({"max_jobs": 1}, "config.yaml: accounts[0].max_jobs: is not a known key, did you mean maxJobs?"),
        ({"server": "x"}, "config.yaml: accounts[0].server: 'x' is not a Discord id of 17 to 20 digits"),
        (
            {"channel": "1" * 16},
            "config.yaml: accounts[0].channel: '1111111111111111' is not a Discord id of 17 to 20 digits",
        ),
        ({"discord": ""}, "config.yaml: accounts[0].discord: is empty"),
    ],
)
def test_a_mistake_in_an_account_names_the_entry(
    file: Path, change: dict[str, object], sentence: str
) -> None:
    file.write_text(yaml.safe_dump({"accounts": [ACCOUNT | change]}))

    assert complaint(file) == sentence


def test_two_accounts_with_one_token_are_refused_without_showing_it(file: Path) -> None:
    file.write_text(yaml.safe_dump({"accounts": [ACCOUNT, ACCOUNT | {"channel": "333333333333333333"}]}))

    assert complaint(file) == "config.yaml: accounts: entry 2 has the same discord token as entry 1"


def test_a_missing_key_of_an_account_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_ACCOUNTS", json.dumps([{"discord": TOKEN, "server": ACCOUNT["server"]}]))

    assert complaint() == "environment BRIDGE_ACCOUNTS[0].channel: is missing"


def test_a_variable_that_is_not_json_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_ACCOUNTS", f'[{{"discord": "{TOKEN}"')

    assert complaint() == "environment BRIDGE_ACCOUNTS: is not valid JSON"


def test_a_bad_variable_and_a_bad_flag_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert complaint(flags={"server.port": "abc"}) == "--port: 'abc' is not a whole number"

    monkeypatch.setenv("BRIDGE_SERVER__PORT", "-1")

    assert complaint() == "environment BRIDGE_SERVER__PORT: '-1' is less than 0"


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("BRIDGE_SERVER_PORT", "BRIDGE_SERVER__PORT"),
        ("BRIDGE_SERVER__PROT", "BRIDGE_SERVER__PORT"),
        ("BRIDGE_SERVR_HOST", "BRIDGE_SERVER__HOST"),
        ("BRIDGE_LOGLEVEL", "BRIDGE_LOG__LEVEL"),
        ("BRIDGE_APITOKEN", "BRIDGE_API_TOKEN"),
        ("BRIDGE_DATADIR", "BRIDGE_DATA_DIR"),
        ("BRIDGE_WEBHOOK_SECRETS", "BRIDGE_WEBHOOK_SECRET"),
        ("BRIDGE_RECROD", "BRIDGE_RECORD"),
    ],
)
def test_a_mistyped_variable_is_not_read_and_the_one_that_was_meant_is_named(
    mistyped: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(mistyped, "1")

    assert read().settings == Settings()
    assert unknown_variables(os.environ) == {mistyped: f"is not a known variable, did you mean {meant}?"}


@pytest.mark.parametrize("name", ["bridge_server__port", "Bridge_Server__Port", "BRIDGE_SERVER__port"])
def test_a_variable_in_small_letters_is_not_read_and_that_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "9")

    assert read().settings == Settings()
    assert unknown_variables(os.environ) == {name: "is not read: write it in capitals, BRIDGE_SERVER__PORT"}


def test_every_variable_of_the_page_about_the_command_line_is_known() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()

    assert unknown_variables(re.findall(r"BRIDGE_[A-Z_]+", page)) == {}


@pytest.mark.parametrize(
    "name",
    [
        "BRIDGE_PORT",
        "BRIDGE_SERVICE_HOST",
        "BRIDGE_SERVICE_PORT",
        "BRIDGE_SERVICE_PORT_HTTP",
        "BRIDGE_PORT_8000_TCP",
        "BRIDGE_PORT_8000_TCP_ADDR",
        "BRIDGE_PORT_8000_TCP_PORT",
        "BRIDGE_PORT_8000_TCP_PROTO",
    ],
)
def test_a_variable_that_kubernetes_sets_is_taken_for_no_mistyped_one(name: str) -> None:
    assert unknown_variables([name]) == {name: "is not a known variable"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRIDGE_SERVICE_HOST", "10.0.0.1"),
        ("BRIDGE_SERVICE_PORT_HTTP", "80"),
        ("BRIDGE_PORT", "tcp://10.0.0.1:80"),
        ("BRIDGE_PORT_80_TCP_PROTO", "tcp"),
        ("BRIDGE_SERVER", "tcp://10.0.0.1:80"),
        ("BRIDGE_SERVER__PROT", "1"),
        ("BRIDGE_LOG", '{"level": "debug"}'),
    ],
)
def test_a_variable_that_others_set_changes_nothing(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    assert read().settings == Settings()
    assert list(unknown_variables(os.environ)) == [name]


def test_a_named_file_must_exist(file: Path) -> None:
    assert complaint(file) == "config.yaml: cannot be read: No such file or directory"


def test_the_file_is_the_flag_then_the_variable_then_the_one_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert chosen_file(None) is None

    Path("config.yaml").touch()
    assert chosen_file(None) == Path("config.yaml")

    monkeypatch.setenv("BRIDGE_CONFIG", "other.yaml")
    assert chosen_file(None) == Path("other.yaml")
    assert chosen_file(Path("flag.yaml")) == Path("flag.yaml")


def test_secrets_do_not_show_in_the_settings(file: Path) -> None:
    file.write_text(yaml.safe_dump({"accounts": [ACCOUNT], "api_token": TOKEN, "secret_key": TOKEN}))

    assert TOKEN not in repr(read(file).settings)


@pytest.mark.parametrize("text", ["k", "fifteen letters", "k,a key of sixteen or more"])
def test_a_short_secret_key_is_refused_and_told_why(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_SECRET_KEY", text)

    told = complaint()

    assert told.startswith(
        "environment BRIDGE_SECRET_KEY: is too short: a secret key has at least 16 characters"
    )
    assert "whoever copies the database can try out short ones" in told


def test_an_earlier_secret_key_may_be_short_and_have_a_comma(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_SECRET_KEY", '["a key of sixteen or more", "o,d"]')

    keys = [key.get_secret_value() for key in read().settings.secret_key]

    assert keys == ["a key of sixteen or more", "o,d"]


def whole_example(folder: Path) -> Path:
    """Return the example with the settings that have no default taken out of their comments."""
    written = (ROOT / "config.example.yaml").read_text()
    example = folder / "config.yaml"
    example.write_text(re.sub(r"(?m)^( *)#(?=\S| {2,}\S)", r"\1", written))
    return example


def test_the_example_has_every_key_and_nothing_else(tmp_path: Path) -> None:
    example = whole_example(tmp_path)
    (entry,) = yaml.safe_load(example.read_text())["accounts"]

    assert set(read(example).places) == set(KEYS)
    assert list(entry) == [field.alias or name for name, field in ConfiguredAccount.model_fields.items()]


def test_the_example_as_it_stands_changes_nothing() -> None:
    example = read(ROOT / "config.example.yaml").settings

    assert example == read().settings


def test_the_example_shows_the_defaults_where_there_are_any(tmp_path: Path) -> None:
    example = read(whole_example(tmp_path)).settings
    without_default = {"database", "api_token", "secret_key", "discord.proxy", "accounts"}
    without_default |= {"bot.application_id", "webhook_secret", "alerts.url", "secret_key_file"}
    without_default |= {"server.tls.certificate", "server.tls.key"}
    without_default |= {"media.mirror", "media.public_url", "media.keep_days"}
    without_default |= {"tracing.endpoint", "tracing.ratio"}

    for key, field in every_key():
        shown: object = example
        for name in key.split("."):
            shown = getattr(shown, name)
        assert key in without_default or shown == field.default, key


def test_every_key_and_variable_is_documented() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()

    for key in KEYS:
        assert f"| `{key}` | `{variable(key)}` |" in page, key


@pytest.mark.parametrize("key", ["callbacks.allow", "server.trusted_proxies"])
def test_an_ipv4_network_in_ipv6_is_read_as_the_ipv4_network(key: str, file: Path) -> None:
    """Addresses are compared as IPv4, so that it would match none of them as it is written."""
    section, _, name = key.partition(".")
    networks = "['::ffff:10.0.0.0/104', '::ffff:192.0.2.1', '2001:db8::/32', '::/0']"

    file.write_text(f"{section}: {{{name}: {networks}}}")

    found = getattr(getattr(read(file).settings, section), name)
    assert list(map(str, found)) == ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "::/0"]
