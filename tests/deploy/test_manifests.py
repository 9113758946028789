"""What `deploy/` says of the bridge is true: settings, ports, paths, and how long it takes to end."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from bridge.config.settings import Settings, every_key, variable
from bridge.grace import KILLED_S
from bridge.sandbox import SandboxOptions, run_sandbox
from tests.tools.world import bridge_on

DEPLOY = Path(__file__).parents[2] / "deploy"
HADOLINT = DEPLOY.parent / ".hadolint/bin/hadolint"
COMPOSE = DEPLOY / "compose"
VARIABLES = {variable(key) for key, _ in every_key()}
BUILDING = {"editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"}
"""What builds the wheel: the image does not need it."""
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def manifest(name: str) -> Any:
    return yaml.safe_load((DEPLOY / "kubernetes" / f"{name}.yaml").read_text())


@pytest.fixture(params=["sqlite", "postgresql"])
def compose(request: pytest.FixtureRequest) -> Any:
    return composed(request.param)


def composed(name: str) -> Any:
    return yaml.safe_load((COMPOSE / f"{name}.yaml").read_text())


@pytest.fixture
def pod() -> Any:
    return manifest("deployment")["spec"]["template"]["spec"]


def test_the_compose_files_set_variables_that_the_bridge_reads(compose: Any) -> None:
    bridge = compose["services"]["bridge"]

    assert set(bridge["environment"]) <= VARIABLES
    assert (COMPOSE / bridge["build"]["context"] / bridge["build"]["dockerfile"]).is_file()
    assert float(bridge["stop_grace_period"].removesuffix("s")) > KILLED_S


def test_a_container_writes_into_its_data_directory_and_nowhere_else(compose: Any) -> None:
    bridge = compose["services"]["bridge"]
    mounted = [*bridge.get("volumes", ()), *bridge["tmpfs"]]

    written = {":".join(part for part in one.split(":") if part.startswith("/")) for one in mounted}

    assert bridge["read_only"] is True
    assert bridge["cap_drop"] == ["ALL"]
    assert written == {bridge["environment"]["BRIDGE_DATA_DIR"], "/tmp"}


def test_the_compose_file_without_a_proxy_publishes_the_port_of_the_bridge() -> None:
    bridge = composed("sqlite")["services"]["bridge"]

    (published,) = bridge["ports"]

    assert published.endswith(f":{bridge['environment']['BRIDGE_SERVER__PORT']}")
    assert published.startswith("127.0.0.1:")


def test_the_proxy_of_the_compose_file_reaches_the_port_of_the_bridge() -> None:
    compose = composed("postgresql")
    environment = compose["services"]["bridge"]["environment"]
    subnet = compose["networks"]["default"]["ipam"]["config"][0]["subnet"]

    port, caddy = environment["BRIDGE_SERVER__PORT"], (COMPOSE / "Caddyfile").read_text()

    assert f"port {port}\n" in caddy
    assert "name bridge\n" in caddy
    assert environment["BRIDGE_SERVER__TRUSTED_PROXIES"] == subnet
    assert environment["BRIDGE_SERVER__HOST"] == "0.0.0.0"


def test_the_pods_get_variables_that_the_bridge_reads_and_no_others(pod: Any) -> None:
    (container,) = pod["containers"]

    secret, given = manifest("secret"), {one["name"]: one["value"] for one in container["env"]}

    assert set(given) | set(secret["stringData"]) <= VARIABLES
    assert container["envFrom"] == [{"secretRef": {"name": secret["metadata"]["name"]}}]
    assert pod["enableServiceLinks"] is False


@pytest.mark.parametrize("name", ["secret_key", "api_token"])
def test_a_secret_that_nobody_has_filled_in_is_refused(name: str) -> None:
    unfilled = manifest("secret")["stringData"][variable(name)]

    with pytest.raises(ValueError, match=r"fewer|short|characters"):
        Settings(**{name: unfilled})


def test_ports_and_labels_of_the_manifests_agree(pod: Any) -> None:
    deployment, service, budget = map(manifest, ("deployment", "service", "disruption-budget"))
    (container,) = pod["containers"]
    given = {one["name"]: one["value"] for one in container["env"]}

    (port,) = container["ports"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]

    assert str(port["containerPort"]) == given["BRIDGE_SERVER__PORT"]
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    assert all(container[probe]["httpGet"]["port"] == port["name"] for probe in PROBES)
    assert service["spec"]["selector"] == labels
    assert budget["spec"]["selector"] == deployment["spec"]["selector"] == {"matchLabels": labels}


def test_a_pod_has_the_time_to_hand_its_accounts_over(pod: Any) -> None:
    (container,) = pod["containers"]

    pause_s = container["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert pod["terminationGracePeriodSeconds"] > KILLED_S + pause_s


def test_a_pod_can_write_where_the_bridge_keeps_its_files(pod: Any) -> None:
    (container,) = pod["containers"]
    given = {one["name"]: one["value"] for one in container["env"]}

    mounted = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}

    assert given["BRIDGE_DATA_DIR"] in mounted
    assert set(mounted.values()) == {one["name"] for one in pod["volumes"]}


async def test_the_probes_are_answered_without_a_token(pod: Any, tmp_path: Path) -> None:
    (container,) = pod["containers"]
    paths = {container[probe]["httpGet"]["path"] for probe in PROBES}

    async with (
        run_sandbox(SandboxOptions(accounts=1)) as sandbox,
        bridge_on(sandbox, tmp_path) as bridge,
        aiohttp.ClientSession() as http,
    ):
        for path in paths:
            async with http.get(bridge.url + path) as answer:
                status = answer.status

                assert status == 200


def test_the_image_starts_the_bridge_as_the_user_of_the_pods(pod: Any) -> None:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()

    entry, command = (json.loads(line.partition(" ")[2]) for line in lines if line[:5] in ("ENTRY", "CMD ["))

    user = pod["securityContext"]["runAsUser"]
    assert [*entry, *command] == ["pixverse-bridge", "serve"]
    assert f"USER {user}:{user}" in lines


def test_the_image_sets_variables_that_the_bridge_reads() -> None:
    given = set(re.findall(r"\b(BRIDGE_\w+)=", (DEPLOY / "Containerfile").read_text()))

    assert given
    assert given <= VARIABLES


def test_the_packages_of_the_image_are_those_that_the_tests_run_with() -> None:
    root = DEPLOY.parent
    tested, bridge = pinned(root / "requirements-dev.lock"), pinned(root / "requirements.lock")

    image = pinned(DEPLOY / "requirements.lock")

    assert image <= tested
    assert {name for name, _ in bridge - image} <= BUILDING
    assert {name for name, _ in image} >= {"psycopg-binary", "obstore", "aiohttp"}


def pinned(lock: Path) -> set[tuple[str, str]]:
    return set(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def test_the_linter_finds_nothing_in_the_containerfile() -> None:
    if not HADOLINT.exists():
        pytest.skip("hadolint is not installed: scripts/setup_hadolint")

    told = subprocess.run(
        [HADOLINT, "--no-color", DEPLOY / "Containerfile"], capture_output=True, text=True, timeout=60
    )

    assert (told.returncode, told.stdout) == (0, "")


def test_the_file_of_traefik_serves_the_path_and_no_other() -> None:
    told = yaml.safe_load((DEPLOY / "traefik" / "pixverse-bridge.yaml").read_text())["http"]

    (router,) = told["routers"].values()
    (service,) = told["services"].values()

    assert router["service"] in told["services"]
    assert "Path(`/pixverse`) || PathPrefix(`/pixverse/`)" in router["rule"]
    assert service["loadBalancer"]["servers"] == [
        {"url": f"http://{Settings().server.host}:{Settings().server.port}"}
    ]
