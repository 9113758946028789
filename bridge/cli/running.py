"""The long-running commands: the bridge, the bridge with a simulated Discord, the simulator alone."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bridge.app import RunningBridge, running
from bridge.cli.announce import announce_bridge, announce_discord, announce_ready, announce_sandbox
from bridge.cli.layers import Layer, load, preset
from bridge.cli.ready import write_ready_file
from bridge.errors import AddressError, ConfigurationError
from bridge.logs import Redactor
from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from bridge.settings import Settings


async def serve(settings: Settings, redactor: Redactor, ready_file: Path | None) -> None:
    """Run the bridge until it fails or is cancelled."""
    async with running(settings, redactor) as bridge:
        announce_bridge(bridge.url, bridge.api_token if bridge.generated_token else None)
        await bridge.connected()
        discord_url = settings.discord.api_url.removesuffix("/api")
        write_ready_file(ready_file, {"url": bridge.url, "discord_url": discord_url})
        announce_ready()
        await bridge.failed()


async def sandbox(
    options: SandboxOptions,
    layers: Sequence[Layer],
    data_dir: Path,
    redactor: Redactor,
    ready_file: Path | None,
) -> None:
    """Run the simulator and a bridge that uses its first account."""
    async with simulated_discord(options) as simulator:
        tell_secrets(redactor, simulator.world())
        settings = load(pointed_at(simulator.world(), data_dir), *layers).settings
        async with running(settings, redactor) as bridge:
            announce_sandbox(bridge.url, bridge.api_token, simulator.url)
            await bridge.connected()
            write_ready_file(ready_file, sandbox_facts(simulator, bridge))
            announce_ready()
            await bridge.failed()


async def sandbox_discord(options: SandboxOptions, redactor: Redactor, ready_file: Path | None) -> None:
    """Run the simulator alone."""
    async with simulated_discord(options) as simulator:
        tell_secrets(redactor, simulator.world())
        announce_discord(simulator.url, simulator.world())
        write_ready_file(ready_file, simulator_facts(simulator))
        announce_ready()
        await asyncio.Event().wait()


def sandbox_options(values: Mapping[str, Any]) -> SandboxOptions:
    """Return the options of the simulator, or say which one is bad."""
    try:
        return SandboxOptions(**values)
    except ValueError as error:
        raise ConfigurationError(f"the simulated Discord: {error}") from None


@asynccontextmanager
async def simulated_discord(options: SandboxOptions) -> AsyncIterator[Sandbox]:
    """Run the simulator, or say that its address cannot be had."""
    async with AsyncExitStack() as stack:
        try:
            simulator = await stack.enter_async_context(run_sandbox(options))
        except OSError as error:
            address = f"{options.host}:{options.port}"
            raise AddressError(
                f"the simulated Discord cannot listen on {address}: {error.strerror}"
            ) from None
        yield simulator


def pointed_at(world: Mapping[str, Any], data_dir: Path) -> Layer:
    """Return the settings that make a bridge use the simulator, whatever the environment says.

    The database has a name of its own, so that a sandbox in the data directory of a real bridge never opens
    that bridge's accounts.
    """
    account = {
        "discord": world["accounts"][0]["token"],
        "server": world["guild_id"],
        "channel": world["channel_id"],
        "maxJobs": 10,
    }
    addresses = {f"discord.{name}": world[name] for name in ("api_url", "gateway_url", "cdn_url")}
    database = str(data_dir / "sandbox.db")
    fixed = {"database": database, "discord.proxy": None, "accounts": [account]}
    return preset({**addresses, **fixed}, "the sandbox")


def tell_secrets(redactor: Redactor, world: Mapping[str, Any]) -> None:
    """Keep the simulator's tokens out of the log as if they were real."""
    redactor.add(world["bot_token"])
    for account in world["accounts"]:
        redactor.add(account["token"])


def sandbox_facts(simulator: Sandbox, bridge: RunningBridge) -> dict[str, object]:
    """Return what the ready file of the sandbox says."""
    return {**simulator_facts(simulator), "url": bridge.url, "api_token": bridge.api_token}


def simulator_facts(simulator: Sandbox) -> dict[str, object]:
    """Return what the ready file of the simulator says."""
    return {
        "url": simulator.url,
        "discord_url": simulator.url,
        "spare_accounts": simulator.spare_accounts(),
        "discord": simulator.world(),
    }
