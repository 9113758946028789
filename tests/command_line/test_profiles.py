"""`login`, `logout`, and which bridge a command talks to."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.client.login import is_open_to_others
from bridge.cli.client.profiles import Profile, Profiles, profile_file
from bridge.cli.client.target import Given, Target, target_of
from bridge.cli.layers import unknown_variables
from bridge.errors import ConfigurationError
from tests.command_line.conftest import Call

HOME = Profile("http://home:1", "of-home")
WORK = Profile("https://work/bridge", "of-work")


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    kept = Profiles(tmp_path / "profile.json")
    kept.save("default", HOME)
    kept.save("work", WORK)
    return kept


def given(url: str | None = None, token: str | None = None, profile: str | None = None) -> Given:
    return Given(url, token, profile, as_json=False)


def test_options_come_before_variables_and_variables_before_the_profile(profiles: Profiles) -> None:
    variables = {"BRIDGE_URL": "http://variable:2/", "BRIDGE_TOKEN": "of-the-variable"}

    assert target_of(given("http://a:3", "own"), variables, profiles) == Target("http://a:3", "own")
    assert target_of(given(), variables, profiles) == Target("http://variable:2", "of-the-variable")
    assert target_of(given(), {}, profiles) == Target(HOME.url, HOME.token)
    assert target_of(given(profile="work"), variables, profiles) == Target(WORK.url, WORK.token)


def test_without_anything_it_is_the_bridge_of_this_machine(tmp_path: Path) -> None:
    found = target_of(given(), {}, Profiles(tmp_path / "none.json"))

    assert found == Target("http://127.0.0.1:8080", None)


@pytest.mark.parametrize("profile", [None, "default"])
def test_the_token_of_a_profile_goes_to_no_other_address(profiles: Profiles, profile: str | None) -> None:
    assert target_of(given("http://elsewhere:1", profile=profile), {}, profiles).token is None
    assert target_of(given("http://home:1/", profile=profile), {}, profiles).token == HOME.token


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://a", "http://", "http://a:b", "http://me@a", "http://a?b"]
)
def test_what_is_no_address_is_one_sentence(url: str, profiles: Profiles) -> None:
    with pytest.raises(ConfigurationError, match=r"^--url: "):
        target_of(given(url), {}, profiles)


def test_an_unknown_profile_names_those_that_there_are(profiles: Profiles) -> None:
    with pytest.raises(ConfigurationError, match=r"no profile 'wrok'; there is default, work\."):
        target_of(given(profile="wrok"), {}, profiles)


@pytest.mark.parametrize("text", ["", "[]", '{"profiles": {"default": {"url": "http://a"}}}', "\x00"])
def test_a_file_that_is_none_of_profiles_says_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "profile.json"
    path.write_text(text)

    with pytest.raises(ConfigurationError, match="is not a file of profiles: delete it and run"):
        Profiles(path).get("default")


def test_a_damaged_file_does_not_matter_where_nothing_of_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_text("[]")

    found = target_of(given("http://a:3", "own"), {}, Profiles(path))

    assert found == Target("http://a:3", "own")


@pytest.mark.parametrize(
    ("url", "is_warned"),
    [
        ("http://bridge.example:8080", True),
        ("http://192.168.0.2", True),
        ("https://bridge.example", False),
        ("http://localhost:8080", False),
        ("http://127.8.0.1", False),
        ("http://[::1]:8080", False),
    ],
)
def test_a_token_that_would_cross_a_network_in_the_open_is_warned_of(url: str, *, is_warned: bool) -> None:
    assert is_open_to_others(url) == is_warned


def test_profiles_are_where_the_desktop_keeps_configuration() -> None:
    own = profile_file({"XDG_CONFIG_HOME": "/etc/mine"})
    relative = profile_file({"XDG_CONFIG_HOME": "mine"})

    assert own == Path("/etc/mine/pixverse-bridge/profile.json")
    assert relative == Path.home() / ".config/pixverse-bridge/profile.json"


def test_who_has_logged_in_needs_neither_address_nor_token(call: Call, sandbox: Any, tmp_path: Path) -> None:
    done = call("login", "--url", sandbox["url"], stdin="sandbox\n")
    jobs = call("jobs")

    kept = tmp_path / "config" / "pixverse-bridge" / "profile.json"
    assert (done.code, jobs.code) == (0, 0)
    assert "tenant default, jobs:read jobs:write" in done.out
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert json.loads(kept.read_text()) == {
        "profiles": {"default": {"url": sandbox["url"], "token": "sandbox"}}
    }


def test_a_token_that_is_refused_is_not_saved(call: Call, sandbox: Any, tmp_path: Path) -> None:
    done = call("login", "--url", sandbox["url"], stdin="wrong\n")

    assert (done.code, done.out) == (15, "")
    assert not (tmp_path / "config").exists()


def test_who_has_logged_out_has_no_token(call: Call, sandbox: Any) -> None:
    call("login", "--url", sandbox["url"], "--profile", "other", stdin="sandbox\n")

    done = [call("logout", "--profile", "other").code for _ in range(2)]

    assert done == [0, 2]
    assert call("jobs", "--url", sandbox["url"]).code == 15


def test_login_says_if_a_variable_goes_before_the_profile(ask: Call, sandbox: Any) -> None:
    done = ask("login", "--url", sandbox["url"], "--json", stdin="sandbox\n")

    assert done.json["profile"] == "default"
    assert "BRIDGE_URL and BRIDGE_TOKEN of the environment come before the profile" in done.err


def test_the_variables_of_the_client_are_known_to_the_server() -> None:
    assert unknown_variables(["BRIDGE_URL", "BRIDGE_TOKEN"]) == {}
