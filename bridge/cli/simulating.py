"""Runs the simulated Discord, alone or for the bridge of a sandbox."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bridge.cli.announce import announce_discord, announce_ready
from bridge.cli.ready import write_ready_file
from bridge.cli.yaml_file import read_any_yaml
from bridge.errors import AddressError, ConfigurationError, why_not_listening
from bridge.logs import Redactor
from bridge.sandbox import (
    BadDrift,
    Drift,
    OwnCommand,
    Sandbox,
    SandboxOptions,
    read_drifts,
    read_own_commands,
    run_sandbox,
)


async def sandbox_discord(options: SandboxOptions, redactor: Redactor, ready_file: Path | None) -> None:
    """Run only the simulator."""
    async with simulated_discord(options) as simulator:
        register_secrets(redactor, simulator.world())
        announce_discord(simulator.url, simulator.world())
        write_ready_file(ready_file, simulator_facts(simulator))
        announce_ready()
        await asyncio.Event().wait()


def sandbox_options(values: Mapping[str, Any]) -> SandboxOptions:
    """Return the options of the simulator; raises `ConfigurationError` for an invalid one."""
    try:
        drifts, commands = _drifts(values.get("drifts")), _commands(values.get("commands"))
        return SandboxOptions(**{**values, "drifts": drifts, "commands": commands})
    except ValueError as error:
        raise ConfigurationError(f"the simulated Discord: {error}") from None


def _drifts(file: Path | None) -> tuple[Drift, ...]:
    """Return the drifts of a file; raises `ConfigurationError` and `BadDrift`."""
    return tuple(read_drifts(read_any_yaml(file))) if file is not None else ()


def _commands(file: Path | None) -> tuple[OwnCommand, ...]:
    """Return the commands of a file; raises `ConfigurationError` and `BadCommand`."""
    return read_own_commands(read_any_yaml(file)) if file is not None else ()


@asynccontextmanager
async def simulated_discord(options: SandboxOptions) -> AsyncIterator[Sandbox]:
    """Run the simulator; raises `AddressError` for its address and `ConfigurationError` for a drift."""
    async with AsyncExitStack() as stack:
        try:
            simulator = await stack.enter_async_context(run_sandbox(options))
        except OSError as error:
            address, reason = f"{options.host}:{options.port}", why_not_listening(error)
            raise AddressError(f"The simulated Discord cannot listen on {address}: {reason}.") from None
        except ExceptionGroup as group:
            bad = group.subgroup(BadDrift)
            if bad is None:
                raise
            raise ConfigurationError(f"the simulated Discord: {bad.exceptions[0]}") from None
        yield simulator


def register_secrets(redactor: Redactor, world: Mapping[str, Any]) -> None:
    """Redact the simulator's tokens from the log, like real ones."""
    redactor.add(world["bot_token"])
    for other in world["other_bots"]:
        redactor.add(other["token"])
    for account in world["accounts"]:
        redactor.add(account["token"])


def simulator_facts(simulator: Sandbox) -> dict[str, object]:
    """Return the content of the simulator's ready file."""
    return {
        "url": simulator.url,
        "discord_url": simulator.url,
        "spare_accounts": simulator.spare_accounts(),
        "discord": simulator.world(),
    }
